"""/track and /t/<number> over HTTP, with a real PostgreSQL and Redis."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import redis
from django.test import Client
from django_scopes import scope

from carriers.vocabulary import EventCode as Code
from tests.tracking.shipments.telling import event, told
from tracking.accounts.models import Merchant
from tracking.portal import limits
from tracking.rules.shipment_number import ALPHABET, clean, group, problem
from tracking.shipments import services
from tracking.shipments.models import Shipment
from tracking.shipments.recording.door import record_result
from tracking.shipments.services import LegSpec

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_redis")]


@pytest.fixture
def parcel(db: None) -> Iterator[Shipment]:
    """Order HL-1 of Halden, picked up in Shenzhen, on its way to Berlin."""
    merchant = Merchant.objects.create(name="Halden", slug="halden", support_email="help@halden.example")
    with scope(merchant=merchant):
        parcel = services.register_shipment(
            merchant,
            order_number="HL-1",
            title="Brass lamp",
            origin_country="CN",
            destination_country="DE",
            destination_city="Berlin",
            legs=[LegSpec(number="YT2630600000000001", carrier="yunexpress")],
        )
        leg = parcel.legs.get()
        record_result(told(leg, event(Code.FIRST_MILE_PICKED_UP, 5, city="Shenzhen", raw_text="签收人：张三")))
        parcel.refresh_from_db()
        yield parcel


@pytest.fixture
def broken_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2)
    monkeypatch.setattr(limits, "redis_client", lambda: gone)


def mistyped(number: str, at: int) -> str:
    """The number with another symbol at an index, so that the check fails."""
    for symbol in ALPHABET:
        slip = number[:at] + symbol + number[at + 1 :]
        if symbol != number[at] and problem(slip) is not None:
            return slip
    raise AssertionError("some symbol breaks the check")


def test_the_page_is_shown_with_three_queries(parcel: Shipment, client: Client, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(3):  # the shipment with its merchant, its legs, its events
        answer = client.get(f"/t/{parcel.number}")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "Picked up, on its way to Berlin" in text
    assert "Order <bdi>HL-1</bdi>" in text


def test_nothing_personal_is_on_the_page(parcel: Shipment, client: Client) -> None:
    text = client.get(f"/t/{parcel.number}").content.decode()
    assert "张三" not in text
    assert "Brass lamp" not in text


def test_the_answer_is_kept_indexed_and_told_nowhere(parcel: Shipment, client: Client) -> None:
    for address in (f"/t/{parcel.number}", "/track", "/track?number=x", "/nowhere"):
        answer = client.get(address)
        assert answer["X-Robots-Tag"] == "noindex, nofollow, noarchive"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert not answer.cookies
        assert not client.cookies


def test_no_page_has_inline_style_or_script(parcel: Shipment, client: Client) -> None:
    for address in (f"/t/{parcel.number}", "/track", "/track?number=AAAA", "/nowhere"):
        text = client.get(address).content.decode()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", text)


@pytest.mark.parametrize(
    "write",
    [str.lower, group, lambda number: f" {number[:8]} {number[8:]}", lambda number: group(number).replace("-", "‐")],
)
def test_other_ways_of_writing_lead_to_the_canonical_address(parcel: Shipment, client: Client, write) -> None:  # type: ignore[no-untyped-def]
    answer = client.get(f"/t/{write(parcel.number)}")
    assert answer.status_code == 302
    assert answer["Location"] == f"/t/{parcel.number}"


def test_the_look_up_takes_numbers_and_pasted_links(parcel: Shipment, client: Client) -> None:
    for typed in (parcel.number, group(parcel.number).lower(), f"https://track.example/t/{parcel.number}?lang=zh-hans"):
        answer = client.get("/track", {"number": typed})
        assert (answer.status_code, answer["Location"]) == (302, f"/t/{parcel.number}")


def test_the_language_stays_in_the_address(parcel: Shipment, client: Client) -> None:
    answer = client.get("/track", {"number": parcel.number, "lang": "zh-hans"})
    assert answer["Location"] == f"/t/{parcel.number}?lang=zh-hans"
    page = client.get(answer["Location"])
    assert page["Content-Language"] == "zh-Hans"
    assert '<html lang="zh-Hans" dir="ltr">' in page.content.decode()
    assert "已揽收，正在运往Berlin" in page.content.decode()


@pytest.mark.parametrize(
    ("header", "language"),
    [("zh-CN,zh;q=0.9,en;q=0.5", "zh-Hans"), ("en-US,en", "en"), ("xx", "en"), ("", "en"), ("de, zh;q=0.4", "zh-Hans")],
)
def test_the_browsers_language_is_taken_where_we_have_it(
    parcel: Shipment, client: Client, header: str, language: str
) -> None:
    assert client.get(f"/t/{parcel.number}", headers={"accept-language": header})["Content-Language"] == language


@pytest.mark.parametrize("at", [0, 5, 9, 15])
def test_a_typing_slip_names_its_group_and_not_the_right_number(parcel: Shipment, client: Client, at: int) -> None:
    answer = client.get("/track", {"number": mistyped(parcel.number, at)})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert f"Look at group {at // 4 + 1}" in text
    assert parcel.number not in text
    assert group(parcel.number) not in text


def test_a_slip_in_the_address_is_not_found_with_the_look_up_kept(parcel: Shipment, client: Client) -> None:
    answer = client.get(f"/t/{mistyped(parcel.number, 6)}")
    assert answer.status_code == 404
    assert "Look at group 2" in answer.content.decode()
    assert 'name="number"' in answer.content.decode()


def test_symbols_and_lengths_are_named(client: Client, db: None) -> None:
    assert "Look at group 2" in client.get("/track", {"number": "K7QM-2V#D-XR4T-81PB-C"}).content.decode()
    assert "Look at group 3" in client.get("/track", {"number": "K7QM-2V9D-XRT-81PB-C"}).content.decode()
    assert "not complete" in client.get("/track", {"number": "K7QM2V9D"}).content.decode()


def test_a_well_formed_number_that_nobody_has_is_not_found(client: Client, db: None) -> None:
    number = next(clean(text) for symbol in ALPHABET if problem(text := "0123456789ABCDEF" + symbol) is None)
    answer = client.get(f"/t/{number}")
    assert answer.status_code == 404
    assert "No parcel has this number" in answer.content.decode()


def test_a_carriers_number_is_kindly_refused_even_where_it_exists(parcel: Shipment, client: Client) -> None:
    text = client.get("/track", {"number": "YT2630600000000001"}).content.decode()
    assert "This is a number of YunExpress" in text
    assert parcel.number not in text


def test_an_archived_shipment_has_no_page(parcel: Shipment, client: Client) -> None:
    services.archive_shipment(parcel)
    assert client.get(f"/t/{parcel.number}").status_code == 404


def test_too_many_look_ups_wait(parcel: Shipment, client: Client) -> None:
    answers = [client.get("/track", {"number": parcel.number}).status_code for _ in range(limits.LOOK_UPS + 1)]
    assert answers[:-1] == [302] * limits.LOOK_UPS
    assert answers[-1] == 429
    refused = client.get("/track", {"number": parcel.number})
    assert 0 < int(refused["Retry-After"]) <= limits.WINDOW_S
    assert client.get(f"/t/{parcel.number}").status_code == 200
    assert client.get("/track").status_code == 200
    elsewhere = client.get("/track", {"number": parcel.number}, REMOTE_ADDR="203.0.113.9")
    assert elsewhere.status_code == 302


@pytest.mark.usefixtures("broken_redis")
def test_without_redis_nobody_looks_up_but_the_page_stands(parcel: Shipment, client: Client) -> None:
    refused = client.get("/track", {"number": parcel.number})
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert client.get(f"/t/{parcel.number}").status_code == 200


def test_a_reader_that_has_the_page_gets_304(parcel: Shipment, client: Client) -> None:
    first = client.get(f"/t/{parcel.number}")
    again = client.get(f"/t/{parcel.number}", headers={"if-none-match": first["ETag"]})
    assert again.status_code in (200, 304)  # the words "5 hours ago" may have changed in between
    if again.status_code == 304:
        assert again.content == b""


def test_only_reading_is_allowed(parcel: Shipment, client: Client) -> None:
    assert client.post(f"/t/{parcel.number}").status_code == 405
    assert client.head(f"/t/{parcel.number}").content == b""


def test_the_brands_file_is_served_for_ever_and_only_under_its_own_name(client: Client) -> None:
    from tracking.portal import theme

    answer = client.get(f"/brand/{theme.file_name('#7A1FA2')}")
    assert answer.status_code == 200
    assert "immutable" in answer["Cache-Control"]
    assert answer["Content-Type"].startswith("text/css")
    assert client.get("/brand/7a1fa2.0000000000.css").status_code == 404


def test_robots_are_turned_away(client: Client) -> None:
    assert "Disallow: /" in client.get("/robots.txt").content.decode()


def test_markup_in_what_people_typed_stays_text(client: Client, db: None) -> None:
    text = client.get("/track", {"number": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in text
