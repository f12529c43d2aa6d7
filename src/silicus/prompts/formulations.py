"""The wordings of the study, a few lines each, side by side; they hold for every family.

The names and what each is meant to vary are of Shapira, Tennenholtz & Reichart (2026, Tables 1
and 4); the words are ours. A family adds only what is its own: how its other side is called in
reversed roles, and which verbs say its options (see :class:`silicus.prompts.base.Family`).
"""

from silicus.prompts.base import AnswerStyle, Formulation
from silicus.schema import END_OF_TURN

_TAKES_PART = Formulation.opening

_AFTER_A_WORD = (".", ",", "\n", "!", ";", '"', END_OF_TURN)
"""What may follow an option that stands at the end of a sentence."""

NATURAL = AnswerStyle(
    prefix="The decision is:",
    close=".",
    ends=_AFTER_A_WORD,
    ask="Answer with one sentence that gives {whose=} choice: {listed=}",
)

SIMPLIFIED = AnswerStyle(
    prefix="Answer:",
    close="",
    ends=_AFTER_A_WORD,
    ask="Give {whose=} choice in this form: {listed=}.",
)

MINIMAL = AnswerStyle(
    prefix="I",
    close=".",
    ends=(".", " ", ",", "\n", "!", ";", END_OF_TURN),
    ask="Answer with one short sentence: {listed=}",
    acts=True,
)

FORMULATIONS = (
    Formulation("baseline"),
    # Framing: the same situation, the model beside it or opposite.
    Formulation(
        "predict_human",
        opening=(
            "Predict what a person will choose. The person was told the following.\n\n"
            f"{_TAKES_PART}"
        ),
        asked="this person",
    ),
    Formulation(
        "observer",
        opening=(
            "You are watching an experiment on how people make decisions, and say what "
            "{you} will choose."
        ),
        who="the participant",
        asked="the participant",
    ),
    Formulation("reversed_roles", reversed_roles=True),
    # Persona: the same situation, told what kind of person one is.
    Formulation(
        "naive",
        persona=(
            "You have never met a situation like this one, know nothing of games or economics and "
            "go by your first impression."
        ),
    ),
    Formulation(
        "expert",
        persona=(
            "You are a researcher in behavioural economics and know how people really decide in "
            "experiments."
        ),
    ),
    Formulation(
        "fairness",
        persona="What matters most to you is that everyone is treated fairly.",
    ),
    Formulation(
        "selfish",
        persona="What matters to you is your own gain, and nothing else.",
    ),
    Formulation(
        "emotional",
        persona="You follow your feelings of the moment, such as anger, hope, fear or gratitude.",
    ),
    # Answer format: the same situation, the answer written otherwise.
    Formulation("natural_language", answer=NATURAL),
    Formulation("simplified", answer=SIMPLIFIED),
    Formulation("minimal", answer=MINIMAL),
    # Structure: bare numbers; the options listed the other way round in the rules.
    Formulation("numbers_only", numbers_only=True),
    Formulation("preamble_reversed", preamble_reversed=True),
)

BY_NAME = {formulation.name: formulation for formulation in FORMULATIONS}
