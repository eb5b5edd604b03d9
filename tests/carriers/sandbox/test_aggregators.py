"""A carrier without a door of its own is told by whichever aggregator the platform would ask first."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from carriers import registry
from carriers.base import Access
from carriers.events import TrackedNumber
from carriers.sandbox.expected import told_code
from carriers.sandbox.stories.china import STORIES

LEGS = [
    pytest.param(story.name, place, id=f"{story.name}-{leg.carrier}")
    for story in STORIES
    for place, leg in enumerate(story.legs)
    if leg.asked
]
KEYS = {"customer": "sandbox", "key": "sandbox"}


@pytest.mark.parametrize(("story", "place"), LEGS)
def test_the_first_aggregator_that_reaches_a_carrier_tells_the_same(story, place, asker, begin):
    leg = begin(story).legs[place]
    first = registry.reaching(leg.carrier)[0]
    adapter = registry.adapter(first)
    access = Access(credentials=dict.fromkeys(adapter.credentials, "sandbox"), now=datetime(2026, 6, 1, tzinfo=UTC))
    request = adapter.request([TrackedNumber(number=leg.number, carrier=leg.carrier)], access)
    said = asker.call(request.method, f"/{first}{request.path}", dict(request.headers), request.body or b"")
    (result,) = adapter.read(said.body)
    assert [event.time.instant for event in result.events] == [datetime.fromtimestamp(s.at, UTC) for s in leg.scans]
    expected = [told_code(first, scan) for scan in leg.scans]
    assert [(e.code, e.reason and e.reason.value) for e in result.events] == expected


def test_kuaidi100_knows_a_number_under_its_own_key_of_the_carrier_alone(asker, begin):
    leg = begin("china_post_london").legs[0]
    adapter, access = registry.adapter("kuaidi100"), Access(credentials=KEYS, now=datetime(2026, 6, 1, tzinfo=UTC))
    codes = []
    for carrier in ("china_post", "yto"):
        request = adapter.request([TrackedNumber(number=leg.number, carrier=carrier)], access)
        said = asker.call(request.method, f"/kuaidi100{request.path}", dict(request.headers), request.body or b"")
        codes.append(json.loads(said.body).get("returnCode", "200"))
    assert codes == ["200", "500"]
