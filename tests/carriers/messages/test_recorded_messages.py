"""Every recorded message reads as expected, and twice the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import messages
from carriers.messages import Format
from carriers.messages.codes import code_table
from tests.carriers.messages.as_json import reading_to_json

FOLDER = Path(__file__).parent.parent.parent / "payloads" / "messages"
FILES = sorted(path for path in FOLDER.glob("*/*") if not path.name.endswith(".expected.json"))
RECEIVED_AT = datetime(2026, 7, 20, tzinfo=UTC)
TABLES = {Format.IFTSTA: "iftsta", Format.X12_214: "x12_214", Format.FSU: "iata_fsu", Format.DCSA: "dcsa"}


def read(path: Path) -> messages.Reading:
    return messages.read(Format(path.parent.name), path.read_bytes(), RECEIVED_AT)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_recorded_message_reads_as_expected(path: Path) -> None:
    expected = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))

    assert reading_to_json(read(path)) == expected
    assert read(path) == read(path)


def test_every_format_has_recorded_messages() -> None:
    assert {path.parent.name for path in FILES} == set(Format)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_nobodys_name_is_kept(path: Path) -> None:
    told = json.dumps(reading_to_json(read(path))).upper()

    for name in ("NOBODY IN PARTICULAR", "SOME BROKER", "SOME FORWARDER"):
        assert name not in told


@pytest.mark.parametrize("name", sorted(TABLES.values()))
def test_a_table_of_codes_has_a_source_a_date_and_words_for_its_codes_only(name: str) -> None:
    table = code_table(name)

    assert table.source
    assert table.read_on >= datetime(2026, 11, 23, tzinfo=UTC).date()
    assert set(table.words) <= set(table.statuses) | set(table.estimates)
    assert set(table.estimates.values()) <= {"delivery", "arrival", "departure"}
    assert not set(table.estimates) & set(table.statuses)
