"""Every story can be told, ends as it says, and comes out the same again."""

from __future__ import annotations

import ast
from itertools import pairwise
from pathlib import Path

import pytest

from carriers import numbers, registry, sandbox
from carriers.sandbox.expected import expected, journey_dict, told_code
from carriers.sandbox.stories import STORIES
from carriers.sandbox.wires import WIRES, yunexpress
from carriers.sandbox.world import World, demo_world
from carriers.vocabulary import EventCode, Phase, Status

from .conftest import START

FORBIDDEN = ("carriers.adapters", "carriers.facts", "carriers.sheets", "carriers.registry", "tracking", "django")
EVERY = pytest.mark.parametrize("name", sorted(STORIES))


def fold(rows: list[dict]) -> Status:
    """The status that a timeline comes to: delivered is left by a later return or the carrier's correction."""
    status = Status.PENDING
    for row in rows:
        code = EventCode(row["happened"])
        if row["is_earlier_journey"] or code.status is None:
            continue
        is_way_back = code.phase is Phase.RETURN or row["is_correction"]
        if status in (Status.DELIVERED, Status.RETURNED, Status.CANCELLED) and not is_way_back:
            continue
        status = code.status
    return status


def test_there_are_at_least_twenty_two_stories_over_every_carrier():
    assert len(STORIES) >= 22
    assert {leg.asked or leg.carrier for story in STORIES.values() for leg in story.legs} == set(WIRES)


@EVERY
def test_every_scan_has_words_of_its_carrier(name, begin):
    for leg in begin(name).legs:
        for told in leg.scans:
            assert isinstance(told_code(leg.asked, told)[0], EventCode)


@EVERY
def test_the_end_follows_from_the_scans(name, begin):
    journey = begin(name)
    truth = expected(journey)
    assert truth["final_status"] == fold(truth["timeline"]).value
    delivered = [row for row in truth["timeline"] if EventCode(row["happened"]).is_delivery]
    assert (truth["was_delivered_at"] is None) == (not [row for row in delivered if not row["is_earlier_journey"]])
    assert truth["was_delivered_at"] in {None, *(row["at"] for row in delivered)}
    assert truth["delivered_at"] == (truth["was_delivered_at"] if truth["final_status"] == "delivered" else None)


@EVERY
def test_a_carrier_s_words_never_say_another_status_than_what_happened(name, begin):
    for row in expected(begin(name))["timeline"]:
        if row["happened"] != "unknown":
            assert EventCode(row["code"]).status == EventCode(row["happened"]).status, row


@EVERY
def test_times_keep_the_order_of_the_story_and_nothing_is_told_before_it_happens(name, begin):
    for leg in begin(name).legs:
        now = [told for told in leg.scans if not told.scan.is_earlier]
        hours = [told.scan.at_h for told in sorted(now, key=lambda told: told.at)]
        assert hours == sorted(hours)
        assert all(told.told_at >= told.at for told in now)
        assert all(told.at >= START.timestamp() for told in now)


@EVERY
def test_the_same_seed_gives_the_same_parcel_and_another_seed_another(name):
    first, again = (World(5).create(name, start_at=START, seed=3) for _ in range(2))
    assert journey_dict(first) == journey_dict(again)
    other = World(5).create(name, start_at=START, seed=4)
    assert journey_dict(other)["legs"] != journey_dict(first)["legs"]


@EVERY
def test_the_detector_names_the_carrier_of_every_number(name, begin):
    """The sandbox makes the check digits by itself, and `carriers.numbers` knows them by itself."""
    for leg in begin(name).legs:
        candidates = {
            candidate.carrier for candidate in numbers.detect(leg.number).candidates if candidate.confidence > 0.15
        }
        # Yanwen hands out China Post's S10 numbers too.
        assert leg.carrier in candidates or (leg.number.endswith("CN") and "china_post" in candidates), leg.number


def test_the_sandbox_knows_neither_the_adapters_nor_the_platform():
    """Were it written from them, the two could not disagree, and nothing would be caught."""
    for path in Path(sandbox.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name.startswith(FORBIDDEN)], path


@EVERY
def test_doors_are_knocked_at_by_day(name, begin):
    for leg in begin(name).legs:
        for told in leg.scans:
            if told.scan.what.is_delivery and not told.scan.is_earlier:
                assert 8 <= told.city.local(told.at).hour <= 20


def test_numbers_are_unique_in_a_world():
    world = demo_world(START, 300)
    numbers_made = [leg.number for journey in world.journeys for leg in journey.legs if leg.told_by != "same_number"]
    assert len(set(numbers_made)) == len(numbers_made)


def test_the_demo_has_parcels_before_within_and_after_every_stretch():
    world = demo_world(START, 300)
    assert len(world.journeys) == 300
    assert {journey.story.name for journey in world.journeys} == set(STORIES)
    now = START.timestamp()
    states = [
        (
            "waiting"
            if journey.start_at > START
            else "over"
            if max(leg.changes[-1] for leg in journey.legs) < now
            else "going"
        )
        for journey in world.journeys
    ]
    assert min(states.count("waiting"), states.count("over"), states.count("going")) >= 30
    assert [journey_dict(journey) for journey in world.journeys] == [
        journey_dict(journey) for journey in demo_world(START, 300).journeys
    ]


def test_a_late_scan_is_told_after_younger_ones(begin):
    leg = begin("late_and_contradictory").legs[0]
    late = next(told for told in leg.scans if told.scan.told_after_h > 20)
    assert any(late.at < told.at <= told.told_at < late.told_at for told in leg.scans)
    delivered = next(told for told in leg.scans if told.scan.what.is_delivery)
    assert [told.scan.what for told in leg.scans if told.at == delivered.at and told is not delivered]


def test_yunexpress_can_name_every_carrier_that_it_hands_over_to():
    followers = {
        leg.carrier
        for story in STORIES.values()
        for before, leg in pairwise(story.legs)
        if before.carrier == "yunexpress" and leg.told_by == "answer"
    }
    named = {slug: registry.slug_of(yunexpress.LAST_MILE[slug][0]) for slug in followers}
    # DHL is one name for all its divisions: the number says which.
    assert named == {slug: "dhl_unified" if slug.startswith("dhl_") else slug for slug in followers}
