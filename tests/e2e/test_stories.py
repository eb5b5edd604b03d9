"""Every story of the sandbox, whole: registered through the API, asked for by ticker and worker, read on the page.

All journeys begin together on a clock that runs forty thousand times as fast: five weeks take eighty seconds. What
must be true of each is the sandbox's own word (`expected`), written apart from the platform.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import reduce
from html import unescape
from itertools import pairwise
from typing import Any

import pytest

from carriers import registry
from carriers.sandbox.stories import STORIES
from carriers.vocabulary import EventCode, Reason
from tests.e2e.site import VARIES, Said, Site, running_site
from tracking.rules.attention import SILENCE_NORM_H

pytestmark = pytest.mark.e2e

SPEED = 30_000.0
EVERY = pytest.mark.parametrize("name", sorted(STORIES))
EXACT = pytest.mark.parametrize("name", sorted(set(STORIES) - VARIES))

EVIDENCE = {
    "start": "registered",
    "merchant": "registered",  # beside the first, when the shipment was registered
    "answer": "partner_number",
    "same_number": "same_s10",
}

# The tag beside the headline, by the story's end.
TAGS = {
    "delivered": {"en": "Delivered", "zh-hans": "已送达"},
    "returned": {"en": "Returned", "zh-hans": "已退回"},
    "cancelled": {"en": "Cancelled", "zh-hans": "已取消"},
}
TAGS_OF_STORY = {
    "lost": {"en": "Lost", "zh-hans": "已丢失"},
    "damaged": {"en": "Damaged", "zh-hans": "已损坏"},
    "label_only": {"en": "Announced", "zh-hans": "已预报"},
}


@dataclass(slots=True)
class Told:
    """What the sandbox says of a journey, and what the platform came to say of it."""

    journey: dict[str, Any]
    number: str = ""
    shown: dict[str, Any] = field(default_factory=dict)  # by the API, at the end
    seen: dict[str, datetime] = field(default_factory=dict)  # every reason for attention on the way, and when
    heard: dict[str, datetime | None] = field(default_factory=dict)  # the last scan that was known then
    pages: dict[str, Said] = field(default_factory=dict)

    @property
    def truth(self) -> dict[str, Any]:
        expected: dict[str, Any] = self.journey["expected"]
        return expected


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Told]]:
    with running_site(tmp_path_factory.mktemp("stories"), speed=SPEED) as site:
        all_told = {name: _begin(site, name) for name in STORIES}
        _wait_for_all_ends(site, all_told)
        for one in all_told.values():
            one.shown = site.shipment(one.number)
            one.pages = {language: site.page(one.number, language) for language in ("en", "zh-hans")}
        yield all_told


def _begin(site: Site, name: str) -> Told:
    journey = site.sandbox("/journeys", {"story": name})
    return Told(journey=journey, number=site.register(journey)["number"])


def _wait_for_all_ends(site: Site, all_told: dict[str, Told]) -> None:
    """Until a day after the last scan, and until every leg has been asked after that."""
    by_number = {one.number: one for one in all_told.values()}
    ends = max(datetime.fromisoformat(one.truth["ends_at"]) for one in all_told.values()) + timedelta(days=1)

    def is_over() -> bool:
        now = datetime.fromisoformat(site.sandbox("/clock")["now"])
        rows = site.stack.query("SELECT number, attention, last_event_at FROM shipments_shipment")
        for number, attention, last_event_at in rows:
            for reason in attention:
                by_number[number].seen.setdefault(reason, now)
                by_number[number].heard.setdefault(reason, last_event_at)
        return now > ends

    began = time.monotonic()
    site.stack.wait_until(is_over, within_s=240, what="the last story's end")
    waiting = "SELECT count(*) FROM shipments_leg WHERE next_poll_at IS NOT NULL AND last_checked_at < %s"
    # A leg that has ended for two weeks is asked no more.
    site.stack.wait_until(
        lambda: site.stack.query(waiting, [ends - timedelta(days=1)]) == [(0,)],
        within_s=60,
        what="a last answer for every leg",
    )
    print(f"\n{len(all_told)} stories in {time.monotonic() - began:.0f} s at {SPEED:,.0f} times the speed")  # noqa: T201


def expected_events(journey: dict[str, Any]) -> list[dict[str, Any]]:
    """The scans of the story, those of an earlier parcel left out. One scan told by two carriers is one event with two
    sources: the same code, or a finer one, of two legs within ten minutes."""

    def add(events: list[dict[str, Any]], row: dict[str, Any]) -> list[dict[str, Any]]:
        for event in events:
            if row["leg"] not in event["legs"] and _is_one(event["code"], row["code"]) and _minutes(event, row) <= 10:
                event["legs"].add(row["leg"])
                event["at"] = max(event["at"], row["at"], key=instant)  # one of them tells whole minutes only
                event["code"] = max(event["code"], row["code"], key=len)
                event["reason"] = event["reason"] or row["reason"]
                return events
        return [*events, row | {"legs": {row["leg"]}}]

    rows = [_placed(row, journey) for row in journey["expected"]["timeline"]]
    return reduce(add, [row for row in rows if not row["is_earlier_journey"]], [])


# A carrier knows its own part only: where the parcel lies between the two countries says which part of the way it was.
PLACED = {
    ("first_mile.picked_up", "destination"): "last_mile.handed_over",
    **{
        (f"{mile}.{what}_hub", side): code
        for mile in ("first_mile", "last_mile")
        for what in ("arrived", "departed")
        for side, code in (
            ("origin", f"first_mile.{what}_hub"),
            ("destination", f"last_mile.{what}_hub"),
            ("between", f"transit_country.{what}"),
        )
    },
}


def _placed(row: dict[str, Any], journey: dict[str, Any]) -> dict[str, Any]:
    """The row as it must be shown."""
    code = row["code"]
    origin, destination = journey["origin_country"], journey["destination_country"]
    side = {origin: "origin", destination: "destination"}.get(row["country"], "between")
    return row | {"code": code if origin == destination else PLACED.get((code, side), code)}


def _is_one(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _minutes(one: dict[str, Any], other: dict[str, Any]) -> float:
    return abs(instant(one["at"]) - instant(other["at"])) / timedelta(minutes=1)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@EVERY
def test_the_story_ends_as_it_must(name: str, told: dict[str, Told]) -> None:
    truth, shown = told[name].truth, told[name].shown
    assert shown["status"] == truth["final_status"]
    delivered_at = truth["delivered_at"] and instant(truth["delivered_at"])
    assert (shown["delivered_at"] and instant(shown["delivered_at"])) == delivered_at


@EVERY
def test_the_legs_stand_in_order_each_with_its_evidence(name: str, told: dict[str, Told]) -> None:
    expected = [(leg["carrier"], leg["number"], EVIDENCE[leg["told_by"]]) for leg in told[name].journey["legs"]]
    legs = told[name].shown["legs"]
    assert [(leg["carrier"], leg["number"], leg["evidence"]) for leg in legs] == expected
    tellers = [
        None if leg["evidence"] == "registered" else legs[place - 1]["carrier"] for place, leg in enumerate(legs)
    ]
    assert [leg["told_by"] for leg in legs] == tellers
    assert [leg["last_failure"] for leg in legs] == [None] * len(legs)


@EXACT
def test_every_scan_is_told_once_in_order(name: str, told: dict[str, Told]) -> None:
    expected = [(instant(event["at"]), event["code"]) for event in expected_events(told[name].journey)]
    shown = [(instant(event["occurred_at"]), event["code"]) for event in told[name].shown["events"]]
    assert sorted(shown) == sorted(expected)  # of two scans in one second either may come first
    assert [at for at, _ in shown] == sorted(at for at, _ in shown)


@EXACT
def test_every_event_names_the_carriers_that_told_it(name: str, told: dict[str, Told]) -> None:
    carriers = [leg["carrier"] for leg in told[name].journey["legs"]]
    expected = {
        (event["at"], event["code"], carriers[leg])
        for event in expected_events(told[name].journey)
        for leg in event["legs"]
    }
    shown = {
        (instant(event["occurred_at"]).isoformat(), event["code"], source["carrier"])
        for event in told[name].shown["events"]
        for source in event["sources"]
    }
    assert shown == expected


@EXACT
def test_a_hold_has_its_reason_and_who_must_act(name: str, told: dict[str, Told]) -> None:
    expected = [
        (row["code"], row["reason"], Reason(row["reason"]).action_by.value)
        for row in expected_events(told[name].journey)
        if row["reason"]
    ]
    events = told[name].shown["events"]
    reasons = [
        (event["code"], event["reason"]["code"], event["reason"]["action_by"]) for event in events if event["reason"]
    ]
    assert reasons == expected
    held = {(event["code"], event["reason"] and event["reason"]["code"]) for event in events}
    codes = {code for code, _ in held}
    for hold in told[name].truth["holds"]:
        # A carrier's words may say less than what happened; then the code is theirs, and the reason still ours.
        assert (hold["code"], hold["reason"]) in held or hold["code"] not in codes


@EVERY
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_buyer_reads_it(name: str, language: str, told: dict[str, Told]) -> None:
    page = told[name].pages[language]
    assert page.status == 200
    assert page.headers["Content-Language"].lower() == language
    [tag] = re.findall(r'<span class="tag [a-z]+">(?:<svg.*?</svg>)?([^<]+)</span>', page.text, re.DOTALL)
    tags = TAGS_OF_STORY.get(name) or TAGS[told[name].truth["final_status"]]
    assert unescape(tag).strip() == tags[language]
    text = unescape(page.text)
    for leg in told[name].journey["legs"]:
        assert registry.sheet(leg["carrier"]).name in text
        assert leg["number"] in text


def test_unknown_wording_is_kept_in_the_carriers_words(told: dict[str, Told]) -> None:
    shown = told["unknown_code"].shown
    [unknown] = [event for event in shown["events"] if event["code"] == EventCode.UNKNOWN.value]
    [source] = unknown["sources"]
    assert (source["raw_code"], source["raw_text"]) == ("I/Q9", "Quantum gate alignment in progress")
    # Noticed on the way; a parcel at its end needs nobody any more.
    assert {name for name, one in told.items() if "unknown_code" in one.seen} == {"unknown_code"}
    assert shown["attention"] == []


def test_nine_silent_days_were_noticed_and_forgotten_when_it_went_on(told: dict[str, Told]) -> None:
    silent = told["silence"]
    left, landed = _gap(silent)
    assert "silent" in silent.seen
    assert left + timedelta(hours=192) <= silent.seen["silent"] <= landed + timedelta(hours=24)
    assert silent.shown["attention"] == []
    assert silent.shown["silence"] is None


def _gap(one: Told) -> tuple[datetime, datetime]:
    """The longest time without a scan."""
    instants = [instant(row["at"]) for row in one.truth["timeline"]]
    return max(pairwise(instants), key=lambda pair: pair[1] - pair[0])


@pytest.mark.parametrize("name", ["shenzhen_berlin", "shenzhen_los_angeles", "sf_locker", "auckland_honolulu"])
def test_a_parcel_that_moves_needs_nobody(name: str, told: dict[str, Told]) -> None:
    one = told[name]
    heard_at = one.heard.get("silent")
    # A second of a busy machine is eight hours of a story: where the scan was not fetched yet, silence is no mistake.
    is_fetched_late = heard_at is None or one.seen["silent"] - heard_at >= timedelta(hours=min(SILENCE_NORM_H.values()))
    assert set(one.seen) - ({"silent"} if is_fetched_late else set()) == set()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("invoice_missing", "action_needed"),
        ("duty_madrid", "action_needed"),
        ("sao_paulo_quarantine", "held"),
        ("flight_cancelled", "held"),
        ("not_collected", "returning"),
        ("lost", "held"),
        ("damaged", "held"),
        ("label_only", "silent"),
    ],
)
def test_what_needs_somebody_was_in_the_list(name: str, reason: str, told: dict[str, Told]) -> None:
    assert reason in told[name].seen


def test_what_an_earlier_parcel_did_under_the_same_number_is_not_told(told: dict[str, Told]) -> None:
    reused = told["number_reused"]
    began = instant(reused.journey["start_at"])
    assert any(row["is_earlier_journey"] for row in reused.truth["timeline"])
    assert all(instant(event["occurred_at"]) >= began for event in reused.shown["events"])


@pytest.mark.parametrize("name", ["hangzhou_hamburg", "s10_london", "delivered_then_returned"])
def test_what_two_carriers_tell_of_one_scan_is_one_event_with_two_sources(name: str, told: dict[str, Told]) -> None:
    doubled = [event for event in told[name].shown["events"] if len(event["sources"]) == 2]
    rows = len([row for row in told[name].truth["timeline"] if not row["is_earlier_journey"]])
    assert len(doubled) == rows - len(told[name].shown["events"]) > 0
    assert {source["carrier"] for source in doubled[-1]["sources"]} == set(told[name].truth["carriers"])


def test_a_return_is_told_after_the_delivery_it_undid(told: dict[str, Told]) -> None:
    returned = told["delivered_then_returned"]
    codes = [event["code"] for event in returned.shown["events"]]
    assert codes.index(EventCode.LAST_MILE_DELIVERED.value) < codes.index(EventCode.RETURN_STARTED.value)
    assert returned.shown["delivered_at"] is None
    assert returned.truth["was_delivered_at"] is not None
