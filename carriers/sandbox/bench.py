"""Light parcels for load: thousands of numbers, eight scans each; some say something new at every question."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from carriers.sandbox.cities import CITIES
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.story import Scan
from carriers.sandbox.wires import MAKERS, WIRES
from carriers.sandbox.world import World, fields_of
from carriers.vocabulary import EventCode as E

_WINDOW = 8
_STEPS = 400
_MAKERS = {"dhl_unified": "dhl_20"}
_WHAT = (E.FIRST_MILE_PICKED_UP, E.LAST_MILE_OUT_FOR_DELIVERY)  # whichever the carrier has words for


@dataclass(slots=True)
class BenchLeg(ParcelLeg):
    """A leg whose answer is a window of eight scans that moves on at every question where `moves`."""

    moves: bool = False
    questions: int = 0

    def version(self, now: float) -> int:  # noqa: ARG002  its time is the questions'
        if not self.moves:
            return 1
        self.questions += 1
        return (self.questions - 1) % (_STEPS - _WINDOW) + 1

    def known(self, version: int) -> list[Told]:
        return list(self.scans[version - 1 : version - 1 + _WINDOW])


def create(world: World, carrier: str, count: int, changed: float) -> list[dict[str, object]]:
    """Adds `count` numbers of a carrier, the share `changed` of which moves; returns their first legs."""
    rng = Random(f"bench/{world.seed}/{carrier}/{len(world.legs)}")  # noqa: S311
    maker = MAKERS[_MAKERS.get(carrier, carrier)]
    city = CITIES["shenzhen"]
    begin = world.clock.now() - _STEPS * 3600.0
    what = next(code for code in _WHAT if code in WIRES[carrier].WORDS)
    scans = tuple(
        Told(Scan(at_h=hour, leg=0, what=what, city="shenzhen"), at, at, city)
        for hour, at in ((hour, round(begin + hour * 3600.0)) for hour in range(_STEPS))
    )
    made: list[dict[str, object]] = []
    for index in range(count):
        number = maker(rng)
        while number in world.numbers:
            number = maker(rng)
        moves = int((index + 1) * changed) > int(index * changed)
        leg = BenchLeg(
            carrier=carrier, asked=carrier, number=number, role="whole", told_by="start", scans=scans, origin=city,
            destination=CITIES["berlin"], phone_last4="0000", moves=moves,
        )  # fmt: skip
        leg.changes = (begin,)
        world.add(leg)
        made.append({"carrier": carrier, "number": number, "fields": fields_of(leg), "moves": moves})
    return made
