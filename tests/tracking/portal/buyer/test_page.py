"""What the page says in each situation."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import translation

from carriers.events import TimePrecision, TimeSource
from carriers.vocabulary import ActionBy, Reason, Status
from carriers.vocabulary import EventCode as Code
from tests.tracking.portal.buyer.journeys import (
    ANNOUNCED,
    AT_HUB,
    BOTH,
    CLEARED,
    DHL,
    EXPORTED,
    FLOWN,
    HANDED_OVER,
    NOW,
    OUT,
    PICKED_UP,
    TO_EUROPE,
    TO_GERMANY,
    YUNEXPRESS,
    journey,
    scan,
)
from tracking.portal.buyer import sentences
from tracking.portal.buyer.page import Page, page
from tracking.rules.facts import LegRole


def texts_of(value: Any) -> list[str]:
    """Every text of the page, whatever it is nested in."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts_of(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in texts_of(item)]
    return []


def rows_of(found: Page, kind: str) -> list[str]:
    groups = (*found.way.shown, *found.way.folded)
    return [row.text for group in groups for row in group.rows if row.kind == kind]


def at_home(code: Code, hour: str = "2026-11-23T12:00", **more: Any) -> Any:
    return scan(1, code, hour, 60, "Berlin", "DE", **more)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("code", list(Code), ids=str)
def test_every_event_code_gives_a_whole_page(code: Code, language: str) -> None:
    with translation.override(language):
        found = page(journey(*TO_GERMANY, at_home(code), legs=BOTH))
    assert found.headline
    assert found.state
    assert found.promise.when
    for text in texts_of(asdict(found)):
        assert "{" not in text, text
        assert "None" not in text, text


@pytest.mark.parametrize("reason", list(Reason), ids=str)
def test_every_reason_says_who_acts(reason: Reason) -> None:
    found = page(journey(*TO_EUROPE, scan(0, Code.IMPORT_CUSTOMS_HELD, "2026-11-23T09:00", reason=reason)))
    if reason.action_by is ActionBy.BUYER:
        assert found.action is not None
        assert found.state == "Action needed"
        assert found.action.otherwise
    else:
        assert found.action is None
        assert any(reason.label in line for card in found.cards for line in card.lines)
    if reason.action_by is ActionBy.MERCHANT and reason.is_action_required:
        lines = [line for card in found.cards for line in card.lines]
        assert any(line.startswith("Halden has to") for line in lines)
        assert "You don’t need to do anything." in lines


def test_every_status_has_a_headline_and_a_tag() -> None:
    assert set(sentences.HEADLINE_OF_STATUS) == set(Status)
    assert set(sentences.LOOKS) == set(Status)


def test_every_reason_of_the_buyer_has_an_action() -> None:
    of_the_buyer = {reason for reason in Reason if reason.action_by is ActionBy.BUYER}
    assert of_the_buyer == set(sentences.ASKS)


def test_the_headline_is_the_milestone_with_its_destination() -> None:
    found = page(journey(*TO_EUROPE, CLEARED))
    assert found.headline == "Cleared customs, on its way to Berlin"
    assert (found.family, found.state) == ("moving", "In transit")


def test_a_carriers_date_stands_with_its_source_and_beside_the_shops() -> None:
    found = page(
        journey(*TO_GERMANY, legs=BOTH, estimated=(date(2026, 11, 26), date(2026, 11, 27)), promised=date(2026, 11, 25))
    )
    assert found.promise.label == "Arrives"
    assert found.promise.when == "Thu 26 – Fri 27 Nov"
    assert found.promise.why == "DHL says so."
    assert found.promise.note == "2 days later than Halden promised (Wed 25 Nov)."


def test_the_shops_promise_stands_alone_until_a_carrier_speaks() -> None:
    found = page(journey(ANNOUNCED, promised=date(2026, 12, 1)))
    assert (found.promise.label, found.promise.when) == ("Promised", "Tue 1 Dec")
    assert "Halden promised" in found.promise.why


def test_no_date_is_said_to_be_none() -> None:
    assert page(journey(*TO_EUROPE)).promise.when == "No date yet"


def test_a_date_that_has_passed_is_late_not_repeated() -> None:
    found = page(journey(*TO_EUROPE, promised=date(2026, 11, 20)))
    assert found.promise.when == "Late, no new date yet"
    assert found.promise.why == "It was due on Fri 20 Nov, 3 days ago."


