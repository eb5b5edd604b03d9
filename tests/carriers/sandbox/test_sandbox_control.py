"""The control API: clock, faults, calls, pushes, load, and a state that survives."""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from carriers.sandbox.__main__ import build
from carriers.sandbox.app import HungUp
from carriers.sandbox.wires import WIRES

from .conftest import START, Asker


def test_stories_are_listed_with_their_carriers(asker):
    stories = {story["name"]: story for story in asker.control("GET", "/stories")}
    assert stories["shenzhen_berlin"]["carriers"] == ["yunexpress", "dhl_parcel_de"]


def test_a_journey_is_made_now_and_listed_with_what_a_merchant_knows(asker):
    made = asker.control("POST", "/journeys", {"story": "sf_toronto"})
    (listed,) = asker.control("GET", "/journeys")
    assert made == listed
    assert made["first_leg"]["fields"].keys() == {"phone_last4"}
    assert [leg["carrier"] for leg in made["registered_legs"]] == ["sf_express", "canadapost"]
    assert made["expected"]["final_status"] == "delivered"


def test_an_unknown_story_or_carrier_or_kind_is_400_with_the_choices(asker):
    for path, value, word in (
        ("/journeys", {"story": "moon"}, b"shenzhen_berlin"),
        ("/faults", {"carrier": "moon", "kind": "down"}, b"yunexpress"),
        ("/faults", {"carrier": "ups", "kind": "moon"}, b"hang_up"),
        ("/clock", {"now": "moon"}, b"moon"),
        ("/bench", {"carrier": "moon", "count": 1}, b"yunexpress"),
    ):
        said = asker.call("POST", f"/sandbox{path}", body=json.dumps(value).encode())
        assert said.status == 400
        assert word in said.body


def test_the_clock_is_set_and_runs_at_its_speed(asker, world):
    asker.control("POST", "/clock", {"now": "2026-05-01T00:00:00+00:00", "speed": 3600})
    assert world.clock.speed == 3600
    assert world.clock.now() >= datetime(2026, 5, 1, tzinfo=UTC).timestamp()
    asker.control("POST", "/clock", {"speed": 0})
    stopped = world.clock.now()
    assert asker.control("GET", "/clock")["speed"] == 0
    assert world.clock.now() == stopped


def test_calls_are_counted_by_number(asker, begin):
    number = begin("auckland_honolulu").legs[0].number
    for _ in range(3):
        asker.track("dhl_unified", number)
    assert asker.control("GET", "/calls") == {"dhl_unified": {number: 3}}
    assert asker.control("DELETE", "/calls") == {}


@pytest.mark.parametrize(
    ("kind", "mark"),
    [("garbage", b"<html>"), ("nul", b"\x00"), ("dtd", b"<!DOCTYPE"), ("bad_utf8", b"\xff\xfe"), ("deep", b"[" * 40)],
)
def test_a_broken_answer_is_for_the_named_number_only(asker, begin, kind, mark):
    one, other = (begin("auckland_honolulu", seed).legs[0].number for seed in (1, 2))
    asker.control("POST", "/faults", {"carrier": "dhl_unified", "kind": kind, "number": one})
    assert mark in asker.track("dhl_unified", one).body
    assert mark not in asker.track("dhl_unified", other).body


def test_a_huge_answer_is_over_five_megabytes(asker, begin):
    asker.control("POST", "/faults", {"carrier": "dhl_unified", "kind": "huge", "count": 1})
    assert len(asker.track("dhl_unified", "x").body) > 5_000_000
    assert asker.track("dhl_unified", "x").status == 404


def test_a_hang_up_breaks_off_in_the_middle(asker, begin):
    asker.control("POST", "/faults", {"carrier": "dhl_unified", "kind": "hang_up"})
    with pytest.raises(HungUp):
        asker.track("dhl_unified", begin("auckland_honolulu").legs[0].number)


