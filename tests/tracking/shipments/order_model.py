"""The recorder without its database: what was told goes through the same code, and nothing is stored."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from tests.tracking.shipments.orders import CARRIERS, Outcome, Part, Story, check_changes, entries, ids, outcome
from tracking.shipments.models import Leg, Shipment
from tracking.shipments.recording.answers import note_answer
from tracking.shipments.recording.batch import Batch
from tracking.shipments.recording.door import fold_and_open


class Memory:
    """A shipment of three legs that knows what it was told."""

    def __init__(self, story: Story) -> None:
        merchant, shipment, *legs = ids(2 + len(CARRIERS))
        self.story = story
        self.shipment = Shipment(
            id=shipment,
            merchant_id=merchant,
            number="TL0",
            created_at=story.night - timedelta(days=3),
            origin_country=story.origin,
            destination_country="DE",
        )
        self.legs = [
            Leg(id=leg, merchant_id=merchant, shipment_id=shipment, position=place, carrier=carrier, number=f"N{place}")
            for place, (leg, carrier) in enumerate(zip(legs, CARRIERS, strict=True), start=1)
        ]
        self.batch = Batch(
            shipments={shipment: self.shipment}, legs={shipment: self.legs}, facts={shipment: {}}, failing={}
        )

    @property
    def id(self) -> UUID:
        """The shipment's."""
        return self.shipment.id

    def tell(self, parts: Iterable[Part]) -> None:
        """One after the other; after each, what was told to others is checked."""
        for part in parts:
            told = self.story.told(part, self.legs)
            if told.result is not None:
                note_answer(self.batch, self.legs[part.leg], told, told.result)
            fold_and_open(self.batch, {self.id}, [])
            check_changes(self.batch.changes, self.shipment)

    def outcome(self) -> tuple[Outcome, list[tuple[object, ...]]]:
        """All that is known in the end."""
        return outcome(self.shipment), entries(self.shipment, self.legs, self.batch.facts[self.id].values())


class Done(NamedTuple):
    """How many tellings a story took, and how many changes of status others were told."""

    steps: int
    changes: int


def check_any_order(story: Story, parts: list[Part], last: list[int]) -> Done:
    """Told in these parts, then by whole lists in the order `last`, the parcel is where it is when all is told at once
    in the true order, pushed or not; and whatever is told again then is no news."""
    whole = story.whole()
    told = Memory(story)
    told.tell(parts)
    told.tell(whole[place] for place in last)
    at_once = Memory(story)
    at_once.tell([*whole, *sorted(part for part in set(parts) if part.channel == "push")])
    assert told.outcome() == at_once.outcome()
    polled = Memory(story)
    polled.tell(whole)
    assert told.outcome()[0] == polled.outcome()[0], "a push of what the list tells too makes a difference"
    version, changes = told.shipment.version, len(told.batch.changes)
    again = [*reversed(parts), *whole]
    told.tell(again)
    assert (told.shipment.version, len(told.batch.changes)) == (version, changes), "told again, and news"
    return Done(steps=len(parts) + len(last) + len(again), changes=changes)