def test_a_date_is_withdrawn_while_customs_waits_for_money() -> None:
    due = scan(0, Code.IMPORT_CUSTOMS_PAYMENT_REQUIRED, "2026-11-23T09:47", reason=Reason.CUSTOMS_DUTIES_UNPAID)
    found = page(journey(*TO_EUROPE, due, estimated=(date(2026, 11, 26), date(2026, 11, 27))))
    assert found.promise.when == "No date for now"
    assert found.promise.note == "Before, YunExpress said Thu 26 – Fri 27 Nov."
    assert found.action is not None
    assert found.action.title == "Pay the import charges"
    assert "never asks for money" in found.action.safety
    assert found.action.url.startswith("https://")
    assert [step.state for step in found.steps] == ["done", "done", "stop", "todo", "todo"]


def test_the_destinations_day_counts_not_ours() -> None:
    """At 23:30 UTC on the 25th it is the 26th in Berlin: a promise for the 25th has passed."""
    late = journey(*TO_GERMANY, legs=BOTH, promised=date(2026, 11, 25), now=datetime(2026, 11, 25, 23, 30, tzinfo=UTC))
    assert page(late).promise.when == "Late, no new date yet"
    early = journey(*TO_GERMANY, legs=BOTH, promised=date(2026, 11, 25), now=datetime(2026, 11, 25, 22, 30, tzinfo=UTC))
    assert page(early).promise.label == "Promised"


def test_customs_is_a_step_across_a_border_only() -> None:
    chinese = page(journey(*TO_EUROPE))
    assert [step.label for step in chinese.steps] == ["Ordered", "Shipped", "Customs", "Out for delivery", "Delivered"]
    within = page(journey(scan(0, Code.FIRST_MILE_PICKED_UP, "2026-11-22T10:00", 60, "Paris", "FR"), origin="FR"))
    assert [step.label for step in within.steps] == ["Ordered", "Shipped", "Out for delivery", "Delivered"]
    british = page(journey(scan(0, Code.FIRST_MILE_PICKED_UP, "2026-11-22T10:00", 0, "Leeds", "GB"), origin="GB"))
    assert len(british.steps) == 5


def test_a_label_alone_has_shipped_nothing() -> None:
    assert [step.state for step in page(journey(ANNOUNCED)).steps] == ["here", "todo", "todo", "todo", "todo"]
    assert page(journey(ANNOUNCED)).headline == "Announced, not handed over yet"


def test_the_journey_is_grouped_by_leg_newest_first_with_the_hand_over_between() -> None:
    found = page(journey(*TO_GERMANY, legs=BOTH))
    assert [group.name for group in found.way.shown] == ["DHL", "YunExpress"]
    assert found.way.shown[0].handover is not None
    assert found.way.shown[0].handover.title == "DHL takes over from YunExpress"
    assert found.way.shown[0].handover.text == "The number changed here. This page follows both."
    assert found.way.shown[0].shown_number == "0034 0434 1610 9402 7331"
    assert found.way.shown[0].is_live
    assert not found.way.shown[1].is_live


def test_the_first_six_updates_are_shown_and_the_rest_folded() -> None:
    found = page(journey(*TO_GERMANY, legs=BOTH))
    assert found.way.count == 10
    shown = [row for group in found.way.shown for row in group.rows if row.kind == "event"]
    folded = [row for group in found.way.folded for row in group.rows if row.kind == "event"]
    assert (len(shown), len(folded)) == (6, 4)
    assert found.way.folded[0].is_continued


def test_two_carriers_telling_one_event_is_one_row_with_two_sources() -> None:
    found = page(journey(*TO_GERMANY, legs=BOTH))
    rows = [row for group in found.way.shown for row in group.rows if row.text == "Cleared import customs"]
    assert len(rows) == 1
    assert rows[0].also == "Also reported by DHL"
    assert [original.carrier for original in rows[0].originals] == ["YunExpress", "DHL"]


def test_times_say_whose_they_are() -> None:
    undated = scan(0, Code.ANY_IN_TRANSIT, "2026-11-22T09:47", None, "", "", place="PVG")
    of_a_day = scan(0, Code.ANY_IN_TRANSIT, "2026-11-21T12:00", 480, "Shanghai", "CN", precision=TimePrecision.DAY)
    timeless = scan(0, Code.ANY_NOTE, None, None)
    found = page(journey(PICKED_UP, of_a_day, undated, timeless))
    times = {row.time for group in found.way.shown for row in group.rows if row.kind == "event"}
    assert times == {"18:22, local time", "time of day not told", "09:47, time zone not told", "time not told"}


