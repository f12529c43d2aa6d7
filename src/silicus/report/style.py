"""Colours, shapes, type and sizes of every figure and page.

The data colours come from the Okabe-Ito set, which stays apart under the common colour deficiencies
(the families beyond its seven have further ones); each has a contrast of at least 3:1 against both
the light and the dark paper, so that one figure serves both. Colour is never alone: a shape or a
line pattern says the same. Text, axes and grid are drawn in ``currentColor`` and take the colour of
the page around them.
"""

from typing import Any

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

PAPER = {"light": "#ffffff", "dark": "#14171c"}
INK = {"light": "#1c2026", "dark": "#e6e8eb"}
QUIET = {"light": "#59616b", "dark": "#a3abb5"}
LINE = {"light": "#d5d9de", "dark": "#3a414a"}
SHADE = {"light": "#f4f6f8", "dark": "#1d2229"}
LINK = {"light": "#0b5c96", "dark": "#74b6e8"}
WARNING_SHADE = {"light": "#fff4e0", "dark": "#33260f"}
WARNING_LINE = {"light": "#b35c00", "dark": "#e08a2c"}

MET = {"light": "#0a6b4f", "dark": "#0a7d5c"}
NOT_MET = {"light": "#a8480a", "dark": "#f0935a"}
"""Filled disc and empty square of the stand-in card; shape and word say the same."""

BLUE = "#1f7fc4"
VERMILION = "#d55e00"
GREEN = "#078f69"
PURPLE = "#b7629a"
OCHRE = "#a67a00"
SKY = "#3a8fa8"
GREY = "#7f868f"
BRICK = "#c4504a"
INDIGO = "#7274d8"
OLIVE = "#75862c"
BROWN = "#a06a3f"
VIOLET = "#a45fd6"
SAGE = "#5c8f68"
SLATE = "#5f80a8"

ROLES = ("base", "aligned", "theory", "ceiling", "other")
ROLE_LABELS = {
    "base": "base model",
    "aligned": "aligned model",
    "theory": "theory",
    "ceiling": "ceiling: people themselves",
    "other": "other",
}
ROLE_COLOURS = {
    "base": BLUE,
    "aligned": VERMILION,
    "theory": GREEN,
    "ceiling": PURPLE,
    "other": GREY,
}
ROLE_SHAPES = {
    "base": "circle",
    "aligned": "diamond",
    "theory": "triangle-up",
    "ceiling": "cross",
    "other": "square",
}

FAMILY_LABELS = {
    "repeated_matrix": "Repeated matrix games",
    "one_shot_matrix": "One-shot matrix games",
    "bargaining": "Bargaining",
    "negotiation": "Negotiation",
    "persuasion": "Persuasion",
    "lottery": "Lotteries",
    "dictator": "Dictator games",
    "trust": "Trust games",
    "public_goods": "Public goods",
    "guessing": "Guessing games",
    "coordination": "Coordination in groups",
    "centipede": "Centipede games",
    "auction": "Auctions",
    "custom": "Own tasks",
}
PUBLISHED_LABELS = {"matrix": "Repeated 2x2 games", "one_shot": "One-shot 2x2 games"}
"""Names of the families of the reference study that are called otherwise here."""
FAMILY_COLOURS = {
    "repeated_matrix": BLUE,
    "one_shot_matrix": SKY,
    "bargaining": VERMILION,
    "negotiation": OCHRE,
    "persuasion": GREEN,
    "lottery": PURPLE,
    "dictator": INDIGO,
    "trust": BRICK,
    "public_goods": SAGE,
    "guessing": VIOLET,
    "coordination": OLIVE,
    "centipede": SLATE,
    "auction": BROWN,
    "custom": GREY,
}
# Shapes that Vega does not name, as paths in a square from -1 to 1.
HOURGLASS = "M-1,-1L1,-1L-1,1L1,1Z"
HEXAGON = "M0.00,-1.00L0.87,-0.50L0.87,0.50L0.00,1.00L-0.87,0.50L-0.87,-0.50Z"
STAR = "M0,-1.1L.26,-.36L1.05,-.34L.43,.14L.65,.89L0,.45L-.65,.89L-.43,.14L-1.05,-.34L-.26,-.36Z"
PENTAGON = "M0.00,-1.00L0.95,-0.31L0.59,0.81L-0.59,0.81L-0.95,-0.31Z"
BAR = "M-1.1,-0.4H1.1V0.4H-1.1Z"
FAMILY_SHAPES = {
    "repeated_matrix": "circle",
    "one_shot_matrix": "square",
    "bargaining": "diamond",
    "negotiation": "triangle-down",
    "persuasion": "triangle-up",
    "lottery": "cross",
    "dictator": "triangle-left",
    "trust": HOURGLASS,
    "public_goods": HEXAGON,
    "guessing": STAR,
    "coordination": PENTAGON,
    "centipede": BAR,
    "auction": "arrow",
    "custom": "triangle-right",
}

