"""What one carrier knows of one parcel, and since when."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from carriers.sandbox.cities import City
from carriers.sandbox.story import Scan


@dataclass(frozen=True, slots=True)
class Told:
    """A scan of one parcel: `at` and `told_at` in seconds since 1970."""

    scan: Scan
    at: float
    told_at: float
    city: City


@dataclass(slots=True)
class ParcelLeg:
    """One carrier's part of one parcel: what it tells, and from when."""

    carrier: str
    asked: str  # the slug of the desk that answers for it: the carrier itself, or an aggregator
    number: str
    role: str
    told_by: str
    scans: tuple[Told, ...]
    origin: City
    destination: City
    phone_last4: str
    eta: float | None = None
    next_leg: ParcelLeg | None = None
    next_told_at: float = 0.0
    outages: tuple[tuple[float, float], ...] = ()
    changes: tuple[float, ...] = ()  # when the answer changes
    cache: dict[int, bytes] = field(default_factory=dict)
    key: int = 0

    def version(self, now: float) -> int:
        """How often the answer has changed by `now`; 0 where the carrier does not know the number yet."""
        return bisect_right(self.changes, now)

    def known(self, version: int) -> list[Told]:
        """What the carrier tells in a version, oldest first."""
        until = self.changes[version - 1]
        return [told for told in self.scans if told.told_at <= until]

    def told_next(self, version: int) -> ParcelLeg | None:
        """The next leg, once this carrier's answer tells it."""
        leg = self.next_leg
        return leg if leg is not None and self.next_told_at <= self.changes[version - 1] else None

    def is_down(self, now: float) -> bool:
        """The story has this carrier out of service."""
        return any(begin <= now < end for begin, end in self.outages)


@dataclass(slots=True)
class Subscriber:
    """Who is told what becomes known of a number, or of all of a carrier's (then `number` is empty).

    `told`: the version of each number's answer that was pushed last.
    """

    carrier: str
    number: str
    url: str
    secret: str
    told: dict[str, int] = field(default_factory=dict)


class CarrierDown(Exception):
    """The story has the asked carrier out of service."""
