"""Every theory that is sold with a tremble keeps the contract."""

from tests.theory.contract import TheoryContract


class TestNash(TheoryContract):
    name = "nash_tremble"
    kinds = ("matrix",)


class TestLevelK(TheoryContract):
    name = "level_k_tremble"
    kinds = ("matrix",)


class TestSubgamePerfect(TheoryContract):
    name = "subgame_perfect_tremble"
    kinds = ("bargaining", "ultimatum", "negotiation", "contribution")


class TestNegotiationCutoff(TheoryContract):
    name = "negotiation_cutoff_tremble"
    kinds = ("negotiation", "issues")


class TestBayesianBuyer(TheoryContract):
    name = "bayesian_buyer_tremble"
    kinds = ("persuasion",)


class TestExpectedValue(TheoryContract):
    name = "expected_value_tremble"
    kinds = ("lottery",)


class TestCPT(TheoryContract):
    name = "cpt_tremble"
    kinds = ("lottery",)


class TestRepeatLast(TheoryContract):
    name = "repeat_last_tremble"
    kinds = ("matrix",)


class TestTitForTat(TheoryContract):
    name = "tit_for_tat_tremble"
    kinds = ("matrix",)


class TestWinStay(TheoryContract):
    name = "win_stay_tremble"
    kinds = ("matrix",)
