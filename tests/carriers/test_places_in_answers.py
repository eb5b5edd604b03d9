"""The place texts of recorded answers, where the answer itself tells the country: right, none, or wrong?

Reads the folder that SHARED_DIR names (else ../shared beside the checkout); skipped where there is none.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from carriers import places

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = Path(os.environ.get("SHARED_DIR", ROOT.parent / "shared")) / "payloads"

COUNTRY = re.compile(r"(location|event)?-?country_?(code|cd|name|alpha2)?", re.IGNORECASE)
PLACE = re.compile(r"(event)?-?(city|site|addresslocality|town)|((scan|event)_?)?location(_?name)?", re.IGNORECASE)
STATE = re.compile(r"(event)?-?(state|province)?-?(or)?(state|province|region)(code)?", re.IGNORECASE)

# Recordings that contradict themselves: the city is not in the country beside it.
CONTRADICTORY = {("GOTHENBURG", "NL"), ("GRAFTON, ON", "AU")}


def objects(answer: Any) -> Iterator[dict[str, str]]:
    """Every object or element of an answer, as its texts by name."""
    if isinstance(answer, dict):
        yield {name: value.strip() for name, value in answer.items() if isinstance(value, str)}
        for value in answer.values():
            yield from objects(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from objects(value)
    elif isinstance(answer, ET.Element):
        yield {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in answer} | dict(answer.attrib)
        for child in answer:
            yield from objects(child)


def decoded(path: Path) -> Any:
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        return json.loads(text)
    except ValueError:
        try:
            return ET.fromstring(text)  # noqa: S314 - recorded answers, no network
        except ET.ParseError:
            return None


def first(texts: dict[str, str], name: re.Pattern[str]) -> str:
    return next((value for key, value in texts.items() if value and name.fullmatch(key)), "")


def told() -> set[tuple[str, str]]:
    """(place text with its state, true country) of every answer."""
    found = set()
    for path in sorted(ANSWERS.rglob("*")):
        if path.suffix in (".json", ".xml") and ".expected" not in path.name:
            for texts in objects(decoded(path)):
                place, country = first(texts, PLACE), places.country_code(first(texts, COUNTRY))
                if place and country and len(place) < 80:
                    found.add((", ".join(filter(None, (place, first(texts, STATE)))), country))
    return found - CONTRADICTORY


@pytest.mark.skipif(not ANSWERS.is_dir(), reason="no recorded answers here")
def test_recorded_places_are_right_or_undecided_and_never_wrong() -> None:
    rows = sorted(told())
    alone = [(text, country, places.resolve(text).country) for text, country in rows]
    hinted = [places.resolve(text, country) for text, country in rows]
    wrong = [row for row in alone if row[2] not in (None, row[1])]
    right, zoned = sum(found == country for _, country, found in alone), sum(p.zone is not None for p in hinted)
    kept = sum(place.country == country for place, (_, country) in zip(hinted, rows, strict=True))
    sys.stdout.write(
        f"{len(rows)} places: without a hint {right} right, {len(rows) - right - len(wrong)} undecided, "
        f"{len(wrong)} wrong; with the hint country {kept}, zone {zoned}\n"
    )
    sys.stdout.writelines(f"  no zone: {place.text} ({place.country})\n" for place in hinted if place.zone is None)
    assert len(rows) >= 60
    assert wrong == []
    assert kept >= 0.98 * len(rows)
    assert zoned >= 0.95 * len(rows)
