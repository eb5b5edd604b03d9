"""What is deleted, and when: raw answers of shipments long silent, and whole months at a person's word alone."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from django_scopes import scopes_disabled

from tests.tracking.shipments.test_partitions import NOW, THIS_MONTH, event, id_in, lasting
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.shipments import partitions, retention
from tracking.shipments.models import Event, RawAnswer, Shipment

AGES_AGO = clock.now() - timedelta(days=400)

pytestmark = pytest.mark.usefixtures("lasting")


__all__ = ["lasting"]


@pytest.fixture
def merchant(lasting: None) -> Merchant:
    return Merchant.objects.create(name="Halden", slug="halden")


def shipment(merchant: Merchant, number: int, month: object = THIS_MONTH, **columns: object) -> Shipment:
    """One with an event and a raw answer, delivered and silent for ages unless told otherwise."""
    told = {"status": "delivered", "updated_at": AGES_AGO} | columns
    made = Shipment(id=id_in(month, number), merchant=merchant, destination_country="DE", **told)  # type: ignore[arg-type]
    with scopes_disabled():
        made.save(force_insert=True)
        RawAnswer.objects.create(
            merchant=merchant, shipment=made, leg_id=made.id, carrier="dhl", channel="poll", received_at=NOW,
            body=b"", size=0,
        )  # fmt: skip
    return made


def answers_left() -> set[object]:
    with scopes_disabled():
        return set(RawAnswer.objects.values_list("shipment_id", flat=True))


def partition(table: str) -> str:
    [part] = [part for part in partitions.partitions(table) if part.first == THIS_MONTH]
    return part.name


def test_within_a_month_the_answers_of_silent_shipments_go_and_the_others_stay(
    merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for number in range(5):
        shipment(merchant, number + 1)
    alive = shipment(merchant, 9, updated_at=clock.now())
    before = shipment(merchant, 1, partitions.after(THIS_MONTH, -30))
    told = retention.forget_raw_answers(NOW)
    assert told == "0 months and 6 rows of raw answers deleted"
    assert answers_left() == {alive.id}
    assert before.id not in answers_left()


def test_a_month_in_which_all_is_silent_goes_as_a_whole_and_its_place_stays(merchant: Merchant) -> None:
    old = shipment(merchant, 1)
    event(merchant, THIS_MONTH)  # of the same shipment: it stays
    assert retention.forget_raw_answers(NOW) == "1 months and 0 rows of raw answers deleted"
    assert answers_left() == set()
    assert partitions.problems(NOW) == []
    assert partitions.detached() == []
    with scopes_disabled():
        assert Event.objects.filter(shipment=old).count() == 1
    assert retention.forget_raw_answers(NOW) == "0 months and 0 rows of raw answers deleted"


@override_settings(RAW_ANSWERS_KEPT_DAYS=0)
def test_nothing_goes_where_answers_are_kept_for_ever(merchant: Merchant) -> None:
    kept = shipment(merchant, 1)
    retention.JOBS[1].run(NOW)
    assert answers_left() == {kept.id}


def detach(*arguments: str) -> str:
    out = StringIO()
    call_command("partitions", "detach", f"{THIS_MONTH:%Y-%m}", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    "columns", [{"status": "in_transit"}, {"updated_at": clock.now()}], ids=["on its way", "ended just now"]
)
def test_a_month_with_a_shipment_that_may_go_on_is_not_detached(merchant: Merchant, columns: dict[str, object]) -> None:
    shipment(merchant, 1)
    alive = shipment(merchant, 2, **columns)
    for arguments in ([], ["--dry-run"], ["--drop"]):
        with pytest.raises(CommandError, match=f"1 shipments have not ended .*: {alive.number}"):
            detach(*arguments)
    assert len(answers_left()) == 2


def test_a_dry_run_tells_and_does_nothing(merchant: Merchant) -> None:
    shipment(merchant, 1)
    told = detach("--dry-run")
    assert partition("shipments_event") in told
    assert "archive their shipments" in told
    assert partitions.detached() == []


def test_a_detached_month_stands_alone_and_its_shipments_are_archived(merchant: Merchant) -> None:
    gone = shipment(merchant, 1)
    other = shipment(merchant, 1, partitions.after(THIS_MONTH))
    names = [f"{partition(table)}_detached" for table in partitions.TABLES]
    assert detach() == "".join(f"{name} stands alone\n" for name in names)
    assert partitions.detached() == names
    assert answers_left() == {other.id}
    with scopes_disabled():
        assert Shipment.objects.get(id=gone.id).archived_at is not None
        assert Shipment.objects.get(id=other.id).archived_at is None


def test_a_dropped_month_takes_its_shipments_with_it(merchant: Merchant) -> None:
    shipment(merchant, 1)
    other = shipment(merchant, 1, partitions.after(THIS_MONTH))
    assert detach("--drop").count("is dropped") == 2
    assert partitions.detached() == []
    with scopes_disabled():
        assert [row.id for row in Shipment.objects.all()] == [other.id]


def test_a_month_without_a_partition_of_its_own_is_refused() -> None:
    with pytest.raises(CommandError, match="no partition of its own holds 2001-01"):
        call_command("partitions", "detach", "2001-01", stdout=StringIO())


def test_the_list_names_every_partition() -> None:
    out = StringIO()
    call_command("partitions", "list", stdout=out)
    assert out.getvalue().count(" rows ") == sum(len(partitions.partitions(table)) for table in partitions.TABLES)
