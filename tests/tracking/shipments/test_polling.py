"""Claims, calls and their budget, on a real database and against the carrier sandbox over HTTP."""

from __future__ import annotations

import json
import re
import threading
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections, transaction
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from carriers import registry
from carriers.facts import Limit, Per
from carriers.vocabulary import EventCode
from tests.carriers.sandbox.conftest import Server
from tests.tracking.shipments.between import Between
from tests.tracking.shipments.telling import event
from tests.tracking.shipments.telling import told as tell
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.rules.facts import Channel, Evidence, LegRole
from tracking.shipments import services
from tracking.shipments.models import CarrierAccount, Event, Leg, RawAnswer, Shipment
from tracking.shipments.polling import concurrency
from tracking.shipments.polling.claims import claim_due
from tracking.shipments.polling.poll import poll_account
from tracking.shipments.recording.door import Told, record_result
from tracking.shipments.sealing import seal_credentials
from tracking.shipments.services import LegSpec

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def leg_of(shipment: Shipment) -> Leg:
    return Leg.objects.get(shipment=shipment)


def due(**changes: Any) -> None:
    """Every leg is due now, by nobody claimed."""
    Leg.objects.update(**{"next_poll_at": clock.now(), "lease_until": None, "poll_token": None} | changes)


def more_legs(parcel: Shipment, count: int) -> None:
    first = leg_of(parcel)
    Leg.objects.bulk_create(
        Leg(
            merchant=parcel.merchant, shipment=parcel, position=2 + index, carrier="yunexpress",
            number=f"YT26307{index:011}", role=LegRole.LINEHAUL.value, evidence=Evidence.OPS.value,
            account_id=first.account_id, next_poll_at=clock.now(),
        )
        for index in range(count)
    )  # fmt: skip


# Claims.


@pytest.mark.django_db
def test_a_due_leg_is_claimed_once_for_as_long_as_the_lease_runs(parcel: Shipment, yunexpress: CarrierAccount) -> None:
    [claim] = claim_due(10)[yunexpress.id]
    leg = leg_of(parcel)
    assert (claim.leg_id, claim.token) == (leg.id, leg.poll_token)
    assert leg.lease_until is not None
    assert timedelta(seconds=140) < leg.lease_until - timezone.now() <= timedelta(seconds=150)
    assert claim_due(10) == {}


@pytest.mark.django_db
def test_a_lease_that_ran_out_lets_another_claim_with_another_token(parcel: Shipment) -> None:
    claim_due(10)
    old = leg_of(parcel).poll_token
    Leg.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    [[claim]] = claim_due(10).values()
    assert claim.token not in (None, old)


def _archive(parcel: Shipment) -> None:
    services.archive_shipment(parcel)


def _pause(parcel: Shipment) -> None:
    CarrierAccount.objects.update(state=CarrierAccount.State.PAUSED)


def _refuse(parcel: Shipment) -> None:
    CarrierAccount.objects.update(state=CarrierAccount.State.REFUSED)


def _postpone(parcel: Shipment) -> None:
    Leg.objects.update(next_poll_at=clock.now() + timedelta(minutes=1))


def _correct(parcel: Shipment) -> None:
    services.remove_leg(leg_of(parcel))


def _lose_the_account(parcel: Shipment) -> None:
    CarrierAccount.objects.all().delete()


@pytest.mark.django_db
@pytest.mark.parametrize("change", [_archive, _pause, _refuse, _postpone, _correct, _lose_the_account])
def test_what_nobody_should_ask_for_is_not_claimed(parcel: Shipment, change: Callable[[Shipment], None]) -> None:
    change(parcel)
    assert claim_due(10) == {}


@pytest.mark.django_db
def test_the_longest_due_come_first(parcel: Shipment) -> None:
    more_legs(parcel, 5)
    oldest = Leg.objects.order_by("-position").first()
    assert oldest is not None
    Leg.objects.filter(pk=oldest.pk).update(next_poll_at=clock.now() - timedelta(hours=3))
    [[claim]] = claim_due(1).values()
    assert claim.leg_id == oldest.id


