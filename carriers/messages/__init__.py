"""The standards' own messages, for partners without a carrier API: IFTSTA, X12 214, IATA FSU, DCSA events, and CSV.

`read` turns a file of any of them into `Reading`: events under the references that the partner knows, and a problem
with its place and cure for everything that could not be read. Pure: no I/O, no Django.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from carriers.facts import FactSheet
from carriers.messages import csv_events, dcsa, fsu, iftsta, x12_214
from carriers.messages.records import Estimate, MessageEvent, Problem, Reading, Reference, ReferenceKind

__all__ = ["Estimate", "Format", "MessageEvent", "Problem", "Reading", "Reference", "ReferenceKind", "read"]


class Format(StrEnum):
    """What a partner may send."""

    IFTSTA = "iftsta"
    X12_214 = "x12_214"
    FSU = "fsu"
    DCSA = "dcsa"
    CSV = "csv"


_READERS: dict[Format, Callable[[bytes, datetime, FactSheet | None], Reading]] = {
    Format.IFTSTA: iftsta.read,
    Format.X12_214: x12_214.read,
    Format.FSU: fsu.read,
    Format.DCSA: dcsa.read,
    Format.CSV: csv_events.read,
}


def read(message_format: Format, body: bytes, received_at: datetime, sheet: FactSheet | None = None) -> Reading:
    """What the file tells. `received_at` is aware: it gives dates without a year their year, and nothing may have
    happened more than a day after it. `sheet` is the partner's own, whose codes go before the standard's.

    Never raises for what is in the file.
    """
    return _READERS[message_format](body, received_at, sheet)
