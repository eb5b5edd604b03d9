"""The table of the UPU's events that posts share: their codes, their words, and why customs holds a parcel."""

from __future__ import annotations

import pytest

from carriers.facts import Meaning
from carriers.sheets import shared_table

TABLE = shared_table("emsevt")


def meaning(text: str, code: str = "") -> Meaning | None:
    for phrase in TABLE.phrases:
        if phrase.when_code in (None, code) and phrase.pattern.search(text):
            return phrase.meaning
    return TABLE.codes.get(code)


def said(text: str, code: str = "") -> tuple[str, str | None]:
    found = meaning(text, code)
    return ("", None) if found is None else (found.code.value, found.reason and found.reason.value)


# The standard's own words for each code: whoever prints them without the code must be understood alike.
NAMES = {
    "EMA": "Posting/collection",
    "EMB": "Arrival at outward office of exchange",
    "EXA": "Item presented to export customs/security",
    "EXB": "Item held by export customs",
    "EXC": "Item returned from export customs/security",
    "EXD": "Item held at outward office of exchange",
    "EXX": "Export cancellation",
    "EMC": "Departure from outward office of exchange",
    "EMJ": "Arrival at transit office of exchange",
    "EMK": "Departure from transit office of exchange",
    "EMD": "Arrival at inward office of exchange",
    "EDA": "Held at inward office of exchange",
    "EDB": "Item presented to import Customs",
    "EME": "Held by import Customs",
    "EDC": "Item returned from import Customs",
    "EDX": "Import terminated",
    "EMF": "Departure from inward office of exchange",
    "EDD": "Item into sorting centre",
    "EDE": "Item out of sorting centre",
    "EMG": "Arrival at delivery office",
    "EDF": "Held at delivery depot/delivery office",
    "EDG": "Item out for physical delivery",
    "EDH": "Item arrival at collection point for pick-up (by recipient)",
    "EMH": "Unsuccessful (physical) delivery",
    "EMI": "Final delivery",
}


def test_every_code_has_its_name_here() -> None:
    assert set(NAMES) == set(TABLE.codes)


@pytest.mark.parametrize("code", sorted(NAMES))
def test_the_standards_words_mean_what_the_code_means(code: str) -> None:
    assert meaning(NAMES[code]) == meaning("", code) == meaning(NAMES[code], code)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Receive item from customer (Otb)", "EMA"),
        ("Receive item at office of exchange (Otb)", "EMB"),
        ("Send item to customs (Otb)", "EXA"),
        ("Record item customs information (Otb)", "EXB"),
        ("Return item from customs (Otb)", "EXC"),
        ("Hold item at office of exchange (Otb)", "EXD"),
        ("Send item abroad (EDI-received)", "EMC"),
        ("Insert item into bag (Otb) and Send item abroad", "EMC"),
        ("Receive item at office of exchange (Inb)", "EMD"),
        ("Hold item at office of exchange (Inb)", "EDA"),
        ("Send item to customs (Inb)", "EDB"),
        ("Record item customs information (Inb)", "EME"),
        ("Return item from customs (Inb)", "EDC"),
        ("Stop item import (Inb)", "EDX"),
        ("Send item to domestic location (Inb)", "EMF"),
        ("Receive item at sorting centre", "EDD"),
        ("Receive item at delivery office (Inb)", "EMG"),
        ("Receive item at collection point for pick-up (Inb)", "EDH"),
        ("Unsuccessful item delivery attempt (Inb)", "EMH"),
        ("Deliver item (Inb)", "EMI"),
    ],
)
def test_the_words_of_the_posts_software_mean_the_same_events(text: str, code: str) -> None:
    assert meaning(text) == TABLE.codes[code]


def test_an_office_of_exchange_on_a_side_that_is_not_told_is_only_on_its_way() -> None:
    assert said("Receive item at office of exchange") == ("any.in_transit", None)


@pytest.mark.parametrize(
    ("why", "code", "reason"),
    [
        ("Customs Declaration Missing / Inappropriate", "documents_required", "declaration_missing"),
        ("Invoice Missing / Inappropriate", "documents_required", "invoice_missing"),
        ("Certificate of Origin Missing / Inappropriate", "documents_required", "origin_certificate_missing"),
        ("Import Licence Missing / Inappropriate", "documents_required", "import_licence_missing"),
        ("Insufficient / Incomplete / Incorrect Documentation", "documents_required", "documents_incorrect"),
        ("Awaiting Presentation to Border Agency / Security", "held", "awaiting_presentation"),
        ("Retained by Border Agency / Security for Unspecified Reason", "held", "border_security"),
        ("Handed Over to Customs Authority for Final Delivery", "held", "transferred_to_customs"),
        ("Impossible to Contact Customer for Information", "held", "cannot_contact"),
        ("Incomplete Shipment", "held", "incomplete_shipment"),
        ("Prohibited Articles", "held", "prohibited"),
        ("Item Held for Inspection", "inspection", "inspection"),
        ("Awaiting Payment of Duties", "payment_required", "duties_unpaid"),
    ],
)
def test_customs_says_why_and_so_who_must_act(why: str, code: str, reason: str) -> None:
    expected = (f"import_customs.{code}", f"customs.{reason}")
    assert said(f"Held by Import Customs due to {why}") == expected
    assert said(f"Held by Import Customs - {why}", "EME") == expected


def test_a_release_with_duty_to_pay_is_told_from_one_without() -> None:
    paid = "Returned from Import Customs due to Import Authorised; Taxes and / or Duties to be Paid"
    free = "Returned from Import Customs due to Import Authorised; No Taxes or Duties to be Paid"
    assert said(paid) == ("import_customs.payment_required", "customs.duties_unpaid")
    assert said(free) == ("import_customs.released", None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Export Cancellation At Sender's Request", "sender.cancelled"),
        (
            "Export Cancellation due to Insufficient / Incomplete / Incorrect Documentation",
            "customs.documents_incorrect",
        ),
        ("Export Cancellation due to Prohibited Articles", "customs.prohibited"),
    ],
)
def test_an_export_cancelled_for_customs_is_not_held_by_import_customs(text: str, reason: str) -> None:
    assert said(text) == ("export_customs.export_cancelled", reason)


@pytest.mark.parametrize(
    ("why", "code", "reason"),
    [
        ("Addressee not available", "attempt_failed.absent", "consignee.absent"),
        ("Refused by addressee", "attempt_failed.refused", "consignee.refused"),
        ("Addressee moved", "attempt_failed.moved", "consignee.moved"),
        ("Premises closed", "attempt_failed.closed", "consignee.closed"),
        ("Incorrect address", "attempt_failed.address", "consignee.wrong_address"),
    ],
)
def test_an_attempt_says_why_it_failed(why: str, code: str, reason: str) -> None:
    expected = (f"last_mile.{code}", reason)
    assert said(f"Unsuccessful item delivery attempt - {why}") == expected
    assert said(why, "EMH") == expected


@pytest.mark.parametrize(
    "text", ["Delivered", "In transit", "Customs inspection completed", "Return to sender", "Hold"]
)
def test_words_that_are_not_the_upus_are_left_to_the_sheet(text: str) -> None:
    assert meaning(text) is None
