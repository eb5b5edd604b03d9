"""Events that the API takes as JSON: a list of rows with the CSV's columns, up to 500."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from carriers.facts import FactSheet
from carriers.messages import MessageEvent, Problem, Reading
from carriers.messages.csv_events import COLUMNS, told
from carriers.messages.records import Unreadable

MOST = 500


def encode(rows: list[Any]) -> bytes:
    """The rows as they are kept."""
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()


def read(body: bytes, received_at: datetime, sheet: FactSheet | None) -> Reading:
    """Each row as an event, or as a problem with its index."""
    return Reading.of(_read(json.loads(body), received_at, sheet))


def _read(rows: list[Any], received_at: datetime, sheet: FactSheet | None) -> Iterator[MessageEvent | Problem]:
    for index, row in enumerate(rows):
        where = f"{index}"
        try:
            yield told(_checked(row), where, received_at, sheet)
        except Unreadable as error:
            yield error.at(where, json.dumps(row, ensure_ascii=False))


def _checked(row: Any) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise Unreadable("is no object", "Send each event as a JSON object.")
    for name, value in row.items():
        if name not in (*COLUMNS, "reference"):
            raise Unreadable("is no field of an event", f"These are: {', '.join(COLUMNS)}.", str(name)[:40])
        if not isinstance(value, str):
            raise Unreadable("is no text", "Send every field as text.", name)
    return row
