"""The contract of every fact sheet, and what its number formats let through."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carriers import audit, numbers, registry
from carriers.facts import FactSheet, Kind, NumberFormat

SHEETS = registry.sheets()
FORMATS = [(sheet, fact) for sheet in SHEETS.values() for fact in sheet.numbers if sheet.kind is not Kind.AGGREGATOR]
FORMAT_IDS = [f"{sheet.slug}: {fact.name}" for sheet, fact in FORMATS]


def test_no_sheet_contradicts_itself_another_or_the_adapters() -> None:
    assert audit.problems() == []


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
