"""The queue of what no table knows, and the phrasebook that people write from it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from tests.tracking.mapping.conftest import MARA, say
from tests.tracking.mapping.yanwen_words import NUMBERS, ODD, PICKED_UP, parcel, tell
from tracking.accounts.models import Merchant
from tracking.mapping.rows import Author, Mapping, draft, end_row, map_wording
from tracking.mapping.unknown import group_of, matched, unknown
from tracking.phrasebook.book import Book, book_of
from tracking.phrasebook.models import PhrasebookRow
from tracking.shipments.errors import Invalid
from tracking.shipments.models import Event, Shipment

pytestmark = pytest.mark.django_db


def test_the_same_words_of_two_parcels_are_one_group_whatever_their_numbers(lamp: Shipment, halden: Merchant) -> None:
    second = parcel(halden, "HL-2", NUMBERS[1])
    tell(second, PICKED_UP, ("ZZ77", "Handed over to FEEDER 7 at gate C1", 12.0), ("QQ", "Another thing", 5.0))
    queue = unknown(halden)
    first, other = queue.groups
    assert (first.carrier, first.raw_code, first.wording) == ("yanwen", "ZZ77", "handed over to feeder # at gate #")
    assert (first.count, first.shipments, other.count) == (2, 2, 1)
    assert {example.number for example in first.examples} == {lamp.number, second.number}
    assert first.first_at <= first.last_at
    assert (queue.next_cursor, queue.is_cut, first.row) == (None, False, None)
    assert group_of(halden, "yanwen", "ZZ77", first.wording) == first


def test_the_queue_shows_one_carrier_or_all(lamp: Shipment, halden: Merchant) -> None:
    assert len(unknown(halden, carrier="yanwen").groups) == 1
    assert unknown(halden, carrier="ups").groups == ()


def test_an_example_is_cut_and_no_more_than_five_are_shown(halden: Merchant) -> None:
    for index, check in enumerate(("UH972281866YP", "UA620116415YP", "UM056734064YP")):
        tell(parcel(halden, f"HL-{index}", check), ("ZZ", "long " * 100, 3.0))
    (group,) = unknown(halden).groups
    assert len(group.examples) == 3
    assert all(len(example.text) == 160 for example in group.examples)


def test_a_page_of_the_queue_costs_four_queries_however_many_groups(lamp: Shipment, halden: Merchant) -> None:
    tell(lamp, PICKED_UP, ODD, *((f"C{n}", "words", float(n)) for n in range(1, 9)))
    with CaptureQueriesContext(connection) as queries:
        queue = unknown(halden)
    assert len(queue.groups) == 9
    assert len(queries) <= 4


def test_pages_show_every_group_once_though_groups_come_and_go_between_them(
    lamp: Shipment, halden: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(lamp, PICKED_UP, *((f"C{n}", "words", float(n)) for n in range(1, 6)))
    everything = [(group.raw_code, group.wording) for group in unknown(halden).groups]
    monkeypatch.setattr("tracking.mapping.unknown.PAGE_SIZE", 2)
    seen, cursor = [], ""
    while cursor is not None:
        queue = unknown(halden, cursor=cursor)
        seen += [(group.raw_code, group.wording) for group in queue.groups]
        if not cursor:  # the first group goes: nothing after it moves
            Event.objects.filter(code="unknown", raw_code=seen[0][0]).update(code="any.note")
        cursor = queue.next_cursor
    assert seen == everything
    assert len(seen) == 6


@pytest.mark.parametrize("cursor", ["x", "W10", "WzEsMiwzLDRd", "eyJhIjoxfQ", "é"])
def test_a_cursor_that_is_none_of_ours_is_refused(halden: Merchant, cursor: str) -> None:
    with pytest.raises(Invalid, match="not one of ours"):
        unknown(halden, cursor=cursor)


def test_another_merchants_words_are_in_no_group_and_its_rows_touch_nobody(
    lamp: Shipment, tent: Shipment, halden: Merchant, kestrel: Merchant
) -> None:
    with scope(merchant=kestrel):
        say(kestrel, raw_code="ZZ77")
        assert [example.number for group in unknown(kestrel).groups for example in group.examples] == [tent.number]
    (group,) = unknown(halden).groups
    assert [example.number for example in group.examples] == [lamp.number]
    assert group.row is None
    assert PhrasebookRow.objects.count() == 0
    assert book_of(halden.pk, "yanwen").row_for("ZZ77", ODD[1]) is None


def test_a_group_that_is_mapped_says_so_until_it_is_replayed(lamp: Shipment, halden: Merchant) -> None:
    row = say(halden, raw_code="ZZ77", text=ODD[1])
    (group,) = unknown(halden).groups
    assert group.row == row


def test_a_change_is_another_row_that_names_the_one_before(halden: Merchant) -> None:
    first = say(halden, raw_code="ZZ77")
    assert say(halden, raw_code="ZZ77") == first
    second = say(halden, "linehaul.arrived", raw_code="ZZ77")
    first.refresh_from_db()
    assert (second.version, second.replaces, first.ended_by_name) == (2, first, "Mara Klein")
    assert first.ended_at is not None
    assert list(PhrasebookRow.objects.standing()) == [second]
    end_row(second, Author(name="Jo"))
    assert (second.ended_by_name, PhrasebookRow.objects.standing().count()) == ("Jo", 0)
    assert say(halden, raw_code="ZZ77").version == 1  # a new beginning


def test_two_meanings_of_one_wording_cannot_stand(halden: Merchant) -> None:
    row = say(halden, raw_code="ZZ77")
    with pytest.raises(IntegrityError), transaction.atomic():
        PhrasebookRow(
            merchant=halden, carrier="yanwen", raw_code="ZZ77", event_code="any.note", created_at=row.created_at
        ).save(force_insert=True)


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"carrier": "nobody", "event_code": "any.note", "raw_code": "X"}, "carrier"),
        ({"carrier": "yanwen", "event_code": "unknown", "raw_code": "X"}, "event_code"),
        ({"carrier": "yanwen", "event_code": "flying", "raw_code": "X"}, "event_code"),
        ({"carrier": "yanwen", "event_code": "any.note", "raw_code": "X", "reason": "bad luck"}, "reason"),
        ({"carrier": "yanwen", "event_code": "any.note"}, "text"),
        ({"carrier": "yanwen", "event_code": "any.note", "text": " \t "}, "text"),
        ({"carrier": "yanwen", "event_code": "any.note", "text": "a", "pattern": "a"}, "pattern"),
        ({"carrier": "yanwen", "event_code": "any.note", "pattern": "(a+)+"}, "pattern"),
        ({"carrier": "yanwen", "event_code": "any.note", "raw_code": "x" * 61}, "raw_code"),
        ({"carrier": "yanwen", "event_code": "any.note", "raw_code": "x\0"}, ""),
    ],
)
def test_a_row_that_means_nothing_is_refused_by_field(halden: Merchant, told: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        map_wording(halden, Mapping(**told), MARA)
    assert refused.value.field == field
    assert refused.value.cure
    assert PhrasebookRow.objects.count() == 0


def test_the_finer_row_wins(halden: Merchant) -> None:
    code = say(halden, "any.note", raw_code="ZZ77")
    loose = say(halden, "linehaul.departed", pattern="feeder")
    newer = say(halden, "linehaul.arrived", pattern="feeder.*gate")
    with_code = say(halden, "any.delayed", raw_code="ZZ77", pattern="feeder")
    whole = say(halden, "any.lost", text=ODD[1])
    exact = say(halden, "any.damaged", raw_code="ZZ77", text=ODD[1])
    standing = [code, loose, newer, with_code, whole, exact]
    expected = [exact, whole, with_code, newer, loose, code]
    while standing:
        assert Book(standing).row_for("ZZ77", ODD[1]) == expected[0]
        standing.remove(expected.pop(0))
    assert Book([code]).row_for("OTHER", ODD[1]) is None
    assert Book([code]).row_for("ZZ77", "") == code


def test_a_pattern_that_this_release_does_not_take_is_passed_over(halden: Merchant) -> None:
    row = say(halden, raw_code="ZZ77")
    row.pattern = "(a+)+"  # as another release may have kept it
    other = say(halden, pattern="feeder")
    assert Book([row, other]).row_for("ZZ77", ODD[1]) == other


def test_a_preview_counts_what_a_row_would_name(lamp: Shipment, tent: Shipment, halden: Merchant) -> None:
    tell(lamp, PICKED_UP, ODD, ("QQ", "Something else", 3.0))
    row = draft(halden, Mapping(carrier="yanwen", event_code="any.note", pattern="feeder"))
    found = matched(Book([row]), halden, "yanwen")
    assert (found.count, found.of, found.texts) == (1, 2, (ODD[1],))
    assert Event.objects.unknown().count() == 2