@pytest.mark.django_db(transaction=True)
def test_two_that_claim_at_once_never_get_the_same_leg(parcel: Shipment) -> None:
    more_legs(parcel, 299)
    claimed: list[list[Any]] = [[], []]
    begin = threading.Barrier(2)

    def claim(mine: list[Any]) -> None:
        begin.wait()
        try:
            while found := claim_due(7):
                mine += [claim.leg_id for claims in found.values() for claim in claims]
        finally:
            connections.close_all()

    threads = [threading.Thread(target=claim, args=(mine,)) for mine in claimed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(claimed[0]) + len(claimed[1]) == len({*claimed[0], *claimed[1]}) == 300


@pytest.mark.django_db(transaction=True)
def test_a_claim_waits_for_nobody(parcel: Shipment) -> None:
    more_legs(parcel, 3)
    held = leg_of_position(1)
    found: list[Any] = []

    def claim() -> None:
        try:
            found.extend(claim.leg_id for claims in claim_due(10).values() for claim in claims)
        finally:
            connections.close_all()

    with transaction.atomic():
        Leg.objects.select_for_update().get(pk=held.pk)
        thread = threading.Thread(target=claim)
        thread.start()
        thread.join(10)
        assert not thread.is_alive()
    assert (len(found), held.id in found) == (3, False)


def leg_of_position(position: int) -> Leg:
    return Leg.objects.get(position=position)


# Calls.


def account(merchant: Merchant, carrier: str, road: Between, **more: Any) -> CarrierAccount:
    """Of the sandbox, without limits unless told."""
    credentials = dict.fromkeys(registry.adapter(carrier).credentials, "sandbox")
    limits = {"limits": [Limit(calls=1_000_000, per=Per.DAY)]} | more
    return services.save_account(merchant, carrier, credentials=credentials, base_url=f"{road.url}/{carrier}", **limits)


def parcels(merchant: Merchant, server: Server, story: str, count: int) -> list[Shipment]:
    """So many parcels of one story, all long at its end, registered with their first leg."""
    found = []
    for _ in range(count):
        body = {"story": story, "start_at": START.isoformat(), "seed": uuid4().int % 1_000_000_000}
        journey = server.ask("/sandbox/journeys", body)
        first = journey["first_leg"]
        found.append(
            services.register_shipment(
                merchant,
                destination_country=journey["destination_country"],
                origin_country=journey["origin_country"],
                created_at=START,
                legs=[LegSpec(number=first["number"], carrier=first["carrier"], fields=first["fields"])],
            )
        )
    return found


def poll() -> Any:
    [(account_id, claims)] = claim_due(500).items()
    return poll_account(account_id, claims)


@pytest.mark.django_db
def test_a_batch_holds_as_many_numbers_as_the_carrier_takes(halden: Merchant, server: Server, road: Between) -> None:
    account(halden, "yanwen", road)
    ours = parcels(halden, server, "refused_by_customs", 35)
    recorded = poll()
    sizes = [len(re.findall(r"[A-Z0-9]{8,}", path.partition("nums=")[2].replace("%2C", ","))) for path in road.asked]
    assert sorted(sizes) == [5, 30]
    assert recorded.changed == 35
    assert set(Shipment.objects.values_list("status", flat=True)) == {"returned"}
    # Each parcel keeps its own part of the answer.
    for shipment, other in zip(ours, ours[1:] + ours[:1], strict=True):
        number, foreign = leg_of(shipment).number, leg_of(other).number
        raw = RawAnswer.objects.get(shipment=shipment)
        body = text_of(raw)
        assert number in body
        assert foreign not in body


def text_of(raw: RawAnswer) -> str:
    return zlib.decompress(bytes(raw.body)).decode()


def _spoil_yanwen(answer: Any, number: str) -> None:
    next(row for row in answer["result"] if row["tracking_number"] == number)["checkpoints"][0]["time_stamp"] = "soon"


def _spoil_fedex(answer: Any, number: str) -> None:
    rows = answer["output"]["completeTrackResults"]
    next(row for row in rows if row["trackingNumber"] == number)["trackResults"][0]["scanEvents"] = "none"


def _spoil_laposte(answer: Any, number: str) -> None:
    next(row for row in answer if row["shipment"]["idShip"] == number)["shipment"]["event"] = 7


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("carrier", "story", "spoil"),
    [
        ("yanwen", "refused_by_customs", _spoil_yanwen),
        ("fedex", "duty_madrid", _spoil_fedex),
        ("laposte", "shenzhen_paris", _spoil_laposte),
    ],
)
def test_one_bad_piece_of_a_batch_fails_alone_and_is_kept(  # noqa: PLR0917
    carrier: str, story: str, spoil: Callable[[Any, str], None], halden: Merchant, server: Server, road: Between
) -> None:
    account(halden, carrier, road)
    numbers = []
    for shipment in parcels(halden, server, story, 4):
        leg = leg_of(shipment)
        if leg.carrier != carrier:  # the carrier of the last mile is asked alone here
            [told] = [row for row in server.ask("/sandbox/journeys") if row["first_leg"]["number"] == leg.number]
            leg = services.correct_leg(
                leg, LegSpec(number=told["legs"][1]["number"], carrier=carrier), evidence=Evidence.OPS
            )
        numbers.append(leg.number)
    bad = numbers[1]

    def change(path: str, body: bytes) -> bytes:
        if "oauth" in path:
            return body
        answer = json.loads(body)
        spoil(answer, bad)
        return json.dumps(answer).encode()

    road.change = change
    poll()
    assert len([path for path in road.asked if "oauth" not in path]) == 1
    failures = dict(Leg.objects.standing().filter(carrier=carrier).values_list("number", "last_failure_kind"))
    assert failures == {number: "bad_answer" if number == bad else "" for number in numbers}
    [kept] = RawAnswer.objects.exclude(failure="")
    assert kept.leg_id == Leg.objects.get(number=bad).id
    assert kept.failure.startswith("bad_answer: not the documented shape")
    assert all(number not in text_of(kept) for number in numbers if number != bad)
    assert CarrierAccount.objects.get(carrier=carrier).last_failure_kind == ""