def test_a_wall_clock_without_offset_but_with_instant_is_local_time() -> None:
    found = page(
        journey(
            scan(
                0, Code.FIRST_MILE_PICKED_UP, "2026-11-16T18:22", 480, "Shenzhen", "CN", time_source=TimeSource.COUNTRY
            )
        )
    )
    assert "18:22, local time" in texts_of(asdict(found))


def test_days_without_a_scan_are_named_with_the_norm() -> None:
    found = page(journey(*TO_EUROPE))
    assert "No scans for 2 days. Usual here: up to 8 days." in rows_of(found, "gap")
    assert "No scan since, for 2 days. Usual here: up to 5 days." not in rows_of(
        page(journey(*TO_GERMANY, legs=BOTH)), "gap"
    )


def test_silence_beyond_the_norm_is_told_as_it_is() -> None:
    found = page(journey(ANNOUNCED, PICKED_UP, EXPORTED, FLOWN, now=datetime(2026, 11, 27, 9, 0, tzinfo=UTC)))
    assert found.headline == "No news for 9 days"
    assert found.state == "No signal"
    (card,) = found.cards
    assert card.text.startswith("No scan for 9 days; usual on this stretch: up to 8 days.")


def test_a_carrier_that_does_not_answer_is_not_silence_of_the_parcel() -> None:
    quiet = journey(ANNOUNCED, PICKED_UP, EXPORTED, FLOWN, now=datetime(2026, 11, 27, 9, 0, tzinfo=UTC))
    quiet.legs[0].last_failure_kind = "try_later"
    quiet.legs[0].last_checked_at = quiet.now - timedelta(hours=3)
    found = page(quiet)
    assert found.headline == "Departed, on its way to Berlin"
    (card,) = found.cards
    assert card.title == "YunExpress does not answer us at the moment"
    assert "3 hours ago" in card.lines[0]
    check = found.way.shown[0].check
    assert check is not None
    assert check.text.startswith("YunExpress does not answer us at the moment. Last good answer:")


def test_a_number_that_the_carrier_does_not_know_yet_is_said_so() -> None:
    unknown = journey()
    unknown.legs[0].last_failure_kind = "not_found"
    unknown.legs[0].last_failure_at = NOW - timedelta(minutes=5)
    found = page(unknown)
    assert found.headline == "Waiting for the first scan"
    assert found.cards[0].title == "Why there is nothing yet"
    check = found.way.shown[0].check
    assert check is not None
    assert check.text.startswith("YunExpress does not know this number yet. Last asked")
    assert rows_of(found, "none") == ["No scan by YunExpress yet"]


def test_wording_that_no_table_knows_stands_in_the_carriers_words() -> None:
    odd = scan(0, Code.UNKNOWN, "2026-11-21T09:47", 480, "Shanghai", "CN", raw_text="待配载", raw_code="ZX")
    found = page(journey(PICKED_UP, odd))
    row = next(row for group in found.way.shown for row in group.rows if row.is_raw)
    assert (row.text, row.language) == ("待配载", "zh")
    assert found.headline == "Picked up, on its way to Berlin"


def test_the_carriers_original_is_kept_with_its_language_and_without_personal_data() -> None:
    found = page(journey(*TO_GERMANY, legs=BOTH))
    everything = " ".join(texts_of(asdict(found)))
    assert "13800138000" not in everything
    originals = [
        original for group in (*found.way.shown, *found.way.folded) for row in group.rows for original in row.originals
    ]
    assert any(original.language == "de" and original.text == "Von DHL übernommen." for original in originals)
    assert any(original.language == "zh" and original.code == "51" for original in originals)


@pytest.mark.parametrize(
    ("code", "headline"),
    [
        (Code.LAST_MILE_DELIVERED, "Delivered"),
        (Code.LAST_MILE_DELIVERED_NEIGHBOUR, "Left with a neighbour"),
        (Code.LAST_MILE_DELIVERED_SAFE_PLACE, "Left in a safe place"),
        (Code.LAST_MILE_DELIVERED_SIGNED, "Delivered and signed for"),
        (Code.LAST_MILE_DELIVERED_COLLECTED, "Collected"),
    ],
)
def test_a_delivery_says_how_and_when(code: Code, headline: str) -> None:
    found = page(
        journey(
            *TO_GERMANY,
            OUT,
            at_home(code, "2026-11-25T12:11"),
            legs=BOTH,
            promised=date(2026, 11, 25),
            now=datetime(2026, 11, 26, 9, tzinfo=UTC),
        )
    )
    assert found.headline == headline
    assert found.promise.when == "Wed 25 Nov"
    assert found.promise.note == "On time: promised for Wed 25 Nov."
    assert {step.state for step in found.steps} == {"done"}
    assert found.next_steps == ()
    assert found.fresh == ""
    assert found.route.holder == "It has been delivered."


