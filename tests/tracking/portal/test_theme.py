"""Whatever colour a merchant picks, the page can be read."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracking.portal import theme

COLORS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06X}")


@given(COLORS)
@example("#FFFFFF")
@example("#000000")
@example("#FFFF00")
@example("#00FF00")
def test_text_has_4_5_to_1_and_the_line_3_to_1_in_both_themes(color: str) -> None:
    for brand, surface in ((theme.light(color), theme.LIGHT_SURFACE), (theme.dark(color), theme.DARK_SURFACE)):
        assert theme.contrast(brand.on_brand, brand.brand) >= 4.5
        assert theme.contrast(brand.brand_ink, surface) >= 4.5
        assert theme.contrast(brand.brand_ink, brand.brand_tint) >= 4.5
        assert theme.contrast(brand.on_live, brand.live) >= 4.5
        assert theme.contrast(brand.live, surface) >= 3
        assert theme.contrast(brand.brand, surface) >= 3


def test_contrast_is_the_one_of_wcag() -> None:
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert theme.contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


def test_a_readable_brand_is_kept_as_it_is() -> None:
    assert theme.light("#0E6470").brand == "#0E6470"


@pytest.mark.parametrize("color", ["#FF5500", "#C8321E", "#808080"])
def test_a_brand_that_looks_like_a_warning_or_like_nothing_leaves_the_line_to_ink(color: str) -> None:
    assert theme.light(color).live == "#17181C"
    assert theme.light(color).brand != "#17181C"


@pytest.mark.parametrize("color", ["red", "", "#12345", "#12345G", "#123456;}body{display:none"])
def test_what_is_no_colour_gives_the_default(color: str) -> None:
    assert theme.css(color) == theme.css("#0E6470")
    assert theme.file_name(color) == theme.file_name("#0E6470")


def test_the_file_holds_custom_properties_alone() -> None:
    lines = theme.css("#7A1FA2").strip().splitlines()
    assert (lines[0], lines[-1]) == (":root {", "}")
    for line in lines[1:-1]:
        assert re.fullmatch(r"  --[a-z-]+: (light-dark\(#[0-9A-F]{6}, #[0-9A-F]{6}\)|var\(--brand-ink\));", line)


def test_another_colour_is_another_file() -> None:
    assert theme.file_name("#7A1FA2") != theme.file_name("#7A1FA3")
    assert theme.file_name("#7A1FA2").startswith("7a1fa2.")
