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


class TestNashAll(TheoryContract):
    name = "nash_all_tremble"
    kinds = ("matrix",)


class TestNashPure(TheoryContract):
    name = "nash_pure_tremble"
    kinds = ("matrix",)


class TestNashSymmetric(TheoryContract):
    name = "nash_symmetric_tremble"
    kinds = ("matrix",)


class TestNashPayoffDominant(TheoryContract):
    name = "nash_payoff_dominant_tremble"
    kinds = ("matrix",)


class TestNashRiskDominant(TheoryContract):
    name = "nash_risk_dominant_tremble"
    kinds = ("matrix",)


class TestLevelTwo(TheoryContract):
    name = "level_k_2_tremble"
    kinds = ("matrix",)


class TestSubgamePerfectAsIfComplete(TestSubgamePerfect):
    name = "subgame_perfect_as_if_complete_tremble"


class TestSubgamePerfectAccept(TestSubgamePerfect):
    name = "subgame_perfect_accept_tremble"


class TestSubgamePerfectReject(TestSubgamePerfect):
    name = "subgame_perfect_reject_tremble"
