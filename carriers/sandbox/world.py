"""Every journey of the sandbox, by number: made from stories, on one clock."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from carriers.sandbox.cities import CITIES
from carriers.sandbox.clock import Clock
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import CarrierDown, ParcelLeg, Subscriber, Told
from carriers.sandbox.stories import STORIES
from carriers.sandbox.story import Scan, Story
from carriers.sandbox.wires import AGGREGATORS, MAKERS, NEEDS
from carriers.vocabulary import EventCode, Status

_JITTER = 0.3
_MORNING, _DAY = (6.5, 10.0), (8.0, 20.5)
# Local hours at which these happen; sorting centres, flights and customs work by night too.
_OPEN: dict[EventCode, tuple[float, float]] = {
    code: _DAY
    for code in EventCode
    if code.is_delivery or code.status in (Status.ATTEMPT_FAILED, Status.AVAILABLE_FOR_PICKUP)
} | {EventCode.LAST_MILE_OUT_FOR_DELIVERY: _MORNING, EventCode.FIRST_MILE_PICKED_UP: _DAY}
_CACHED = 4  # answers kept of a leg: time goes on, and old ones are not asked for again


@dataclass(slots=True)
class Journey:
    """One parcel's way through a story."""

    id: int
    story: Story
    seed: int
    start_at: datetime
    legs: tuple[ParcelLeg, ...]


def fields_of(leg: ParcelLeg) -> dict[str, str]:
    """What a leg's carrier needs beside the number."""
    known = {"phone_last4": leg.phone_last4, "postal_code": leg.destination.postal}
    return {name: known[name] for name in NEEDS.get(leg.asked, ())}


class World:
    """The journeys, their numbers and the clock. Deterministic: equal seeds and orders give equal numbers."""

    def __init__(self, seed: int = 1, clock: Clock | None = None) -> None:
        self.seed = seed
        self.clock = clock or Clock()
        self.journeys: list[Journey] = []
        self.legs: dict[tuple[str, str], ParcelLeg] = {}
        self.through_aggregators: dict[str, ParcelLeg] = {}  # whichever the merchant has an account with
        self.numbers: set[str] = set()
        self.calls: Counter[tuple[str, str]] = Counter()
        self.asked_at: dict[str, deque[float]] = {}  # carrier -> machine seconds of its last requests, tokens too
        self.pushes = False  # whether subscriptions are taken, and subscribers told
        self.subscribers: dict[tuple[str, str], Subscriber] = {}

    def find(self, carrier: str, number: str, now: float) -> tuple[ParcelLeg, int] | None:
        """The leg a carrier knows by a number, and its answer's version. Counts the call. Raises CarrierDown."""
        self.calls[carrier, number] += 1
        leg = self.leg(carrier, number)
        if leg is None:
            return None
        if leg.outages and leg.is_down(now):
            raise CarrierDown
        version = leg.version(now)
        return (leg, version) if version else None

    def leg(self, carrier: str, number: str) -> ParcelLeg | None:
        """The leg that a carrier answers for."""
        through = self.through_aggregators.get(number) if carrier in AGGREGATORS else None
        return self.legs.get((carrier, number)) or through

    def subscribe(self, carrier: str, number: str, url: str, secret: str) -> bool:
        """Has what becomes known of a number (empty: of all of the carrier's) pushed; False where nothing is.

        Without an address, to whoever listens to all of the carrier's numbers. What is known already is told first.
        """
        if not self.pushes:
            return False
        if url:
            self.subscribers[carrier, number] = Subscriber(carrier, number, url, secret)
        return True

    @staticmethod
    def piece(leg: ParcelLeg, version: int, render: Callable[[ParcelLeg, int], bytes]) -> bytes:
        """The rendered answer of a version, made once while it lasts."""
        found = leg.cache.get(version)
        if found is None:
            if len(leg.cache) >= _CACHED:
                leg.cache.clear()
            found = leg.cache[version] = render(leg, version)
        return found

    def create(self, story: Story | str, *, start_at: datetime, seed: int | None = None) -> Journey:
        """A new parcel of a story. Raises KeyError for an unknown story."""
        plan = STORIES[story] if isinstance(story, str) else story
        number = len(self.journeys) + 1
        seed = number if seed is None else seed
        rng = Random(f"{self.seed}/{plan.name}/{seed}")  # noqa: S311  deterministic on purpose
        journey = Journey(
            id=number, story=plan, seed=seed, start_at=start_at, legs=self._legs(plan, start_at.timestamp(), rng)
        )
        self.journeys.append(journey)
        return journey

    def add(self, leg: ParcelLeg) -> None:
        """Makes a leg known under its number."""
        leg.key = len(self.legs)
        self.legs[leg.asked, leg.number] = leg
        if leg.asked in AGGREGATORS:
            self.through_aggregators[leg.number] = leg
        self.numbers.add(leg.number)

    def _number(self, maker: str, rng: Random) -> str:
        while True:
            number = MAKERS[maker](rng)
            if number not in self.numbers:
                return number

    def _legs(self, plan: Story, start: float, rng: Random) -> tuple[ParcelLeg, ...]:
        time_of = _instants(plan, start, rng)
        phone = digits(rng, 4)
        origin, destination = CITIES[plan.origin], CITIES[plan.destination]
        legs: list[ParcelLeg] = []
        for index, leg_plan in enumerate(plan.legs):
            same = leg_plan.told_by == "same_number"
            number = legs[index - 1].number if same else self._number(leg_plan.number, rng)
            scans = tuple(
                Told(scan, time_of(scan.at_h), time_of(scan.at_h + scan.told_after_h), CITIES[scan.city])
                for scan in plan.scans
                if scan.leg == index
            )
            leg = ParcelLeg(
                carrier=leg_plan.carrier, asked=leg_plan.asked or leg_plan.carrier, number=number,
                role=leg_plan.role, told_by=leg_plan.told_by,
                scans=tuple(sorted(scans, key=lambda told: told.at)), origin=origin, destination=destination,
                phone_last4=phone, eta=None if plan.eta_h is None else time_of(plan.eta_h),
                outages=tuple(
                    (time_of(outage.from_h), time_of(outage.to_h)) for outage in plan.outages if outage.leg == index
                ),
            )  # fmt: skip
            if leg_plan.told_by == "answer":
                legs[-1].next_leg, legs[-1].next_told_at = leg, time_of(leg_plan.told_h)
            legs.append(leg)
        for leg in legs:
            changes = {told.told_at for told in leg.scans}
            if leg.next_leg is not None:
                changes.add(leg.next_told_at)
            leg.changes = tuple(sorted(changes))
            self.add(leg)
        return tuple(legs)


