"""The chart is an image that any viewer can draw."""

import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from table_steward.charts import Bar, chart

SVG = "{http://www.w3.org/2000/svg}"


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_name_makes_a_well_formed_image(name: str, title: str) -> None:
    drawn = chart([Bar(name=name, total=4, missing=1, changed=2)], title=title)

    root = ET.fromstring(drawn)  # noqa: S314  # drawn a line above
    assert root.tag == f"{SVG}svg"
    assert {child.tag for child in root.iter()} <= {
        f"{SVG}{tag}" for tag in ("svg", "title", "desc", "style", "text", "rect")
    }


def test_bars_are_as_long_as_their_share_of_the_scale() -> None:
    drawn = chart([Bar(name="a", total=100, missing=10, changed=15)], title="t")

    widths = [
        rect.get("width")
        for rect in ET.fromstring(drawn).iter(f"{SVG}rect")  # noqa: S314
        if rect.get("height") == "14"
    ]
    assert widths == ["330.0", "132.0", "198.0"]
    assert "a full bar is 25% of the cells" in drawn


def test_it_is_drawn_for_light_and_for_dark() -> None:
    drawn = chart([Bar(name="a", total=1, missing=0, changed=0)], title="t")

    assert "@media (prefers-color-scheme:dark)" in drawn
    assert 'fill="#767676"' in drawn
