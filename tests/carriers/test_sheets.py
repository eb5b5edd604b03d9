"""The contract of every fact sheet: its valid examples are valid, its invalid ones are not, and it names its source."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carriers import numbers, registry
from carriers.facts import Evidence, FactSheet, NumberFormat

SHEETS = registry.sheets()
FORMATS = [(sheet, fact) for sheet in SHEETS.values() for fact in sheet.numbers if sheet.kind != "aggregator"]
FORMAT_IDS = [f"{sheet.slug}: {fact.name}" for sheet, fact in FORMATS]
KINDS = {"post", "express", "parcel", "cross-border", "freight", "aggregator"}


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=list(SHEETS))
def test_a_sheet_agrees_with_its_own_examples(sheet: FactSheet) -> None:
    assert numbers.sheet_problems(sheet) == []


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=list(SHEETS))
def test_a_sheet_says_who_the_carrier_is(sheet: FactSheet) -> None:
    assert sheet.name
    assert sheet.kind in KINDS
    assert re.fullmatch(r"[a-z][a-z0-9_]*", sheet.slug)
    assert sheet.website.startswith("https://")
    assert sheet.kind == "aggregator" or sheet.countries
    for country in (*sheet.countries, *sheet.post_of):
        assert re.fullmatch("[A-Z]{2}", country), country


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=list(SHEETS))
def test_a_tracking_link_takes_the_number(sheet: FactSheet) -> None:
    if sheet.tracking_url:
        assert sheet.tracking_url.startswith("https://")
        assert sheet.tracking_url.count("{number}") == 1


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=list(SHEETS))
def test_a_sheet_names_its_sources(sheet: FactSheet) -> None:
    if sheet.evidence is Evidence.RECOGNISED:
        assert sheet.api is None
        assert sheet.numbers or sheet.post_of, "nothing would ever recognise this carrier"
        assert all(fact.note for fact in sheet.numbers), (
            "a format of a carrier without an API says its source in `note`"
        )
    else:
        assert sheet.api is not None
        assert sheet.api.document


def test_a_slug_or_alias_names_one_carrier() -> None:
    names = [name for sheet in SHEETS.values() for name in (sheet.slug, *sheet.aliases)]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize(("sheet", "fact"), FORMATS, ids=FORMAT_IDS)
def test_a_valid_example_is_detected_as_the_carriers(sheet: FactSheet, fact: NumberFormat) -> None:
    for text in fact.valid:
        found = numbers.detect(text)
        assert sheet.slug in {candidate.carrier for candidate in found.candidates}, (text, found)


@pytest.mark.parametrize(("sheet", "fact"), FORMATS, ids=FORMAT_IDS)
def test_whatever_a_pattern_lets_through_reaches_it(sheet: FactSheet, fact: NumberFormat) -> None:
    """Formats are sorted beforehand by whether they take digits only: that must not hide a format from a number."""

    without_lookahead = re.compile(re.sub(r"\(\?=[^)]*\)", "", fact.pattern.pattern), re.ASCII)

    @settings(max_examples=15, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.from_regex(without_lookahead, fullmatch=True).filter(fact.pattern.match))
    def reaches(text: str) -> None:
        assert any(row[1] is fact for row in numbers._matches(text)), text

    reaches()


@pytest.mark.parametrize(("sheet", "fact"), FORMATS, ids=FORMAT_IDS)
def test_a_pattern_accepts_no_foreign_digit_and_no_line_break(sheet: FactSheet, fact: NumberFormat) -> None:
    for text in map(numbers.normalise, fact.valid):
        arabic = text.translate({ord("0") + digit: 0x660 + digit for digit in range(10)})
        assert not fact.pattern.match(arabic)
        assert not fact.pattern.match(text + "\n")
        assert not fact.pattern.match("X" + text + "X")


def _hostile(fact: NumberFormat) -> list[str]:
    """Texts made to make a pattern backtrack: long runs of what it likes, with an ending that it does not."""
    runs = ["1", "A", "0", "Z", "9A", "A9", "JD", "1Z", "42", "00"]
    texts = [piece * (10_000 // len(piece)) for piece in runs]
    for example in fact.valid:
        text = numbers.normalise(example)
        texts += [text + "!", text + text[-1] * 10_000, text * 300, text[:-1] * 300 + "!"]
        texts += [text[:cut] + text[cut] * 10_000 + "!" for cut in range(len(text))]
    return [*texts, *(text[:40] for text in texts), *(text[:39] + "!" for text in texts)]


@pytest.mark.parametrize(("sheet", "fact"), FORMATS, ids=FORMAT_IDS)
def test_a_pattern_is_linear(sheet: FactSheet, fact: NumberFormat) -> None:
    for text in _hostile(fact):
        took_s = min(_seconds(fact, text) for _ in range(3))
        assert took_s < 0.001, (text[:50], took_s)


def _seconds(fact: NumberFormat, text: str) -> float:
    began = time.perf_counter()
    fact.pattern.match(text)
    return time.perf_counter() - began
