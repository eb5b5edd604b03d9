"""What a message tells, as frozen records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from carriers.events import EventTime, Place, TrackingEvent


class ReferenceKind(StrEnum):
    """What sort of number a partner names the goods by."""

    AIR_WAYBILL = "air_waybill"
    CONTAINER = "container"
    BILL_OF_LADING = "bill_of_lading"
    BOOKING = "booking"
    PARCEL = "parcel"
    CONSIGNMENT = "consignment"
    TRUCK = "truck"
    ANY = "any"  # the partner does not say


@dataclass(frozen=True, slots=True)
class Reference:
    """A number of the goods, without spaces and dashes (air waybills as "020-12345675")."""

    kind: ReferenceKind
    value: str

    def __str__(self) -> str:
        return f"{self.kind.value.replace('_', ' ')} {self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEvent:
    """One status of one reference. `references` are names of the same goods, the finest first; `wholes` name what they
    are a part of, which may be all that the reader knows.

    `is_part`: only some of the pieces; which ones is not told.
    """

    references: tuple[Reference, ...]
    event: TrackingEvent
    where: str  # "message 1, segment 12 (STS)", "line 4", "row 17"
    wholes: tuple[Reference, ...] = ()
    is_part: bool = False
    carrier_name: str = ""  # as told, or a slug of the registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A moment that lies ahead, as told: never an event. `what`: delivery (at the door), arrival or departure."""

    references: tuple[Reference, ...]
    what: str
    time: EventTime
    place: Place | None
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in the file that could not be read: where, what, and what its sender can do about it."""

    where: str
    detail: str
    cure: str
    extract: str = ""  # the beginning of what stands there
    column: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that a file tells, in its order."""

    events: tuple[MessageEvent, ...] = ()
    estimates: tuple[Estimate, ...] = ()
    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, items: Iterable[MessageEvent | Estimate | Problem]) -> Reading:
        """The items by kind."""
        told = list(items)
        return cls(
            events=tuple(item for item in told if isinstance(item, MessageEvent)),
            estimates=tuple(item for item in told if isinstance(item, Estimate)),
            problems=tuple(item for item in told if isinstance(item, Problem)),
        )


class Unreadable(ValueError):
    """A part of a message that says nothing usable. Caught where the part ends: the other parts are read."""

    def __init__(self, detail: str, cure: str, column: str = "") -> None:
        super().__init__(detail)
        self.detail, self.cure, self.column = detail, cure, column

    def at(self, where: str, extract: str = "") -> Problem:
        """The problem that it is, at its place in the file."""
        return Problem(where=where, detail=self.detail, cure=self.cure, extract=extract[:200], column=self.column)