def _instants(plan: Story, start: float, rng: Random) -> Callable[[float], float]:
    """Turns a story's hours into this parcel's instants, whole seconds, in the same order.

    Each gap is up to 30 % longer than the story's, and what happens at a door waits for the day there.
    """
    hours = {scan.at_h + late for scan in plan.scans for late in (0.0, scan.told_after_h)}
    hours |= {leg.told_h for leg in plan.legs} | {hour for o in plan.outages for hour in (o.from_h, o.to_h)}
    hours |= {0.0} if plan.eta_h is None else {0.0, plan.eta_h}
    doors = {scan.at_h: scan for scan in plan.scans if scan.what in _OPEN}
    # Long ago: no order to keep with anything later.
    instants = {hour: start + round(hour * 3600) for hour in hours if hour < 0}
    at, last = start, 0.0
    for hour in sorted(hour for hour in hours if hour >= 0):
        at += round((hour - last) * (1 + _JITTER * rng.random()) * 3600)
        last = hour
        if hour in doors:
            at = _by_day(at, doors[hour], rng)
        instants[hour] = at
    return instants.__getitem__


def _by_day(at: float, scan: Scan, rng: Random) -> float:
    """The instant itself, or one of the next morning's hours where the door's day has not begun or is over."""
    begins, ends = _OPEN[scan.what]
    local = CITIES[scan.city].local(at)
    hour = local.hour + local.minute / 60
    if begins <= hour < ends:
        return at
    wait = (begins - hour) % 24 + rng.random() * min(2.0, ends - begins)
    return at + round(wait * 3600)


def demo_world(start: datetime, count: int = 300, seed: int = 7, clock: Clock | None = None) -> World:
    """A world whose parcels are, at `start`, in every state of the stories; an eighth begins in the 20 days after.

    The others began up to 1.6 times their story's length before, a tenth up to 40 days earlier still.
    """
    world = World(seed, clock)
    rng = Random(f"demo/{seed}")  # noqa: S311
    names = list(STORIES)
    rounds = max(1, -(-count // len(names)))
    for index in range(count):
        story = STORIES[names[index % len(names)]]
        share = (index // len(names) + rng.random()) / rounds
        chance = rng.random()
        if chance < 0.125:
            begin = start + timedelta(days=20 * rng.random())
        else:
            begin = start - timedelta(hours=story.hours * 1.6 * share)
        if chance > 0.9:
            begin -= timedelta(days=40 * rng.random())
        world.create(story, start_at=begin.astimezone(UTC).replace(microsecond=0), seed=index)
    return world