def test_a_parcel_to_collect_names_the_place_but_no_street() -> None:
    waiting = at_home(Code.LAST_MILE_AVAILABLE_FOR_PICKUP, "2026-11-25T17:11", place="Packstation Mitte")
    found = page(journey(*TO_GERMANY, waiting, legs=BOTH, now=datetime(2026, 11, 26, 9, tzinfo=UTC)))
    assert found.action is not None
    assert found.action.where == "Packstation Mitte, Berlin"
    assert found.promise.label == "Waits for you since"
    street = at_home(Code.LAST_MILE_AVAILABLE_FOR_PICKUP, "2026-11-25T17:11", place="Hauptstraße 5")
    at_street = page(journey(*TO_GERMANY, street, legs=BOTH, now=datetime(2026, 11, 26, 9, tzinfo=UTC)))
    assert at_street.action is not None
    assert at_street.action.where == "Berlin"


def test_a_return_has_its_own_steps_and_no_date() -> None:
    back = scan(0, Code.RETURN_STARTED, "2026-11-22T09:47", 60, "Liège", "BE", reason=Reason.CUSTOMS_PROHIBITED)
    found = page(journey(*TO_EUROPE, back))
    assert found.headline == "On its way back to the sender"
    assert found.promise.when == "It will not be delivered"
    assert [step.label for step in found.steps][2:] == ["Going back", "With the sender"]
    assert [title for title, _ in found.next_steps] == ["Back with the sender"]


def test_the_route_goes_through_the_countries_and_ends_at_the_destination() -> None:
    found = page(journey(*TO_GERMANY, legs=BOTH))
    assert [(stop.name, stop.state) for stop in found.route.stops] == [
        ("Shenzhen", "past"),
        ("Liège", "past"),
        ("Cologne", "here"),
        ("Berlin", "ahead"),
    ]
    assert found.route.holder == "DHL has it now."
    assert found.route.carriers == "2 carriers, one number."


def test_customs_holds_what_customs_holds() -> None:
    assert page(journey(*TO_EUROPE)).route.holder == "Customs has it now."


def test_a_shipment_without_any_leg_still_has_a_page() -> None:
    found = page(journey(legs=()))
    assert found.way.shown == ()
    assert found.route.carriers == "No carrier is known yet."
    assert [(stop.name, stop.state) for stop in found.route.stops] == [("China", "start"), ("Berlin", "ahead")]


def test_a_leg_of_an_unknown_carrier_says_so() -> None:
    found = page(journey(legs=(YUNEXPRESS, ("", "AB123456789", LegRole.LAST_MILE))))
    assert found.way.shown[0].name == "Carrier not known yet"


def test_chinese_dates_are_written_as_chinese_dates() -> None:
    with translation.override("zh-hans"):
        found = page(journey(*TO_GERMANY, legs=BOTH, estimated=(date(2026, 11, 26), date(2026, 11, 27))))
    assert found.promise.when == "11月26日周四至27日周五"
    assert found.headline == "正在分拣，将运往Berlin"
    assert not re.search(r"[A-Za-z]{4,} [a-z]{3,}", " ".join(texts_of(asdict(found)["steps"])))


def test_the_same_number_in_other_hands_is_said_so() -> None:
    found = page(journey(PICKED_UP, legs=(YUNEXPRESS, ("dhl_unified", YUNEXPRESS[1], LegRole.LAST_MILE))))
    assert found.way.shown[0].handover is not None
    assert found.way.shown[0].handover.text == "Same number, different hands."


def test_hand_over_and_hub_are_scanned_by_the_new_carrier() -> None:
    found = page(journey(PICKED_UP, HANDED_OVER, AT_HUB, legs=(YUNEXPRESS, DHL)))
    assert [row.text for row in found.way.shown[0].rows if row.kind == "event"] == [
        "Arrived at a sorting centre",
        "Handed to the delivery carrier",
    ]