def test_a_slow_answer_comes_late_and_whole(asker, begin, monkeypatch):
    waited = []

    async def note(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", note)
    asker.control("POST", "/faults", {"carrier": "dhl_unified", "kind": "slow", "seconds": 12})
    assert asker.track("dhl_unified", begin("auckland_honolulu").legs[0].number).status == 200
    assert waited == [12.0]


def test_a_fault_ends_at_its_demo_instant(asker, begin, world):
    number = begin("auckland_honolulu").legs[0].number
    until = datetime.fromtimestamp(world.clock.now(), UTC) + timedelta(hours=1)
    asker.control("POST", "/faults", {"carrier": "dhl_unified", "kind": "down", "until": until.isoformat()})
    assert asker.track("dhl_unified", number).status == 503
    world.clock.demo_s += 3601
    assert asker.track("dhl_unified", number).status == 200


def test_a_rate_limit_lets_so_many_a_second_through(asker, begin):
    number = begin("auckland_honolulu").legs[0].number
    asker.control("POST", "/faults", {"carrier": "dhl_unified", "kind": "rate_limit", "per_s": 1})
    statuses = [asker.track("dhl_unified", number).status for _ in range(10)]
    assert statuses[0] == 200
    assert statuses.count(429) >= 5


def test_ups_pushes_with_the_account_s_credential(asker, begin, listener):
    address, got = listener
    leg = begin("unknown_code").legs[0]
    asked = {"carrier": "ups", "number": leg.number, "to": address, "secret": "between-us"}
    assert asker.control("POST", "/push", asked) == {"status": 200, "body": "ok"}
    head, body = got
    assert b"credential: between-us" in head
    assert json.loads(body)["activityStatus"]["type"] == "D"
    assert json.loads(body)["trackingNumber"] == leg.number


def test_17track_signs_its_push(asker, begin, listener):
    address, got = listener
    leg = begin("shenzhen_berlin").legs[1]
    asker.control("POST", "/push", {"carrier": "track17", "number": leg.number, "to": address, "secret": "key"})
    head, body = got
    assert b"sign: " + hashlib.sha256(body + b"/key").hexdigest().encode() in head
    assert json.loads(body)["data"]["track_info"]["latest_status"]["status"] == "Delivered"


def test_a_push_never_leaves_the_machine(asker, begin):
    leg = begin("unknown_code").legs[0]
    asked = {"carrier": "ups", "number": leg.number, "to": "http://192.0.2.1/", "secret": "x"}
    said = asker.call("POST", "/sandbox/push", body=json.dumps(asked).encode())
    assert said.status == 400
    assert b"this machine only" in said.body


@pytest.mark.parametrize("carrier", sorted(WIRES))
def test_load_numbers_change_for_a_fifth_between_two_questions(asker, carrier):
    legs = asker.control("POST", "/bench", {"carrier": carrier, "count": 50, "changed": 0.2})

    def ask(number: str) -> bytes:
        return asker.track(carrier, number, phone="0000").body

    first = {leg["number"]: ask(leg["number"]) for leg in legs}
    changed = {number for number, body in first.items() if _steady(ask(number)) != _steady(body)}
    assert changed == {leg["number"] for leg in legs if leg["moves"]}
    assert len(changed) == 10


def _steady(body: bytes) -> bytes:
    """Without the fields that change on every call."""
    if body.startswith(b"<"):
        return body
    value = json.loads(body)
    if not isinstance(value, dict):
        return body
    for volatile in ("requestTime", "transactionId", "RequestId", "TimeStamp", "apiResponseID"):
        value.pop(volatile, None)
    return json.dumps(value).encode()


def test_journeys_and_clock_survive_a_restart(tmp_path, monkeypatch):
    monkeypatch.delenv("DEMO_CLOCK", raising=False)
    state = tmp_path / "not-there-yet" / "state.json"
    first = Asker(build(["--state", str(state), "--demo-start", START.isoformat(), "--demo-count", "40"]))
    first.control("POST", "/journeys", {"story": "lost"})
    first.control("POST", "/clock", {"now": "2026-05-01T00:00:00+00:00", "speed": 0})
    again = Asker(build(["--state", str(state), "--demo-start", START.isoformat()]))
    assert again.control("GET", "/journeys") == first.control("GET", "/journeys")
    assert again.control("GET", "/clock") == {"now": "2026-05-01T00:00:00+00:00", "speed": 0.0}


def test_the_platform_s_clock_goes_before_the_saved_one(tmp_path, monkeypatch):
    monkeypatch.setenv("DEMO_CLOCK", f"0:{START.timestamp()}:0")
    assert Asker(build([])).control("GET", "/clock") == {"now": START.isoformat(), "speed": 0.0}
