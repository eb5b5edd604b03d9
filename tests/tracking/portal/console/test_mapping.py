"""The mapping pages: how well carriers are understood, the queue, the form, the phrasebook, replays."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django_scopes import scope

from carriers.vocabulary import EventCode
from tests.tracking.mapping.yanwen_words import NUMBERS, ODD, PICKED_UP, parcel, tell
from tests.tracking.portal.console.conftest import hire, logged_in
from tracking.accounts.models import Merchant, Role
from tracking.mapping import replays, understood
from tracking.mapping.models import Replay
from tracking.phrasebook.models import PhrasebookRow
from tracking.shipments.models import Event, Shipment

pytestmark = pytest.mark.django_db

WORDS = {
    "carrier": "yanwen", "match": "wording", "raw_code": "ZZ77", "text": ODD[1], "event_code": "import_customs.held",
}  # fmt: skip


@pytest.fixture
def lamp(halden: Merchant) -> Shipment:
    with scope(merchant=halden):
        shipment = parcel(halden, "HL-1")
        tell(shipment, PICKED_UP, ODD)
    return shipment


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return str(response.content.decode())


def latest(merchant: Merchant) -> Replay:
    with scope(merchant=merchant):
        return Replay.objects.latest("id")


def test_from_the_queue_to_the_buyers_status(halden: Merchant, lamp: Shipment, ops: Client) -> None:
    understood.count()
    queue = page(ops, "/console/mapping")
    assert ODD[1] in queue
    assert "50 %" in queue  # one of two events is understood
    assert f"/console/shipments/{lamp.number}" in queue
    saved = ops.post("/console/mapping/new", WORDS, follow=True).content.decode()
    assert "Mapped." in saved
    assert "Waits for a replay" in saved
    dry = ops.post("/console/mapping/replays", {"carrier": "yanwen"})
    replay = latest(halden)
    assert (dry["Location"], replay.is_dry) == (f"/console/mapping/replays/{replay.pk}", True)
    assert "Waiting" in page(ops, dry["Location"])
    replays.run(replay.pk)
    told = page(ops, dry["Location"])
    assert "Nothing has been changed yet." in told
    assert EventCode.IMPORT_CUSTOMS_HELD.label in told
    real = ops.post("/console/mapping/replays", {"carrier": "yanwen", "real": "1"})
    replays.run(latest(halden).pk)
    assert "Do it for real" not in page(ops, real["Location"])
    lamp.refresh_from_db()
    assert lamp.status == "exception"
    after = page(ops, "/console/mapping")
    assert "Every word is understood" in after
    assert "100 %" in after


def test_a_wording_that_says_nothing_is_ignored_with_one_press(halden: Merchant, lamp: Shipment, ops: Client) -> None:
    told = {"carrier": "yanwen", "raw_code": "ZZ77", "text": "handed over to feeder # at gate #"}
    assert "Ignored from now on." in ops.post("/console/mapping/ignore", told, follow=True).content.decode()
    with scope(merchant=halden):
        row = PhrasebookRow.objects.get()
    assert (row.event_code, row.wording, row.author_name) == ("any.note", told["text"], "ops of Halden")
    assert "no longer in the queue" in ops.post("/console/mapping/ignore", {}, follow=True).content.decode()


def test_the_form_is_filled_in_by_the_queue(lamp: Shipment, ops: Client) -> None:
    form = page(ops, "/console/mapping/new?carrier=yanwen&raw_code=ZZ77&text=handed+over")
    assert '<option value="yanwen" selected>' in form
    assert "handed over</textarea>" in form
    assert 'value="ZZ77"' in form


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"event_code": ""}, "Choose what happened."),
        ({"text": ""}, "Type the carrier&#x27;s words."),
        ({"match": "code", "raw_code": ""}, "Type the carrier&#x27;s code."),
        ({"match": "pattern", "text": "(a+)+b"}, "The pattern repeats with `+`."),
        ({"carrier": "nobody"}, "Select a valid choice"),
    ],
)
def test_a_form_that_is_wrong_says_so_at_the_field(
    halden: Merchant, lamp: Shipment, ops: Client, change: dict[str, str], told: str
) -> None:
    response = ops.post("/console/mapping/new", WORDS | change)
    assert response.status_code == 400
    assert told in response.content.decode()
    with scope(merchant=halden):
        assert not PhrasebookRow.objects.exists()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, "It names 1 of 2 unknown events"),
        ({"match": "pattern", "text": "feeder|crane"}, "It names 1 of 2 unknown events"),
        ({"match": "code", "raw_code": "QQ", "text": ""}, "It names 1 of 2 unknown events"),
        ({"raw_code": ""}, "It names 1 of 2 unknown events"),
        ({"raw_code": "OTHER"}, "It names 0 of 2 unknown events"),
        ({"match": "pattern", "text": "(open"}, "never closed"),
        ({"carrier": ""}, ""),
    ],
)
def test_the_preview_counts_while_one_types(
    halden: Merchant, lamp: Shipment, ops: Client, change: dict[str, str], told: str
) -> None:
    with scope(merchant=halden):
        tell(lamp, PICKED_UP, ODD, ("QQ", "Something else", 3.0))
    words = {name: value for name, value in (WORDS | change).items() if name != "event_code"}
    fragment = ops.get("/console/mapping/preview", words).content.decode()
    assert told in fragment
    assert "<html" not in fragment
    without_script = ops.post("/console/mapping/new", words | {"preview": "1"})
    assert without_script.status_code == 200
    assert told in without_script.content.decode()


def test_the_phrasebook_lists_rows_ends_them_and_gives_a_patch(halden: Merchant, ops: Client) -> None:
    assert "Nothing is mapped yet" in page(ops, "/console/mapping/rows")
    ops.post("/console/mapping/new", WORDS | {"note": "A call with their desk"})
    listed = page(ops, "/console/mapping/rows")
    assert "handed over to feeder # at gate #" in listed
    assert "A call with their desk" in listed
    patch = ops.get("/console/mapping/patch/yanwen")
    assert patch["Content-Disposition"] == 'attachment; filename="yanwen.patch"'
    assert "+++ b/carriers/adapters/yanwen.toml" in patch.content.decode()
    assert 'when_code = "ZZ77"' in ops.get("/console/mapping/patch/yanwen?as=toml").content.decode()
    assert ops.get("/console/mapping/patch/nobody").status_code == 404
    with scope(merchant=halden):
        row = PhrasebookRow.objects.get()
    assert "Ended." in ops.post(f"/console/mapping/rows/{row.pk}/end", follow=True).content.decode()
    assert "feeder #" not in page(ops, "/console/mapping/rows")
    assert "feeder #" in page(ops, "/console/mapping/rows?ended=1")


def test_a_replay_is_cancelled_and_a_second_one_waits_its_turn(halden: Merchant, lamp: Shipment, ops: Client) -> None:
    ops.post("/console/mapping/replays", {"shipment": lamp.number})
    replay = latest(halden)
    assert replay.shipment == lamp
    busy = ops.post("/console/mapping/replays", {"carrier": "yanwen"}, follow=True).content.decode()
    assert "Another replay is under way." in busy
    address = f"/console/mapping/replays/{replay.pk}/cancel"
    assert "What was done stays done." in ops.post(address, follow=True).content.decode()
    ops.post("/console/mapping/replays", {"shipment": lamp.number})
    done = latest(halden)
    replays.run(done.pk)
    late = ops.post(f"/console/mapping/replays/{done.pk}/cancel", follow=True).content.decode()
    assert "It had ended already." in late
    nobody = ops.post("/console/mapping/replays", {"carrier": "nobody"}, follow=True).content.decode()
    assert "choose a carrier that we read" in nobody


def test_a_running_replay_tells_its_progress_in_a_part(halden: Merchant, lamp: Shipment, ops: Client) -> None:
    ops.post("/console/mapping/replays", {"carrier": "yanwen"})
    address = f"/console/mapping/replays/{latest(halden).pk}"
    part = ops.get(address + "?fragment=1")
    assert '<progress max="100" value="0"' in part.content.decode()
    again = ops.get(address + "?fragment=1", headers={"if-none-match": part["ETag"]})
    assert again.status_code == 304


def test_support_looks_and_changes_nothing(halden: Merchant, lamp: Shipment) -> None:
    support = logged_in(hire(halden, Role.SUPPORT))
    queue = page(support, "/console/mapping")
    assert ODD[1] in queue
    assert "Ignore" not in queue
    assert support.post("/console/mapping/replays", {"carrier": "yanwen"}).status_code == 403
    assert support.get("/console/mapping/new").status_code == 403


def test_the_queue_turns_its_pages(halden: Merchant, lamp: Shipment, ops: Client) -> None:
    with scope(merchant=halden):
        for index in range(60):
            tell(lamp, PICKED_UP, ODD, (f"C{index:02}", f"words {'x' * index}", 1.0 + index))
    first = page(ops, "/console/mapping?carrier=yanwen")
    assert first.count('data-label="Times"') == 50
    [following] = re.findall(r'href="(\?carrier=yanwen&amp;after=[^"]+)" rel="next"', first)
    second = page(ops, "/console/mapping" + following.replace("&amp;", "&"))
    assert second.count('data-label="Times"') == 11
    assert 'href="?carrier=yanwen">First page' in second
    assert page(ops, "/console/mapping?after=x").count('data-label="Times"') == 50
    with scope(merchant=halden):
        assert Event.objects.unknown().count() == 61


def test_another_merchants_words_rows_and_replays_are_nowhere(
    halden: Merchant, kestrel: Merchant, lamp: Shipment, ops: Client, stranger: Client
) -> None:
    with scope(merchant=kestrel):
        tell(parcel(kestrel, "KO-1", NUMBERS[1]), ("KK", "Words of Kestrel", 3.0))
    ops.post("/console/mapping/new", WORDS)
    ops.post("/console/mapping/replays", {"carrier": "yanwen"})
    understood.count()
    theirs = page(stranger, "/console/mapping")
    assert "Words of Kestrel" in theirs
    assert "feeder" not in theirs
    assert "feeder" not in page(stranger, "/console/mapping/rows?ended=1")
    assert "Nothing was replayed yet" in page(stranger, "/console/mapping/replays")
    assert stranger.get("/console/mapping/patch/yanwen").content == b""
    refused = stranger.post("/console/mapping/replays", {"shipment": lamp.number}, follow=True).content.decode()
    assert "Nothing is replayed" in refused


def test_a_form_that_was_only_opened_is_told_no_mistake(ops: Client) -> None:
    empty = {"carrier": "", "match": "code", "text": "", "raw_code": ""}
    assert 'class="error"' not in ops.get("/console/mapping/preview", empty).content.decode()
    begun = empty | {"carrier": "yanwen", "text": "Repalletised"}
    assert 'class="error"' in ops.get("/console/mapping/preview", begun).content.decode()
