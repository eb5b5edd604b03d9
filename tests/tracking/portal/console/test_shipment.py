"""One shipment: what its page tells, and what people can mend on it."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from django.test import Client
from django_scopes import scope
from pytest_django import DjangoAssertNumQueries

from carriers.errors import Refused
from carriers.events import NextLeg
from carriers.vocabulary import EventCode
from tests.tracking.portal.console.conftest import first_leg
from tests.tracking.shipments.telling import event, told
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.shipments import services
from tracking.shipments.models import Event, Leg, RawAnswer, Shipment
from tracking.shipments.recording.door import record_result

pytestmark = pytest.mark.django_db

DHL = "00340434161094027331"


def say(shipment: Shipment, *events: object, **more: object) -> None:
    with scope(merchant=shipment.merchant):
        record_result(told(first_leg(shipment), *events, **more))  # type: ignore[arg-type]


def page(client: Client, shipment: Shipment) -> str:
    response = client.get(f"/console/shipments/{shipment.number}")
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def travelled(parcel: Shipment) -> Shipment:
    """Picked up in Shenzhen, silent for five days, handed over to DHL."""
    say(
        parcel,
        event(EventCode.FIRST_MILE_PICKED_UP, 200, city="Shenzhen", raw_code="ZC", raw_text="快件已揽收"),
        event(EventCode.IMPORT_CUSTOMS_RELEASED, 30, country="DE", city="Leipzig", raw_text="进口清关完成"),
        next_leg=NextLeg(number=DHL, carrier="dhl_unified", evidence="TrackingNumber"),
    )
    return parcel


def test_the_page_tells_events_sources_gaps_and_hand_overs(travelled: Shipment, owner: Client) -> None:
    body = page(owner, travelled)
    for words in (
        "Cleared import customs",
        "import_customs.released",
        "YunExpress, asked",
        "快件已揽收",
        'lang="zh"',
        "7 days without a scan, usual up to",
        "DHL is to take over from YunExpress",
        "No scan by DHL yet",
        "Linked by YunExpress&#x27;s answer",
        "TrackingNumber",
        "raw answer",
        "Status changes",
        f"/t/{travelled.number}",
    ):
        assert words in body, words
    log = body.split('id="log"')[1]
    assert log.index("is to take over") < log.index("Cleared import customs") < log.index("Picked up by the carrier")


def test_the_page_costs_ten_queries_whatever_its_events(
    travelled: Shipment, owner: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    page(owner, travelled)
    # session, person, memberships, shipment, legs, events, receipts, status changes, attention
    with django_assert_num_queries(9):
        page(owner, travelled)


def test_an_analyst_reads_the_page_without_raw_answers_and_without_verbs(travelled: Shipment, analyst: Client) -> None:
    body = page(analyst, travelled)
    assert "Cleared import customs" in body
    for words in ("raw answer", "Ask now", "Record an event", "Correct", "Archive", "<form"):
        assert words not in body, words


def test_a_number_in_groups_or_small_letters_finds_it_too(parcel: Shipment, owner: Client) -> None:
    assert owner.get(f"/console/shipments/{parcel.number.lower()}").status_code == 200
    assert owner.get("/console/shipments/0000000000000000A").status_code == 404


def test_a_leg_that_nobody_asks_says_why_and_how_to_mend_it(travelled: Shipment, owner: Client) -> None:
    body = page(owner, travelled)
    assert "you have no account with this carrier" in body
    assert "/console/carriers/dhl_unified" in body


def test_a_leg_that_fails_says_how(parcel: Shipment, owner: Client) -> None:
    say(parcel, failure=Refused("the customer code is not valid"))
    body = page(owner, parcel)
    assert "The carrier refuses us" in body
    assert "the customer code is not valid" in body


@pytest.mark.parametrize(
    ("subscription", "language", "words"),
    [
        ("active", "en", "<dd>pushed</dd>"),
        ("wanted", "en", "<dd>asked to push</dd>"),
        ("refused", "en", "<dd>refused to push</dd>"),
        ("refused", "zh-hans", "<dd>拒绝推送</dd>"),
    ],
)
def test_a_leg_says_whether_its_carrier_tells_us_by_itself(
    parcel: Shipment, owner: Client, subscription: str, language: str, words: str
) -> None:
    owner.cookies["django_language"] = language
    with scope(merchant=parcel.merchant):
        assert words not in page(owner, parcel)
        Leg.objects.update(subscription=subscription)
    assert words in page(owner, parcel)


def test_ops_correct_a_number_and_the_old_events_count_no_more(travelled: Shipment, ops: Client) -> None:
    leg = first_leg(travelled)
    address = f"/console/shipments/{travelled.number}/legs/{leg.id}/correct"
    assert leg.number in ops.get(address).content.decode()
    response = ops.post(address, {"number": "YT2630600000000009", "carrier": "yunexpress"})
    assert response.status_code == 302
    body = page(ops, travelled)
    assert "Corrected: YunExpress YT2630600000000009." in body
    assert "Cleared import customs" not in body.split('id="log"')[1].split("</section>")[0]
    assert "Named by operations" in body


def test_a_number_that_cannot_be_is_refused_at_its_field_with_the_cure(parcel: Shipment, ops: Client) -> None:
    response = ops.post(f"/console/shipments/{parcel.number}/legs/new", {"number": "!!", "carrier": ""})
    assert response.status_code == 400
    errors = response.context["form"].errors
    assert "as it stands on the label" in errors["number"][0]
    body = response.content.decode()
    assert 'aria-invalid="true"' in body
    assert 'id="id_number_error"' in body


def test_a_carrier_that_needs_more_than_the_number_asks_for_it(parcel: Shipment, ops: Client) -> None:
    address = f"/console/shipments/{parcel.number}/legs/new"
    told_so_far = {"number": "SF1234567890123", "carrier": "sf_express"}
    response = ops.post(address, told_so_far)
    assert response.status_code == 400
    assert "field_phone_last4" in response.context["form"].errors
    assert 'name="field_phone_last4"' in response.content.decode()
    assert ops.post(address, told_so_far | {"field_phone_last4": "7708"}).status_code == 302


def test_a_leg_is_removed(travelled: Shipment, ops: Client) -> None:
    leg = first_leg(travelled)
    ops.post(f"/console/shipments/{travelled.number}/legs/{leg.id}/remove")
    with scope(merchant=travelled.merchant):
        assert Leg.objects.get(pk=leg.pk).state == Leg.State.REPLACED
    assert ops.post(f"/console/shipments/{travelled.number}/legs/{leg.id}/remove").status_code == 404


def test_ask_now_makes_the_legs_due(parcel: Shipment, ops: Client) -> None:
    with scope(merchant=parcel.merchant):
        Leg.objects.update(next_poll_at=clock.now() + timedelta(days=1))
    ops.post(f"/console/shipments/{parcel.number}/refresh")
    assert first_leg(parcel).next_poll_at <= clock.now()  # type: ignore[operator]
    assert "1 carrier is asked now." in page(ops, parcel)


def test_an_operators_event_stands_in_the_timeline_as_theirs(parcel: Shipment, ops: Client) -> None:
    when = (clock.now() - timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    response = ops.post(
        f"/console/shipments/{parcel.number}/events/new",
        {
            "code": "any.delayed",
            "occurred_at": when,
            "zone": "UTC",
            "leg": str(first_leg(parcel).id),
            "place": "Leipzig",
            "country": "DE",
            "reason": "transport.strike",
            "text": "The broker called.",
        },
    )
    assert response.status_code == 302
    body = page(ops, parcel)
    for words in ("Delayed", "told by operations", "The broker called.", "A strike"):
        assert words in body, words
    with scope(merchant=parcel.merchant):
        assert Event.objects.get().channel == "ops"


def test_an_event_of_tomorrow_is_refused_at_its_field(parcel: Shipment, ops: Client) -> None:
    when = (clock.now() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    response = ops.post(
        f"/console/shipments/{parcel.number}/events/new",
        {"code": "any.delayed", "occurred_at": when, "zone": "Europe/Berlin", "leg": str(first_leg(parcel).id)},
    )
    assert "future" in response.context["form"].errors["occurred_at"][0]


def test_archiving_can_be_undone_from_its_message(parcel: Shipment, ops: Client) -> None:
    listed = ops.post(f"/console/shipments/{parcel.number}/archive", follow=True).content.decode()
    assert "HL-1 is archived" in listed
    assert f'action="/console/shipments/{parcel.number}/restore"' in listed
    assert "HL-1" in ops.get("/console/shipments", {"view": "archived"}).content.decode()
    ops.post(f"/console/shipments/{parcel.number}/restore")
    assert "HL-1<" in ops.get("/console/shipments").content.decode()


def test_facts_are_changed_and_a_bad_one_is_named(parcel: Shipment, ops: Client) -> None:
    address = f"/console/shipments/{parcel.number}/change"
    facts = {
        "order_number": "HL-2",
        "destination_country": "FR",
        "destination_city": "Paris",
        "promised_on": "2027-01-05",
    }
    assert ops.post(address, facts | {"promised_on": "soon"}).status_code == 400
    assert ops.post(address, facts).status_code == 302
    parcel.refresh_from_db()
    assert (parcel.order_number, parcel.destination_country, str(parcel.promised_on)) == ("HL-2", "FR", "2027-01-05")


def test_a_raw_answer_is_laid_out_and_downloaded_to_the_byte(parcel: Shipment, ops: Client) -> None:
    sent = '{"b":1,"名":"<script>alert(1)</script>"}'.encode()
    say(parcel, body=sent)
    with scope(merchant=parcel.merchant):
        answer = RawAnswer.objects.get()
    address = f"/console/shipments/{parcel.number}/raw-answers"
    assert "YunExpress" in ops.get(address).content.decode()
    shown = ops.get(f"{address}/{answer.id}").content.decode()
    assert hashlib.sha256(sent).hexdigest() in shown
    assert "<script>alert" not in shown
    assert "  &quot;b&quot;: 1," in shown
    got = ops.get(f"{address}/{answer.id}/download")
    assert got.content == sent
    assert got["Content-Type"] == "application/octet-stream"
    assert got["Content-Disposition"].startswith('attachment; filename="yunexpress-')


def test_a_hostile_answer_is_shown_as_text(parcel: Shipment, ops: Client) -> None:
    bodies = [
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b"\xff\xfe\x00",
        b"[" * 5_000,
        json.dumps({"a": "x" * 300_000}).encode(),
        b"<a><b>1</b></a>",
    ]
    for body in bodies:
        say(parcel, body=body)
    with scope(merchant=parcel.merchant):
        answers = list(RawAnswer.objects.all())
    assert len(answers) == len(bodies)
    for answer in answers:
        assert ops.get(f"/console/shipments/{parcel.number}/raw-answers/{answer.id}").status_code == 200


def test_a_leg_says_through_whom_it_is_asked(halden: Merchant, ops: Client) -> None:
    services.save_account(halden, "track17", credentials={"api_key": "k"})
    spec = services.LegSpec(number="LX473124829CN", carrier="china_post")
    shipment = services.register_shipment(halden, destination_country="DE", legs=[spec])
    [card] = ops.get(f"/console/shipments/{shipment.number}").context["legs"]
    assert (card.slug, card.through, card.door) == ("china_post", "17TRACK", "track17")
