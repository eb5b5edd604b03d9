"""Not only at the end: at every moment of every story the adapter reads what the carrier then tells, and no more."""

from __future__ import annotations

import pytest

from carriers import registry
from carriers.sandbox.stories import STORIES
from carriers.vocabulary import Status

from .askers import ASKERS


@pytest.mark.parametrize("name", sorted(STORIES))
def test_each_answer_of_a_story_is_read(name, asker, begin, world):
    for leg in begin(name).legs:
        adapter = registry.adapter(leg.asked)
        for moment in leg.changes:
            if leg.is_down(moment):
                continue
            world.clock.demo_s = moment
            said = asker.track(leg.asked, leg.number, phone=leg.phone_last4)
            (result,) = adapter.read(said.body)
            told = [one for one in leg.scans if one.told_at <= moment]
            assert len(result.events) == len(told)
            assert (result.next_leg is not None) == (leg.next_leg is not None and leg.next_told_at <= moment)
            is_delivered = any(one.scan.what.status is Status.DELIVERED for one in told)
            if leg.eta is not None and getattr(ASKERS[leg.asked], "TELLS_AN_ESTIMATE", False) and not is_delivered:
                promised = leg.destination.local(leg.eta).date()
                assert result.estimated_delivery is not None
                assert (result.estimated_delivery.earliest, result.estimated_delivery.latest) == (promised, promised)
