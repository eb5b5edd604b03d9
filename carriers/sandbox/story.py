"""What a story is: a scripted journey as plain data, told in the closed vocabulary and in hours from its start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from carriers.vocabulary import EventCode, Reason, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One carrier's part. `told_by`: how anybody but that carrier learns the number.

    `start` (the merchant has it from the beginning), `answer` (the leg before tells it, from `told_h` on),
    `same_number` (the S10 number goes on), `merchant` (the merchant's word: registered beside the first).
    """

    carrier: str
    role: str  # linehaul | last_mile | whole
    number: str  # a name of carriers.sandbox.wires.MAKERS
    told_by: str = "start"
    told_h: float = 0.0
    asked: str = ""  # the aggregator through which the carrier is asked, where it has no door of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One thing that happened, and when the carrier of `leg` came to tell it.

    `raw`: code and wording that no table knows. `is_wrong`: a report that the carrier takes back later.
    """

    at_h: float
    leg: int
    what: EventCode
    city: str
    why: Reason | None = None
    told_after_h: float = 0.0
    flight: str = ""
    raw: tuple[str, str] | None = None
    is_correction: bool = False
    is_earlier: bool = False  # of a journey long ago, under the same number


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """The carrier of `leg` answers nothing from `from_h` to `to_h`."""

    leg: int
    from_h: float
    to_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A scripted journey and its end: what must be true when everything has been told."""

    name: str
    title: str
    origin: str
    destination: str
    legs: tuple[Leg, ...]
    scans: tuple[Scan, ...]
    ends: Status
    delivered_h: float | None = None
    eta_h: float | None = None
    outages: tuple[Outage, ...] = ()

    @property
    def hours(self) -> float:
        """From the start until the last scan is told."""
        return max(scan.at_h + scan.told_after_h for scan in self.scans)


def scan(at_h: float, what: EventCode, city: str, **more: object) -> Scan:
    """A scan of the leg that `on` names later."""
    return replace(Scan(at_h=at_h, leg=0, what=what, city=city), **more)  # type: ignore[arg-type]


def on(leg: int, *scans: Scan | Iterable[Scan], start_h: float = 0.0) -> tuple[Scan, ...]:
    """These scans (or groups of them) as the leg's, moved `start_h` hours later."""
    flat: list[Scan] = []
    for item in scans:
        flat.extend([item] if isinstance(item, Scan) else item)
    return tuple(replace(item, leg=leg, at_h=item.at_h + start_h) for item in flat)
