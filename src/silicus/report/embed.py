"""Charts inside a page: live with their libraries, and as a still picture; nothing is fetched."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup, escape

from silicus.report import style

_GLOBALS = "window.vegaEmbed = vegaEmbed; window.vega = vega; window.vegaLite = vegaLite;"

MOST_SHAPES = 1500
"""A chart with more rows than this is painted on a canvas."""


@dataclass(frozen=True)
class Embedded:
    """One figure of the page.

    ``name`` is its id; ``chart`` its specification, and ``spec`` the same as JSON that is safe
    inside a script element; ``still`` its picture as inline SVG; ``square`` whether it wants to
    be as high as wide; ``heavy`` whether it has so many points that it is painted, not built of
    shapes.
    """

    name: str
    title: str
    caption: str
    chart: dict[str, Any]
    spec: Markup
    still: Markup
    square: bool
    heavy: bool


def embedded(name: str, title: str, caption: str, chart: Any) -> Embedded:
    """Return a chart ready for the page.

    Parameters
    ----------
    name : str
        Letters, digits and hyphens; unique on the page.
    title, caption : str
        Shown above and below.
    chart : altair.TopLevelMixin
    """
    with alt.data_transformers.enable("default", max_rows=None):
        spec = chart.to_dict()
    heavy = sum(len(rows) for rows in spec.get("datasets", {}).values()) > MOST_SHAPES
    return Embedded(
        name=name,
        title=title,
        caption=caption,
        chart=spec,
        spec=safe_json(spec),
        still=raster(spec) if heavy else Markup(still(spec, prefix=name)),  # noqa: S704
        heavy=heavy,
        square=spec.get("height") == "container",
    )


def safe_json(value: Any) -> Markup:
    r"""Return JSON that no text inside it can end early, for a script element.

    Examples
    --------
    >>> safe_json("</script>&")
    Markup('"\\u003c/script\\u003e\\u0026"')
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704 (nothing left that ends the element)


def sized(spec: dict[str, Any], width: int = style.STATIC_WIDTH) -> dict[str, Any]:
    """Return the specification with numbers in place of the size of its container."""
    numbers = {"width": width, "height": width}
    return spec | {side: numbers[side] for side in numbers if spec.get(side) == "container"}


def said(spec: Any) -> Any:
    """Return a specification whose marks say their tooltip, for a picture without scripts.

    Every unit with a tooltip gets a computed text of its lines as the mark's description, which
    the SVG keeps as the mark's accessible name; the page shows it where the mouse is.
    """
    if isinstance(spec, list):
        return [said(one) for one in spec]
    if not isinstance(spec, dict):
        return spec
    made = {k: v if k in ("datasets", "data") else said(v) for k, v in spec.items()}
    lines = made.get("encoding", {}).get("tooltip") if "mark" in made else None
    if isinstance(lines, list) and lines:
        text = " + '; ' + ".join(
            f"{json.dumps(one['title'] + ': ')} + datum[{json.dumps(one['field'])}]"
            for one in lines
        )
        made["transform"] = [*made.get("transform", []), {"calculate": text, "as": "_says"}]
        description = {"field": "_says", "type": "nominal"}
        made["encoding"] = made["encoding"] | {"description": description}
    return made


def still(spec: dict[str, Any], *, prefix: str) -> str:
    """Return the chart as an SVG element whose ids begin with ``prefix``.

    Ids must not meet those of another figure, else one would be clipped by the other's frame;
    and they count from 1, so that the same run gives the same page.
    """
    drawn = svg(said(sized(spec)), prefix)
    named = escape(str(spec.get("description", "")))
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{named}" ', 1)


def svg(spec: dict[str, Any], prefix: str) -> str:
    """Return a chart as SVG text with ids ``prefix-1``, ``prefix-2`` and so on."""
    drawn: str = vl_convert.vegalite_to_svg(spec, vl_version=vegalite_version(spec))
    places = {
        name: n for n, name in enumerate(re.findall(r'<[^<>]*\bid="([\w-]+)"', drawn), start=1)
    }
    return re.sub(
        r'(\bid="|url\(#)([\w-]+)',
        lambda found: f"{found[1]}{prefix}-{places.get(found[2], found[2])}",
        drawn,
    )


def raster(spec: dict[str, Any]) -> Markup:
    """Return the chart as an image element that holds its own pixels."""
    png = vl_convert.vegalite_to_png(on_paper(spec), vl_version=vegalite_version(spec), scale=1.5)
    data = base64.b64encode(png).decode()
    return Markup('<img alt="{}" src="data:image/png;base64,{}">').format(
        spec.get("description", ""), data
    )


def on_paper(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a chart's specification for a file of its own: white paper, dark ink, fixed size."""
    inked: dict[str, Any] = _inked(sized(spec))
    return inked | {"background": style.PAPER["light"], "padding": 10}


def _inked(value: Any) -> Any:
    """Return a specification with ink for ``currentColor``; the data are left as they are."""
    if isinstance(value, dict):
        return {k: v if k == "datasets" else _inked(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_inked(one) for one in value]
    return style.INK["light"] if value == "currentColor" else value


def vegalite_version(spec: dict[str, Any]) -> str:
    """Return the Vega-Lite version (``6.4``) that the specification was written for."""
    found = re.search(r"/v(\d+\.\d+)", spec["$schema"])
    if found is None:
        return str(vl_convert.get_vegalite_versions()[-1])
    return found.group(1)


@cache
def library() -> Markup:
    """Return Vega, Vega-Lite and Vega-Embed as one script."""
    script: str = vl_convert.javascript_bundle(_GLOBALS)
    return Markup(script.replace("</script", "<\\/script"))  # noqa: S704 (own library)


def script_hash(script: str) -> str:
    """Return the name by which a content security policy allows exactly this script."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