@pytest.mark.django_db
def test_what_the_budget_does_not_cover_is_given_back_unasked(halden: Merchant, server: Server, road: Between) -> None:
    account(halden, "yunexpress", road, limits=[Limit(calls=5, per=Per.DAY)])  # two a question, one in reserve
    parcels(halden, server, "lost", 5)
    poll()
    asked = Leg.objects.exclude(last_checked_at=None)
    waiting = Leg.objects.filter(last_checked_at=None)
    assert (asked.count(), waiting.count()) == (2, 3)
    assert {leg.lease_until for leg in waiting} == {leg.poll_token for leg in waiting} == {None}
    mine = CarrierAccount.objects.get()
    assert mine.spent_until is not None
    assert timedelta(hours=23) < mine.spent_until - timezone.now() < timedelta(hours=25)
    assert all(leg.next_poll_at and leg.next_poll_at <= clock.now() for leg in waiting)  # in their order
    assert claim_due(10) == {}


@pytest.mark.django_db
def test_an_answer_that_says_nothing_new_is_neither_read_nor_kept(
    halden: Merchant, server: Server, road: Between
) -> None:
    account(halden, "yunexpress", road)
    [shipment] = parcels(halden, server, "lost", 1)
    assert poll().changed == 1
    shipment.refresh_from_db()
    version, raws = shipment.version, RawAnswer.objects.count()
    due()
    recorded = poll()
    shipment.refresh_from_db()
    assert (recorded.unchanged, recorded.changed) == (1, 0)
    assert (shipment.version, RawAnswer.objects.count()) == (version, raws)
    assert leg_of(shipment).poll_token is None


@pytest.mark.django_db
def test_a_field_that_the_carrier_needs_is_missed_without_a_call(
    halden: Merchant, server: Server, road: Between
) -> None:
    account(halden, "sf_express", road)
    [shipment] = parcels(halden, server, "sf_locker", 1)
    Leg.objects.update(fields={})
    poll()
    leg = leg_of(shipment)
    assert (leg.last_failure_kind, leg.next_poll_at, road.asked) == ("missing_field", None, [])
    assert "phone" in leg.last_failure_detail


