"""Old answers, read again: what a dry run says is what the real run does, and nothing is done twice or to others."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from carriers import registry
from carriers.vocabulary import EventCode
from tests.tracking.mapping.conftest import say
from tests.tracking.mapping.yanwen_words import NUMBERS, ODD, PICKED_UP, body, leg_of, parcel, tell, tell_body
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.mapping import chores, replaying, replays, tasks
from tracking.mapping.models import Replay, Understood
from tracking.mapping.unknown import unknown
from tracking.rules.facts import Channel
from tracking.shipments import services
from tracking.shipments.errors import Invalid
from tracking.shipments.models import Event, Leg, RawAnswer, Shipment, StatusChange
from tracking.shipments.recording.door import Told, record_result
from tracking.shipments.services import LegSpec

pytestmark = pytest.mark.django_db

PAYLOADS = Path(__file__).parents[2] / "payloads"
FIGURES = (
    "shipments_seen", "shipments_replayed", "shipments_changed", "shipments_broken", "answers_read",
    "answers_unreadable", "events_unchanged", "events_changed", "events_new", "events_gone", "statuses_changed",
    "event_sample", "status_sample",
)  # fmt: skip


def replay(merchant: Merchant, *, is_dry: bool = False, **what: Any) -> Replay:
    """A whole replay, by one worker."""
    what = what or {"carrier": "yanwen"}
    row = replays.start(merchant, is_dry=is_dry, started_by="Mara Klein", **what)
    assert not replays.run(row.pk)
    row.refresh_from_db()
    assert row.state == Replay.State.DONE
    return row


def figures(row: Replay) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FIGURES}


def everything() -> list[Any]:
    """Every row that a replay could touch."""
    with scopes_disabled():
        return [
            list(model.objects.order_by("pk").values()) for model in (Shipment, Leg, Event, RawAnswer, StatusChange)
        ]


def test_an_unknown_wording_is_mapped_replayed_and_understood(lamp: Shipment, halden: Merchant) -> None:
    assert (lamp.status, [group.count for group in unknown(halden).groups]) == ("pending", [1])
    lamp.refresh_from_db()
    before = lamp.version
    assert lamp.attention == ["unknown_code"]
    say(halden, "import_customs.held", raw_code="ZZ77", text="handed over to FEEDER 99 at gate Z9")
    dry = replay(halden, is_dry=True)
    assert (dry.events_changed, dry.statuses_changed, dry.events_unchanged) == (1, 1, 1)
    lamp.refresh_from_db()
    assert (lamp.version, lamp.status) == (before, "in_transit")
    real = replay(halden)
    assert figures(real) == figures(dry)
    lamp.refresh_from_db()
    assert (lamp.status, lamp.event_code, lamp.attention) == ("exception", "import_customs.held", ["held"])
    assert lamp.version == before + 1
    change = StatusChange.objects.latest("id")
    assert change.cause == "replay"  # so that nobody is woken for old words
    assert (change.old_status, change.status, change.sequence) == ("in_transit", "exception", lamp.version)
    assert unknown(halden).groups == ()
    assert real.event_sample == [
        {
            "shipment": lamp.number, "at": Event.objects.get(code="import_customs.held").raw_time, "old": "unknown",
            "new": "import_customs.held", "raw_code": "ZZ77", "text": ODD[1],
        }
    ]  # fmt: skip
    assert real.status_sample == [{"shipment": lamp.number, "old": "in_transit", "new": "exception"}]
    assert Understood.objects.get().unknown == 0  # counted anew at once


def test_a_dry_run_writes_nothing_but_its_figures(lamp: Shipment, halden: Merchant) -> None:
    say(halden, raw_code="ZZ77")
    before = everything()
    replay(halden, is_dry=True)
    assert everything() == before


def test_a_replay_with_the_same_tables_changes_nothing(lamp: Shipment, halden: Merchant) -> None:
    tell(lamp, PICKED_UP, ODD, ("LH20", "Departed", 2.0))
    before = everything()
    done = replay(halden)
    assert everything() == before
    assert (done.events_unchanged, done.answers_read, done.shipments_replayed) == (3, 2, 1)
    assert (done.events_changed, done.events_new, done.events_gone, done.shipments_changed) == (0, 0, 0, 0)


def test_what_is_changed_keeps_its_identity_and_when_it_came(lamp: Shipment, halden: Merchant) -> None:
    names = ("id", "identity", "raw_answer", "received_at", "occurred_at")
    before = Event.objects.filter(raw_code="ZZ77").values(*names).get()
    say(halden, raw_code="ZZ77")
    replay(halden)
    after = Event.objects.filter(raw_code="ZZ77").values("code", *names).get()
    assert after.pop("code") == "linehaul.departed"
    assert after == before


def test_an_event_that_was_missed_is_told_now_and_one_that_no_answer_tells_goes(
    lamp: Shipment, halden: Merchant
) -> None:
    Event.objects.filter(raw_code="PU10").delete()  # as if the adapter of that day had overlooked it
    stray = Event.objects.get()
    answer = stray.raw_answer
    with connection.cursor() as cursor:  # and had made this one up
        cursor.execute("UPDATE shipments_event SET identity = 'made-up' WHERE id = %s", [stray.id])
    dry, real = replay(halden, is_dry=True), replay(halden)
    assert figures(dry) == figures(real)
    assert (real.events_new, real.events_gone, real.events_changed) == (2, 1, 0)
    assert set(Event.objects.values_list("raw_code", "raw_answer")) == {("PU10", answer), ("ZZ77", answer)}


def test_what_people_told_and_what_no_answer_here_tells_stays(lamp: Shipment, halden: Merchant) -> None:
    services.record_told_event(
        lamp, leg=leg_of(lamp), code=EventCode.ANY_DELAYED, occurred_at=clock.now(), channel=Channel.OPS
    )
    tell(lamp, PICKED_UP, ODD, ("LH20", "Departed", 2.0))
    RawAnswer.objects.order_by("-id")[:1].get().delete()  # an answer that is no longer kept
    before = set(Event.objects.values_list("identity", flat=True))
    say(halden, raw_code="ZZ77")
    assert replay(halden).events_gone == 0
    assert set(Event.objects.values_list("identity", flat=True)) == before


def test_an_answer_that_cannot_be_read_loses_nothing(lamp: Shipment, halden: Merchant) -> None:
    for damaged in (zlib.compress(b"<html>busy</html>"), b"not even compressed"):
        RawAnswer.objects.update(body=damaged)
        done = replay(halden)
        assert (done.answers_unreadable, done.events_gone) == (1, 0)
    assert Event.objects.count() == 2


def test_an_answer_that_could_not_be_read_that_day_is_read_now(halden: Merchant) -> None:
    shipment = parcel(halden, "HL-1")
    leg = leg_of(shipment)
    told = body(leg.number, PICKED_UP)
    RawAnswer.objects.create(
        merchant=halden, shipment=shipment, leg_id=leg.id, carrier="yanwen", channel="poll", received_at=clock.now(),
        http_status=200, failure="bad_answer: not the documented shape", body=zlib.compress(told), size=len(told),
    )  # fmt: skip
    assert replay(halden).events_new == 1
    shipment.refresh_from_db()
    assert shipment.status == "in_transit"


def test_the_first_answer_that_told_an_event_decides_as_it_did_live(lamp: Shipment, halden: Merchant) -> None:
    tell(lamp, PICKED_UP, ("ZZ77", "The same scan in other words", ODD[2]))
    assert Event.objects.get(raw_code="ZZ77").raw_text == ODD[1]
    assert replay(halden).events_changed == 0
    assert Event.objects.get(raw_code="ZZ77").raw_text == ODD[1]


def test_one_shipment_alone_can_be_replayed(lamp: Shipment, halden: Merchant) -> None:
    other = parcel(halden, "HL-2", NUMBERS[1])
    tell(other, ODD)
    say(halden, raw_code="ZZ77")
    done = replay(halden, shipment=lamp)
    assert (done.events_changed, done.shipments_seen, done.shipments_total) == (1, 1, 1)
    assert Event.objects.filter(shipment=other, code="unknown").count() == 1


def test_another_merchants_events_are_not_touched(
    lamp: Shipment, tent: Shipment, halden: Merchant, kestrel: Merchant
) -> None:
    say(halden, raw_code="ZZ77")
    with scopes_disabled():
        before = list(Event.objects.filter(merchant=kestrel).values())
    replay(halden)
    with scope(merchant=kestrel):
        assert Replay.objects.count() == 0
        assert list(Event.objects.values()) == before
        assert replay(kestrel).events_changed == 0  # Halden's row means nothing here


def test_it_goes_batch_by_batch_and_takes_up_where_it_was(halden: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "BATCH", 1)
    shipments = [parcel(halden, f"HL-{n}", number) for n, number in enumerate(NUMBERS)]
    for shipment in shipments:
        tell(shipment, PICKED_UP, ODD)
    say(halden, raw_code="ZZ77")
    row = replays.start(halden, carrier="yanwen", is_dry=False, started_by="Mara")
    assert replays.run(row.pk, for_s=0.0)
    row.refresh_from_db()
    assert (row.state, row.shipments_seen, row.events_changed, row.lease_until) == ("running", 1, 1, None)
    assert row.cursor == shipments[0].id
    while replays.run(row.pk, for_s=0.0):
        pass
    row.refresh_from_db()
    assert (row.state, row.shipments_seen, row.shipments_total, row.events_changed) == ("done", 3, 3, 3)
    assert StatusChange.objects.count() == len({(c.shipment_id, c.sequence) for c in StatusChange.objects.all()})


def test_shipments_without_such_answers_are_passed_over(lamp: Shipment, halden: Merchant) -> None:
    parcel(halden, "HL-2", NUMBERS[1])
    done = replay(halden)
    assert (done.shipments_seen, done.shipments_replayed) == (2, 1)


def test_while_one_worker_holds_it_another_leaves_it_alone(lamp: Shipment, halden: Merchant) -> None:
    row = replays.start(halden, carrier="yanwen", is_dry=False, started_by="Mara")
    Replay.objects.filter(pk=row.pk).update(lease_until=timezone.now() + timedelta(seconds=30))
    assert not replays.run(row.pk)
    row.refresh_from_db()
    assert row.shipments_seen == 0
    Replay.objects.filter(pk=row.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    replays.run(row.pk)
    row.refresh_from_db()
    assert row.state == "done"


def test_a_worker_whose_lease_ran_out_writes_nothing_more(lamp: Shipment, halden: Merchant) -> None:
    row = replays.start(halden, carrier="yanwen", is_dry=False, started_by="Mara")
    with scopes_disabled():
        old = replays._claim(row.pk)
        Replay.objects.filter(pk=row.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        assert replays._claim(row.pk) not in (None, old)
        assert old is not None
        assert not replays._batch(row.pk, old)
    row.refresh_from_db()
    assert (row.shipments_seen, row.state) == (0, "running")


def test_cancelled_it_stops_after_its_batch(halden: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "BATCH", 1)
    for n, number in enumerate(NUMBERS):
        tell(parcel(halden, f"HL-{n}", number), ODD)
    say(halden, raw_code="ZZ77")
    row = replays.start(halden, carrier="yanwen", is_dry=False, started_by="Mara")
    replays.run(row.pk, for_s=0.0)
    replays.cancel(row)
    assert not replays.run(row.pk)
    assert (row.state, row.shipments_seen, row.is_finished) == ("cancelled", 1, True)
    assert Event.objects.filter(code="linehaul.departed").count() == 1
    assert replays.cancel(row).finished_at == row.finished_at


def test_two_at_once_are_refused_with_the_cure(halden: Merchant, kestrel: Merchant) -> None:
    row = replays.start(halden, carrier="yanwen", is_dry=True, started_by="Mara")
    with pytest.raises(Invalid, match="another replay is under way") as refused:
        replays.start(halden, carrier="ups", is_dry=True, started_by="Jo")
    assert "cancel it" in refused.value.cure
    replays.start(kestrel, carrier="yanwen", is_dry=True, started_by="another shop's")
    replays.cancel(row)
    replays.start(halden, carrier="ups", is_dry=True, started_by="Jo")
    with pytest.raises(Invalid):
        replays.start(halden, carrier="nobody", is_dry=True, started_by="Jo")
    with pytest.raises(Invalid):
        replays.start(halden, is_dry=True, started_by="Jo")


def test_one_shipments_trouble_is_not_anothers(halden: Merchant) -> None:
    first, second = (parcel(halden, f"HL-{n}", number) for n, number in enumerate(NUMBERS[:2]))
    tell(first, ODD)
    tell(second, ODD)
    say(halden, raw_code="ZZ77")
    RawAnswer.objects.filter(shipment=first).update(leg_id=uuid4())  # of no leg that there is
    dry, real = replay(halden, is_dry=True), replay(halden)
    assert (real.shipments_broken, real.events_changed, real.shipments_seen) == (1, 1, 2)
    assert figures(dry) == figures(real)


def test_a_server_that_goes_away_costs_a_wait_and_nothing_else(
    lamp: Shipment, halden: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(halden, raw_code="ZZ77")
    row = replays.start(halden, carrier="yanwen", is_dry=False, started_by="Mara")
    with monkeypatch.context() as away:
        away.setattr(replaying, "refold_shipments", _server_away)
        with pytest.raises(OperationalError):
            replays.run(row.pk)
    row.refresh_from_db()
    assert (row.state, row.shipments_seen, row.lease_until) == ("running", 0, None)
    assert Event.objects.filter(code="unknown").count() == 1
    replays.run(row.pk)
    row.refresh_from_db()
    assert (row.state, row.events_changed) == ("done", 1)


def _server_away(*_: object) -> None:
    raise OperationalError("the server closed the connection unexpectedly")


def test_the_ticker_wakes_a_worker_for_what_nobody_holds(
    lamp: Shipment, halden: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[tuple[str, tuple[object, ...]]] = []
    monkeypatch.setattr(chores, "wake", lambda task, *args: woken.append((task.name, args)) or True)
    monkeypatch.setattr(chores._Last, "looked", float("-inf"))
    monkeypatch.setattr(chores._Last, "counted", float("-inf"))
    row = replays.start(halden, carrier="yanwen", is_dry=False, started_by="Mara")
    chores.look()
    assert woken == [("mapping.run_replay", (str(row.pk),)), ("mapping.count_understood", ())]
    chores.look()
    assert len(woken) == 2  # looked a moment ago
    tasks.run_replay(str(row.pk))
    row.refresh_from_db()
    assert row.state == "done"


KILLED = """
import os, signal, sys, django
django.setup()
from uuid import UUID
from tracking.mapping import replays
replays.BATCH = 1
whole, calls = replays.replay_shipments, 0
def dies(replay, ids):
    global calls
    tally = whole(replay, ids)
    calls += 1
    if calls == 2:  # the second batch is written, and not yet committed
        os.kill(os.getpid(), signal.SIGKILL)
    return tally