GROUP_COLOURS = (BLUE, VERMILION, GREEN, PURPLE, OCHRE, SKY)
"""Colours of the model families with most pairs; all others are grey."""
GROUP_SHAPES = ("circle", "diamond", "square", "triangle-up", "triangle-down", "cross")
SHAPE_PATHS = {
    "circle": "M5,0A5,5,0,1,1,-5,0A5,5,0,1,1,5,0",
    "diamond": "M0,-6L5,0L0,6L-5,0Z",
    "square": "M-4.5,-4.5H4.5V4.5H-4.5Z",
    "triangle-up": "M0,-5L5.5,4.5H-5.5Z",
    "triangle-down": "M0,5L5.5,-4.5H-5.5Z",
    "cross": "M-5,-2H-2V-5H2V-2H5V2H2V5H-2V2H-5Z",
}
"""The shapes as drawn in a legend outside a chart."""

POINT_SIZE = 90
TEXT_SIZE = 13
LINE_STEP = 22
"""Height in pixels of one line of a figure that lists families and predictors."""
NAMED_LINE_STEP = 34
"""The same, where the predictor's name is written above the line."""
STATIC_WIDTH = 520
"""Width in pixels of the still picture used in print and without scripts."""


def family_label(family: str) -> str:
    """Return the name of a game family as readers see it.

    Examples
    --------
    >>> family_label("lottery")
    'Lotteries'
    """
    return FAMILY_LABELS.get(family) or PUBLISHED_LABELS.get(family, family)


def looks(role_labels: list[str]) -> tuple[list[str], list[str]]:
    """Return colours and shapes of predictors: of their roles where each role is there once.

    Where two share a role, all get a place in a series of colours and shapes instead.

    Examples
    --------
    >>> looks(["base model", "aligned model"])[1]
    ['circle', 'diamond']
    """
    roles = {label: role for role, label in ROLE_LABELS.items()}
    kinds = [roles[label] for label in role_labels]
    if len(set(kinds)) == len(kinds):
        return [ROLE_COLOURS[kind] for kind in kinds], [ROLE_SHAPES[kind] for kind in kinds]
    n, places = len(GROUP_COLOURS), range(len(kinds))
    return [GROUP_COLOURS[i % n] for i in places], [GROUP_SHAPES[i % n] for i in places]


def config() -> dict[str, Any]:
    """Return the Vega-Lite configuration shared by every figure."""
    quiet = {"color": "currentColor", "fontSize": TEXT_SIZE}
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "labelColor": "currentColor",
            "titleColor": "currentColor",
            "domainColor": "currentColor",
            "tickColor": "currentColor",
            "gridColor": "currentColor",
            "gridOpacity": 0.14,
            "domainOpacity": 0.5,
            "tickOpacity": 0.5,
            "labelFontSize": TEXT_SIZE - 1,
            "titleFontSize": TEXT_SIZE,
            "titleFontWeight": "normal",
            "titlePadding": 8,
        },
        "legend": {
            "labelColor": "currentColor",
            "titleColor": "currentColor",
            "labelFontSize": TEXT_SIZE,
            "labelLimit": 320,
            "orient": "bottom",
            "direction": "vertical",
            "title": None,
            "symbolSize": POINT_SIZE,
            "symbolOpacity": 1,
        },
        "title": quiet,
        "text": quiet,
        "rule": {"color": "currentColor"},
    }