@pytest.mark.django_db
def test_credentials_that_cannot_be_opened_refuse_the_account_and_nobody_is_asked(
    halden: Merchant,
    server: Server,
    road: Between,
) -> None:
    mine = account(halden, "yunexpress", road)
    [shipment] = parcels(halden, server, "lost", 1)
    other = CarrierAccount(merchant=halden, carrier="yanwen")
    seal_credentials(other, {"customer_code": "sandbox"})
    CarrierAccount.objects.filter(pk=mine.pk).update(sealed_credentials=other.sealed_credentials)
    poll()
    mine.refresh_from_db()
    leg = leg_of(shipment)
    assert (mine.state, leg.last_failure_kind, leg.poll_token, road.asked) == ("refused", "", None, [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("carrier", "story"), [("ups", "unknown_code"), ("fedex", "duty_madrid"), ("sf_express", "sf_locker")]
)
def test_wrong_credentials_refuse_the_account_until_they_are_mended(
    carrier: str, story: str, halden: Merchant, server: Server, road: Between
) -> None:
    mine = account(halden, carrier, road)
    parcels(halden, server, story, 2)
    credentials = registry.adapter(carrier).credentials
    for credential, state in (("wrong", ("refused", "refused")), ("sandbox", ("active", ""))):
        told = dict.fromkeys(credentials, credential)
        services.save_account(halden, carrier, credentials=told, base_url=mine.base_url)
        poll()
        mine.refresh_from_db()
        assert (mine.state, mine.last_failure_kind) == state
    assert set(Leg.objects.values_list("last_failure_kind", flat=True)) == {""}
    assert set(Shipment.objects.values_list("status", flat=True)) == {"delivered"}


@pytest.mark.django_db
def test_a_refused_account_is_asked_no_further_and_works_again_once_it_is_mended(
    halden: Merchant,
    server: Server,
    road: Between,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(concurrency, "FIRST", 2)
    mine = account(halden, "yunexpress", road)
    parcels(halden, server, "lost", 6)
    services.save_account(halden, "yunexpress", credentials={"api_secret": "wrong"}, base_url=mine.base_url)
    poll()
    mine.refresh_from_db()
    assert (mine.state, mine.last_failure_kind, len(road.asked)) == ("refused", "refused", 2)
    assert Leg.objects.exclude(poll_token=None).count() == 0
    assert claim_due(10) == {}
    services.save_account(halden, "yunexpress", credentials={"api_secret": "sandbox"}, base_url=mine.base_url)
    poll()
    mine.refresh_from_db()
    assert (mine.state, mine.last_failure_kind) == ("active", "")
    assert Leg.objects.filter(last_failure_kind="").exclude(last_checked_at=None).count() == 6


# What happens while an answer is on its way.


def elsewhere(work: Callable[[], object]) -> None:
    """Does it in another process's place: in a thread with a connection of its own."""

    def run() -> None:
        try:
            with scopes_disabled():
                work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)


def once(work: Callable[[], object]) -> Callable[[str, bytes], bytes]:
    """A change of nothing that does some work on the way, the first time."""
    waiting = [work]

    def change(_: str, body: bytes) -> bytes:
        while waiting:
            elsewhere(waiting.pop())
        return body

    return change


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_comes_back_late_writes_nothing(halden: Merchant, server: Server, road: Between) -> None:
    account(halden, "yunexpress", road)
    [shipment] = parcels(halden, server, "lost", 1)
    other = uuid4()
    road.change = once(lambda: Leg.objects.update(poll_token=other, lease_until=timezone.now() + timedelta(minutes=2)))
    recorded = poll()
    assert (recorded.fenced, recorded.events, Event.objects.count()) == (1, 0, 0)
    assert leg_of(shipment).poll_token == other


@pytest.mark.django_db
def test_a_message_that_comes_twice_asks_once(halden: Merchant, server: Server, road: Between) -> None:
    account(halden, "yunexpress", road)
    parcels(halden, server, "lost", 1)
    [(account_id, claims)] = claim_due(500).items()
    poll_account(account_id, claims)
    calls = len(road.asked)
    assert poll_account(account_id, claims).changed == 0
    assert len(road.asked) == calls


@pytest.mark.django_db(transaction=True)
def test_a_push_that_comes_in_between_leaves_the_poll_its_claim(
    halden: Merchant,
    server: Server,
    road: Between,
) -> None:
    account(halden, "yunexpress", road)
    [shipment] = parcels(halden, server, "lost", 1)

    def push() -> Told:
        pushed = tell(leg_of(shipment), event(EventCode.FIRST_MILE_PICKED_UP, 5), channel=Channel.PUSH)
        record_result(pushed)
        return pushed

    road.change = once(push)
    recorded = poll()
    assert (recorded.fenced, recorded.changed) == (0, 1)
    assert set(Event.objects.values_list("channel", flat=True)) == {"push", "poll"}
    assert leg_of(shipment).poll_token is None


@pytest.mark.django_db(transaction=True)
def test_credentials_changed_in_between_are_not_refused_for_the_old_ones(
    halden: Merchant,
    server: Server,
    road: Between,
) -> None:
    mine = account(halden, "yunexpress", road)
    parcels(halden, server, "lost", 1)
    services.save_account(halden, "yunexpress", credentials={"api_secret": "wrong"}, base_url=mine.base_url)

    def mend() -> None:
        with scope(merchant=halden):
            services.save_account(halden, "yunexpress", credentials={"api_secret": "sandbox"}, base_url=mine.base_url)

    road.change = once(mend)
    assert poll().fenced == 1
    mine.refresh_from_db()
    assert mine.state == "active"
    assert poll().events > 0


@pytest.mark.django_db(transaction=True)
def test_a_shipment_deleted_in_between_is_not_asked_for_again(
    halden: Merchant,
    server: Server,
    road: Between,
) -> None:
    account(halden, "yunexpress", road)
    [shipment] = parcels(halden, server, "lost", 1)
    road.change = once(lambda: services.archive_shipment(shipment))
    assert poll().fenced == 1
    assert leg_of(shipment).next_poll_at is None
