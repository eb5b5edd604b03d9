"""NZ Post: a client id beside the token, markup taken out, who holds it at the border, clocks before and after it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access
from carriers.errors import BadAnswer, NotFound
from carriers.events import TimeSource, TrackedNumber, TrackingResult
from carriers.vocabulary import ActionBy, EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "nz_post"
ACCESS = Access(credentials={"client_id": "shop", "client_secret": "between us"}, now=datetime(2026, 7, 15, tzinfo=UTC))
nz_post = registry.adapter("nz_post")


def read(situation: str) -> TrackingResult:
    [result] = nz_post.read((PAYLOADS / f"{situation}.json").read_bytes())
    return result


def test_a_reference_is_asked_for_with_the_client_id_beside_the_token() -> None:
    request = nz_post.request([TrackedNumber(number="LX481516230CN")], ACCESS)
    assert (request.method, request.path) == ("GET", "/parceltrack/3.0/parcels/LX481516230CN")
    assert request.headers["client_id"] == "shop"


def test_the_token_is_asked_for_at_a_host_of_its_own() -> None:
    assert nz_post.auth is not None
    ask = nz_post.auth.token_request(ACCESS.credentials)
    assert (ask.issuer, ask.path) == ("https://oauth.nzpost.co.nz", "/as/token.oauth2")


def test_descriptions_are_text_without_markup() -> None:
    texts = [event.raw_text for event in read("shenzhen_to_wellington_biosecurity").events]
    assert texts[-1] == "Delivered. Your parcel was delivered."
    assert "With courier for delivery. Our courier has your parcel & is on the way." in texts
    assert not any("<" in text or "href" in text for text in texts)


def test_an_invoice_is_the_merchant_s_to_send_and_biosecurity_the_authority_s_to_do() -> None:
    events = {event.raw_code: event for event in read("shenzhen_to_wellington_biosecurity").events}
    invoice, check = events["584"].reason, events["585"].reason
    assert (invoice, check) == (Reason.CUSTOMS_INVOICE_MISSING, Reason.CUSTOMS_QUARANTINE)
    assert invoice is not None
    assert check is not None
    assert (invoice.action_by, check.action_by) == (ActionBy.MERCHANT, ActionBy.CUSTOMS)


def test_a_time_without_an_offset_is_new_zealand_s_and_none_before_the_border() -> None:
    events = {event.raw_code: event for event in read("shenzhen_to_wellington_biosecurity").events}
    assert (events["587"].time.source, events["587"].time.instant) == (TimeSource.UNKNOWN, None)
    assert (events["590"].time.source, events["590"].time.offset_min) == (TimeSource.COUNTRY, 720)
    assert (events["997"].time.source, events["997"].time.offset_min) == (TimeSource.CARRIER_OFFSET, 480)


def test_delivered_to_the_sender_is_a_return_with_its_reason() -> None:
    *_, turned, home = read("site_answer_returned").events
    assert (turned.code, turned.reason) == (EventCode.RETURN_STARTED, Reason.CONSIGNEE_WRONG_ADDRESS)
    assert home.code is EventCode.RETURN_COMPLETED


def test_a_scan_s_own_number_is_kept_and_who_signed_is_not() -> None:
    delivered = read("shenzhen_to_wellington_biosecurity").events[-1]
    assert delivered.native_id == "2631897599"
    assert delivered.details == {}


def test_no_events_are_not_found_yet() -> None:
    assert isinstance(read("no_events_yet").failure, NotFound)


def test_what_the_api_says_of_an_error_is_kept_for_ops() -> None:
    with pytest.raises(BadAnswer, match="TRACK_001"):
        read("not_allowed")
