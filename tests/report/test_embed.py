"""Charts inside a page."""

import json
import xml.etree.ElementTree as ET

import altair as alt
import vl_convert
from hypothesis import given
from hypothesis import strategies as st

from silicus.report import embed


@given(st.recursive(st.text() | st.integers() | st.none(), st.lists, max_leaves=5))
def test_safe_json_when_it_holds_any_text_then_it_cannot_end_its_element(value: object) -> None:
    """No text can close the script element or open another, and all text comes back unchanged."""
    text = str(embed.safe_json(value))
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == value


def test_still_when_a_label_holds_markup_then_the_picture_has_no_such_element() -> None:
    """Hostile labels stay text in the SVG, and its ids carry the figure's name."""
    hostile = "\"><script>alert(1)</script><image href='http://x'/>"
    chart = (
        alt.Chart(alt.InlineData(values=[{"a": hostile, "b": 1}]))
        .mark_bar(clip=True)
        .encode(y="a:N", x="b:Q", color="a:N", tooltip="a:N")
        .properties(title=hostile, description=hostile)
    )
    svg = embed.still(chart.to_dict(), prefix="one")
    tree = ET.fromstring(svg)
    tags = {element.tag.rsplit("}")[-1] for element in tree.iter()}
    assert not tags & {"script", "image", "foreignObject", "a"}
    assert all(not name.startswith("on") for element in tree.iter() for name in element.attrib)
    assert any("<script>" in (element.text or "") for element in tree.iter())
    ids = [element.attrib["id"] for element in tree.iter() if "id" in element.attrib]
    assert ids
    assert all(name.startswith("one-") for name in ids)


def test_sized_when_the_chart_fills_its_container_then_the_still_has_numbers() -> None:
    """A still picture has a size of its own; a size that was a number stays."""
    spec = {"width": "container", "height": 80}
    assert embed.sized(spec, 300) == {"width": 300, "height": 80}
    assert spec["width"] == "container"


def test_library_when_made_then_it_fits_the_charts() -> None:
    """The library cannot end its element and is of the Vega-Lite version Altair writes."""
    assert "</script" not in embed.library()
    written = f"{alt.SCHEMA_VERSION}".lstrip("v").rsplit(".", 1)[0]
    assert written in vl_convert.get_vegalite_versions()