replays.replay_shipments = dies
replays.run(UUID(sys.argv[1]))
"""


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_of_a_batch_it_resumes_and_nothing_is_done_twice(
    halden: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipments = [parcel(halden, f"HL-{n}", number) for n, number in enumerate(NUMBERS)]
    for shipment in shipments:
        tell(shipment, PICKED_UP, ODD)
    say(halden, "import_customs.held", raw_code="ZZ77")
    row = replays.start(halden, carrier="yanwen", is_dry=False, started_by="Mara")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(row.pk)],
        env=os.environ | {"DATABASE_URL": _same_server(str(connection.settings_dict["NAME"]))},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert killed.returncode == -9, killed.stderr
    row.refresh_from_db()
    assert (row.state, row.shipments_seen, row.events_changed) == ("running", 1, 1)
    assert row.lease_until is not None
    assert not replays.run(row.pk)  # the dead worker's lease still stands
    row.refresh_from_db()
    assert row.shipments_seen == 1
    Replay.objects.filter(pk=row.pk).update(lease_until=timezone.now())
    monkeypatch.setattr(replays, "BATCH", 1)
    replays.run(row.pk)
    row.refresh_from_db()
    assert (row.state, row.shipments_seen, row.events_changed, row.statuses_changed) == ("done", 3, 3, 3)
    for shipment in shipments:
        changes = list(StatusChange.objects.filter(shipment=shipment).order_by("id").values_list("status", flat=True))
        assert changes == ["in_transit", "exception"]


def _same_server(name: str) -> str:
    """The test run's server, with the test's own database."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return parts._replace(path=f"/{name}").geturl()


def test_tell_body_is_what_a_poll_would_record(lamp: Shipment, halden: Merchant) -> None:
    before = Event.objects.count()
    tell_body(leg_of(lamp), body(NUMBERS[0], PICKED_UP, ODD))
    assert Event.objects.count() == before


def test_a_push_is_read_again_as_a_push(halden: Merchant) -> None:
    told = (PAYLOADS / "track17" / "moved.push.json").read_bytes()
    (result,) = registry.adapter("track17").read_push(told)  # type: ignore[attr-defined]
    shipment = services.register_shipment(
        halden, destination_country="DE", legs=[LegSpec(number=result.number, carrier="china_post")]
    )
    push = Told(
        leg_id=leg_of(shipment).id, read_by="track17", channel=Channel.PUSH, received_at=clock.now(), result=result,
        body=told,
    )  # fmt: skip
    assert record_result(push).events == len(result.events) > 0
    done = replay(halden, carrier="track17")
    assert (done.answers_read, done.events_unchanged, done.events_changed) == (1, len(result.events), 0)
    assert (done.events_new, done.events_gone) == (0, 0)
