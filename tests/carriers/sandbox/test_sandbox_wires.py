"""Each carrier's answers have the documented keys, its own errors, limits and conventions of time."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from carriers import registry
from carriers.errors import Refused
from carriers.sandbox.app import create_app
from carriers.sandbox.clock import Clock
from carriers.sandbox.wires import WIRES
from carriers.sandbox.world import World

from .askers import ASKERS
from .conftest import START, Asker, asker_of

EVERY = pytest.mark.parametrize("carrier", sorted(WIRES))


def leg_of(begin, carrier):
    story, place = asker_of(carrier).STORY
    return begin(story).legs[place]


def test_every_carrier_is_asked_here():
    assert set(ASKERS) == set(WIRES)


@EVERY
def test_a_known_number_is_answered_with_all_its_scans(carrier, asker, begin):
    leg = leg_of(begin, carrier)
    said = asker.track(carrier, leg.number, phone=leg.phone_last4)
    assert said.status == 200
    assert len(asker_of(carrier).rows(said)) == len(leg.scans)


@EVERY
def test_wrong_credentials_are_refused(carrier, asker, begin):
    if not registry.adapter(carrier).credentials:
        pytest.skip("asked without an account")
    leg = leg_of(begin, carrier)
    said = asker.track(carrier, leg.number, key="wrong", phone=leg.phone_last4)
    assert said.status == getattr(asker_of(carrier), "REFUSED", 401)
    assert leg.number.encode() not in said.body
    if said.status < 400:  # the carrier says it in the body: then its adapter must know
        with pytest.raises(Refused):
            registry.adapter(carrier).read(said.body)


@EVERY
def test_an_unknown_number_is_not_found_in_the_carrier_s_own_way(carrier, asker):
    said = asker.track(carrier, getattr(asker_of(carrier), "UNKNOWN", "999999999999"), phone="0000")
    assert asker_of(carrier).is_unknown(said), said.body


@EVERY
def test_a_number_is_unknown_until_the_carrier_has_something_to_tell(carrier, asker, begin, world):
    leg = leg_of(begin, carrier)
    world.clock.demo_s = leg.changes[0] - 1
    before = asker.track(carrier, leg.number, phone=leg.phone_last4)
    world.clock.demo_s = leg.changes[0]
    after = asker.track(carrier, leg.number, phone=leg.phone_last4)
    assert len(before.body) < len(after.body)
    assert after.status == 200


@EVERY
def test_a_rate_limit_is_429_with_retry_after(carrier, asker, begin):
    leg = leg_of(begin, carrier)
    asker.track(carrier, leg.number, phone=leg.phone_last4)
    asker.control("POST", "/faults", {"carrier": carrier, "kind": "rate_limit", "count": 1})
    limited = asker.track(carrier, leg.number, phone=leg.phone_last4)
    assert (limited.status, limited.headers["retry-after"]) == (429, "5")
    assert asker.track(carrier, leg.number, phone=leg.phone_last4).status == 200


@EVERY
def test_a_carrier_that_is_down_is_503(carrier, asker, begin):
    leg = leg_of(begin, carrier)
    asker.track(carrier, leg.number, phone=leg.phone_last4)
    asker.control("POST", "/faults", {"carrier": carrier, "kind": "down"})
    assert asker.track(carrier, leg.number, phone=leg.phone_last4).status == 503
    asker.control("DELETE", "/faults")
    assert asker.track(carrier, leg.number, phone=leg.phone_last4).status == 200


@pytest.mark.parametrize("carrier", sorted(slug for slug, module in ASKERS.items() if hasattr(module, "TOKEN")))
def test_tokens_are_refused_to_strangers_and_end(carrier, world, begin):
    asker = Asker(create_app(world, token_lifetime_s=0.0))
    assert asker.token(carrier, "wrong").status == 401
    granted = asker.token(carrier).json()
    assert int(granted["expires_in"]) == 0
    assert asker.track(carrier, leg_of(begin, carrier).number).status == 401


def test_a_token_of_one_carrier_is_nothing_to_another(asker, begin):
    leg = leg_of(begin, "usps")
    token = asker.token("fedex").json()["access_token"]
    assert asker.track("usps", leg.number, key=token).status == 401


def test_yanwen_answers_thirty_numbers_and_refuses_thirty_one(asker, begin):
    numbers = [begin("hangzhou_hamburg", seed).legs[0].number for seed in range(30)]
    said = asker.track("yanwen", ",".join(numbers)).json()
    assert [row["tracking_number"] for row in said["result"]] == numbers
    refused = asker.track("yanwen", ",".join([*numbers, "UH000000000YP"])).json()
    assert (refused["code"], refused["result"]) == (1, None)


def test_fedex_answers_thirty_numbers_and_refuses_thirty_one(asker, begin):
    numbers = [begin("label_only", seed).legs[0].number for seed in range(29)] + ["111111111111"]
    said = asker.track("fedex", ",".join(numbers)).json()["output"]["completeTrackResults"]
    assert [row["trackingNumber"] for row in said] == numbers
    assert "error" in said[-1]["trackResults"][0]
    assert asker.track("fedex", ",".join([*numbers, "222222222222"])).status == 400


def test_la_poste_answers_ten_numbers_as_a_list_with_a_code_each(asker, begin):
    numbers = [begin("shenzhen_paris", seed).legs[1].number for seed in range(9)] + ["CB000000000FR"]
    said = asker.track("laposte", ",".join(numbers))
    assert (said.status, [row["returnCode"] for row in said.json()]) == (207, [200] * 9 + [404])
    assert asker.track("laposte", ",".join([*numbers, "CB000000001FR"])).status == 400


def test_sf_shows_no_route_without_the_phone_s_last_digits(asker, begin):
    leg = leg_of(begin, "sf_express")
    data = json.loads(asker.track("sf_express", leg.number, phone="x").json()["apiResultData"])
    assert data["msgData"]["routeResps"] == [{"mailNo": leg.number, "routes": []}]


def test_ups_wants_its_two_headers(asker, begin):
    said = asker.call("GET", f"/ups/api/track/v1/details/{leg_of(begin, 'ups').number}", asker.bearer("ups"))
    assert (said.status, said.json()["response"]["errors"][0]["code"]) == (400, "TV0001")


def test_royal_mail_wants_its_terms_accepted(asker, begin):
    headers = {"X-IBM-Client-Id": "sandbox", "X-IBM-Client-Secret": "sandbox"}
    said = asker.call("GET", f"/royalmail/mailpieces/v2/{leg_of(begin, 'royalmail').number}/events", headers)
    assert (said.status, said.json()["errors"][0]["errorCode"]) == (400, "E0004")


def test_the_next_number_is_told_at_the_hand_over_and_not_before(asker, begin, world):
    journey = begin("shenzhen_berlin")
    first, second = journey.legs
    world.clock.demo_s = first.next_told_at - 1
    assert asker.track("yunexpress", first.number).json()["Item"]["TrackingNumber"] == first.number
    world.clock.demo_s = first.next_told_at
    assert asker.track("yunexpress", first.number).json()["Item"]["TrackingNumber"] == second.number
    headers = {"Authorization": "Basic " + base64.b64encode(b"sandbox&sandbox").decode()}
    asked = json.dumps([first.number]).encode()
    said = asker.call("POST", "/yunexpress/api/Waybill/GetCarrier", headers, asked).json()
    assert (said["Code"], said["Items"][0]["CarrierEName"], said["Items"][0]["OrderCode"]) == (
        "0000",
        "DHL",
        first.number,
    )


def test_yanwen_and_ups_and_fedex_tell_the_next_number_in_their_own_fields(asker, begin):
    yanwen, fedex, ups = begin("hangzhou_hamburg"), begin("fedex_to_usps"), begin("ups_mail_innovations")
    assert asker.track("yanwen", yanwen.legs[0].number).json()["result"][0]["exchange_number"] == yanwen.legs[1].number
    package = asker.track("ups", ups.legs[0].number).json()["trackResponse"]["shipment"][0]["package"][0]
    assert package["alternateTrackingNumber"][0]["number"] == ups.legs[1].number
    result = asker.track("fedex", fedex.legs[0].number).json()["output"]["completeTrackResults"][0]["trackResults"][0]
    assert result["scanEvents"][0]["eventType"] == "OX"
    assert result["additionalTrackingInfo"]["packageIdentifiers"][0]["values"] == [fedex.legs[1].number]


def test_the_same_s10_number_is_known_at_both_posts(asker, begin):
    first, second = begin("s10_london").legs
    assert first.number == second.number
    assert first.number.endswith("CN")
    assert asker.track("yanwen", first.number).json()["result"][0]["checkpoints"]
    assert asker.track("royalmail", first.number).json()["mailPieces"]["mailPieceId"] == first.number


def test_usps_prints_the_local_time_with_a_z_and_the_true_one_beside_it(asker, begin):
    leg = leg_of(begin, "usps")
    event = asker.track("usps", leg.number).json()["trackingEvents"][0]
    true = datetime.fromisoformat(event["GMTTimestamp"])
    local = true.astimezone(ZoneInfo("America/Los_Angeles"))
    assert event["eventTimestamp"] == local.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert abs(true.timestamp() - leg.scans[-1].at) < 60


def test_canada_post_labels_its_zone_by_the_season(asker, begin, world):
    summer = world.create("sf_toronto", start_at=START.replace(year=2025, month=7))
    for journey, label in ((begin("sf_toronto"), b"EST"), (summer, b"EDT")):
        said = asker.track("canadapost", journey.legs[1].number)
        assert b"<event-time-zone>" + label + b"</event-time-zone>" in said.body


def test_dhl_prints_no_zone_across_the_date_line(asker, begin):
    leg = begin("auckland_honolulu").legs[0]
    events = asker.track("dhl_unified", leg.number).json()["shipments"][0]["events"]
    times = [datetime.fromisoformat(event["timestamp"]) for event in events]
    assert all(time.tzinfo is None for time in times)
    assert times != sorted(times, reverse=True)  # Honolulu's wall clock is behind Auckland's, although it came later


def test_a_story_s_outage_is_a_503_in_the_middle(asker, begin, world):
    leg = begin("carrier_down").legs[1]
    ((down_from, down_to),) = leg.outages
    said = []
    for moment in (down_from - 1, down_from, down_to):
        world.clock.demo_s = moment
        said.append(asker.track("dhl_parcel_de", leg.number).status)
    assert said == [200, 503, 200]


def test_answers_grow_while_the_clock_runs(begin):
    world = World(5, Clock(0.0, START.timestamp(), 0.0))
    asker = Asker(create_app(world))
    leg = world.create("sao_paulo_duty", start_at=START).legs[0]
    counts = []
    for hours in (1, 50, 120, 400):
        world.clock.set(START + timedelta(hours=hours))
        counts.append(len(asker.track("yunexpress", leg.number).json()["Item"]["OrderTrackingDetails"]))
    assert counts == sorted(set(counts))
    assert counts[-1] == len(leg.scans)
