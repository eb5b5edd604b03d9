"""Customs kept, not flattened: what a carrier says of a hold tells who must act, as a person would read it.

The codes and wordings are the carriers' own. A hold, a demand or a refusal without a reason has to be listed in
`customs_unspecific.toml` as one whose words really give none.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carriers import registry
from carriers.sheets import FOLDER, TABLES
from carriers.vocabulary import ActionBy

UNSPECIFIC: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("customs_unspecific.toml").read_text(encoding="utf-8")
)
BUYER, MERCHANT, CARRIER, BROKER, CUSTOMS = (
    ActionBy.BUYER, ActionBy.MERCHANT, ActionBy.CARRIER, ActionBy.BROKER, ActionBy.CUSTOMS,
)  # fmt: skip
DOCUMENTS, PAYMENT, HELD = "import_customs.documents_required", "import_customs.payment_required", "import_customs.held"
INSPECTION = "import_customs.inspection"

# Carrier, its code, its wording; what happened, why, and who has to act before it goes on.
SAID: list[tuple[str, str, str, str, str, ActionBy]] = [
    # Royal Mail's codes are the UPU's catalogue; its public text is one sentence for all of them.
    ("royalmail", "EVJCD", "", DOCUMENTS, "customs.declaration_missing", MERCHANT),
    ("royalmail", "EVJEM", "", DOCUMENTS, "customs.invoice_missing", MERCHANT),
    ("royalmail", "EVJCO", "", DOCUMENTS, "customs.origin_certificate_missing", MERCHANT),
    ("royalmail", "EVJML", "", DOCUMENTS, "customs.import_licence_missing", BUYER),
    ("royalmail", "EVJSR", "", DOCUMENTS, "customs.export_licence_missing", MERCHANT),
    ("royalmail", "EVJIN", "", DOCUMENTS, "customs.documents_incorrect", MERCHANT),
    ("royalmail", "EVJES", "", HELD, "customs.incomplete_shipment", CARRIER),
    ("royalmail", "EVJPA", "", HELD, "customs.prohibited", MERCHANT),
    ("royalmail", "EVJAP", "", HELD, "customs.awaiting_presentation", BROKER),
    ("royalmail", "EVJBA", "", HELD, "customs.border_security", CUSTOMS),
    ("royalmail", "EVJCC", "", HELD, "customs.cannot_contact", BUYER),
    ("royalmail", "EVJDP", "", PAYMENT, "customs.duties_unpaid", BUYER),
    ("royalmail", "EVNCF", "", "last_mile.held_delivery_office", "consignee.payment", BUYER),
    # Posts that print the UPU's words.
    ("postnord", "EME", "Held by import customs: invoice missing", DOCUMENTS, "customs.invoice_missing", MERCHANT),
    ("bpost", "EME", "Held for inspection", INSPECTION, "customs.inspection", CUSTOMS),
    ("australia_post", "", "Item is being held by Biosecurity", INSPECTION, "customs.quarantine", CUSTOMS),
    ("australia_post", "", "Import declaration required", DOCUMENTS, "customs.declaration_missing", MERCHANT),
    ("nz_post", "", "Customs requires proof of value", DOCUMENTS, "customs.invoice_missing", MERCHANT),
    ("nz_post", "", "Item held by Customs, prohibited goods", HELD, "customs.prohibited", MERCHANT),
    ("canadapost", "1487", "Returned to Canadian Customs for appeal of duties", HELD, "other.regulatory", CUSTOMS),
    ("canadapost", "1100", "Refused by Customs. Unacceptable sender info. Item being returned to sender",
     "import_customs.refused", "sender.wrong_data", MERCHANT),
    ("canadapost", "0182", "Documentation incomplete or illegible. Item being returned to sender", "return.started",
     "customs.documents_incorrect", MERCHANT),
    ("usps", "", "Held in Customs, customs fees due", PAYMENT, "customs.duties_unpaid", BUYER),
    ("usps", "", "Held in Customs: missing customs form", DOCUMENTS, "customs.declaration_missing", MERCHANT),
    ("colissimo", "DOUFCM", "", DOCUMENTS, "customs.invoice_missing", MERCHANT),
    ("colissimo", "DOUNIR", "", DOCUMENTS, "customs.recipient_id_required", BUYER),
    ("colissimo", "DOUPRO", "", HELD, "customs.prohibited", MERCHANT),
    ("colissimo", "DOUIDD", "", INSPECTION, "customs.inspection", CUSTOMS),
    ("chronopost", "", "Facture manquante pour la douane", DOCUMENTS, "customs.invoice_missing", MERCHANT),
    ("chronopost", "", "Droits et taxes à payer", PAYMENT, "customs.duties_unpaid", BUYER),
    ("correios", "PAR/17", "", PAYMENT, "customs.duties_unpaid", BUYER),
    ("correios", "PAR/25", "", DOCUMENTS, "customs.recipient_id_required", BUYER),
    ("correios", "FC/13", "", DOCUMENTS, "customs.import_licence_missing", BUYER),
    ("correios", "FC/34", "", INSPECTION, "customs.quarantine", CUSTOMS),
    ("postnl", "X10", "", DOCUMENTS, "customs.declaration_missing", MERCHANT),
    ("postnl", "X67", "", PAYMENT, "customs.duties_unpaid", BUYER),
    ("postnl", "X30", "", INSPECTION, "customs.inspection", CUSTOMS),
    # The express carriers.
    ("fedex", "CD", "Clearance delay: commercial invoice missing", DOCUMENTS, "customs.invoice_missing", MERCHANT),
    ("fedex", "CD", "Clearance delay: duties and taxes due", PAYMENT, "customs.duties_unpaid", BUYER),
    ("fedex", "CD", "Clearance delay: held for customs inspection", INSPECTION, "customs.inspection", CUSTOMS),
    ("fedex", "CD", "Regulatory agency clearance delay", HELD, "other.regulatory", CUSTOMS),
    ("fedex", "CD", "Clearance by a broker other than FedEx", HELD, "customs.awaiting_presentation", BROKER),
    ("ups", "X", "The package is missing a commercial invoice. Missing commercial invoice", DOCUMENTS,
     "customs.invoice_missing", MERCHANT),
    ("ups", "X", "The importer's tax ID is required for clearance", DOCUMENTS, "customs.recipient_id_required", BUYER),
    ("ups", "X", "Your package is pending release from a Government Agency", HELD, "other.regulatory", CUSTOMS),
    ("ups", "X", "Awaiting clearance by a non-UPS broker. The package is held pending a non-UPS broker", HELD,
     "customs.awaiting_presentation", BROKER),
    ("dhl_express", "held", "Documents required for clearance", DOCUMENTS, "customs.documents_incorrect", MERCHANT),
    ("dhl_express", "held", "Import permit required", DOCUMENTS, "customs.import_licence_missing", BUYER),
    ("dhl_express", "HP", "", PAYMENT, "customs.duties_unpaid", BUYER),
    ("dhl_express", "BN", "", HELD, "customs.awaiting_presentation", BROKER),
    ("dhl_parcel_de", "transit", "Einfuhrabgaben sind zu bezahlen", PAYMENT, "customs.duties_unpaid", BUYER),
    ("dhl_parcel_de", "transit", "Zollkontrolle im Zielland", INSPECTION, "customs.inspection", CUSTOMS),
    ("tnt", "CD", "Held By Customs. Commercial Invoice Or Paperwork Required By Customs", DOCUMENTS,
     "customs.documents_incorrect", MERCHANT),
    ("aramex", "SH008", "Customs hold: civil ID required", DOCUMENTS, "customs.recipient_id_required", BUYER),
    ("purolator", "", "Clearance delayed: commercial invoice missing", DOCUMENTS, "customs.invoice_missing", MERCHANT),
    ("gls", "", "Held by customs, import licence missing", DOCUMENTS, "customs.import_licence_missing", BUYER),
    ("dpd", "", "Customs clearance delayed, unable to contact the consignee", HELD, "customs.cannot_contact", BUYER),
    # Line-hauls, brokers and aggregators.
    ("yunexpress", "CUSTOMS_INSPCTION", "", INSPECTION, "customs.inspection", CUSTOMS),
    ("yunexpress", "60", "海关查验, 请提供收件人税号", DOCUMENTS, "customs.recipient_id_required", BUYER),
    ("yunexpress", "CUSTOMS_HOLD", "Customs hold: KYC required", DOCUMENTS, "customs.recipient_id_required", BUYER),
    ("yunexpress", "60", "Customs delay, HS code incorrect", DOCUMENTS, "customs.documents_incorrect", MERCHANT),
    ("yanwen", "", "Held by customs, duties unpaid", PAYMENT, "customs.duties_unpaid", BUYER),
    ("yanwen", "", "Customs clearance delay, battery goods without MSDS", HELD, "customs.restricted", MERCHANT),
    ("fourpx", "FPX_I_HCPA", "", DOCUMENTS, "customs.recipient_id_required", BUYER),
    ("fourpx", "FPX_I_HCCD", "", PAYMENT, "customs.duties_unpaid", BUYER),
    ("fourpx", "FPX_I_HCPI", "", INSPECTION, "customs.quarantine", CUSTOMS),
    ("fourpx", "FPX_I_DELAY", "", HELD, "customs.backlog", CUSTOMS),
    ("cainiao", "CUS_TAX", "", PAYMENT, "customs.duties_unpaid", BUYER),
    ("cainiao", "CIQ_FAILURE", "", INSPECTION, "customs.quarantine", CUSTOMS),
    ("kuaidi100", "13", "海关查验中", INSPECTION, "customs.inspection", CUSTOMS),
    ("kuaidi100", "13", "清关异常，需补充收件人身份证信息", DOCUMENTS, "customs.recipient_id_required", BUYER),
    ("kuaidi100", "10", "", "import_customs.presented", "customs.awaiting_presentation", BROKER),
    ("kdniao", "606", "", PAYMENT, "customs.duties_unpaid", BUYER),
    ("jt_express_cn", "", "海关要求补充申报资料", DOCUMENTS, "customs.documents_incorrect", MERCHANT),
    ("sf_express", "613", "", PAYMENT, "customs.duties_unpaid", BUYER),
    ("sf_express", "619", "", INSPECTION, "customs.quarantine", CUSTOMS),
    ("landmark_global", "135", "Customs issue: invoice required", DOCUMENTS, "customs.invoice_missing", MERCHANT),
    ("landmark_global", "135", "Customs issue: duties and taxes", PAYMENT, "customs.duties_unpaid", BUYER),
    ("seko", "OP-6", "Customs held for inspection and clearance", INSPECTION, "customs.inspection", CUSTOMS),
    ("ninja_van", "Customs Held", "Customs Held, NPWP needed", DOCUMENTS, "customs.recipient_id_required", BUYER),
    ("easypost", "", "Customs delay: commercial invoice required", DOCUMENTS, "customs.invoice_missing", MERCHANT),
    ("track17", "InTransit_CustomsRequiringInformation", "Import duties must be paid by the addressee", PAYMENT,
     "customs.duties_unpaid", BUYER),
    ("track17", "Exception_Other", "Held by customs: prohibited goods", HELD, "customs.prohibited", MERCHANT),
]  # fmt: skip


@pytest.mark.parametrize("said", SAID, ids=lambda said: "-".join(said[:3]))
def test_a_hold_says_who_must_act(said: tuple[str, str, str, str, str, ActionBy]) -> None:
    slug, code, text, event, reason, action_by = said
    meaning = registry.sheet(slug).meaning(code, text)
    assert meaning.reason is not None
    assert (meaning.code, meaning.reason, meaning.reason.action_by) == (event, reason, action_by)


def test_the_table_is_wide_enough_to_mean_something() -> None:
    assert len(SAID) >= 60
    assert len({slug for slug, *_ in SAID}) >= 25


# Words that have passed the border, or stand before it, are no holds whatever else they say.
@pytest.mark.parametrize(
    "slug", ["yunexpress", "yanwen", "landmark_global", "easypost", "track17", "tnt", "canadapost"]
)
@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("Released by customs", "import_customs.released"),
        ("Customs clearance completed", "import_customs.released"),
        ("Customs clearance in progress", "import_customs.presented"),
    ],
)
def test_what_is_over_or_under_way_is_no_hold(slug: str, text: str, event: str) -> None:
    meaning = registry.sheet(slug).meaning("", text)
    assert (meaning.code.value, meaning.reason) == (event, None)


@pytest.mark.parametrize("slug", ["yunexpress", "easypost", "track17", "fedex", "dpd"])
@pytest.mark.parametrize(
    "text",
    [
        "Delivered, recipient showed an ID",
        "Important: payment on delivery",
        "Left with the household",
        "Duties and taxes have been paid",
        "Released from quarantine",
    ],
)
def test_other_words_of_papers_and_payment_are_no_customs_hold(slug: str, text: str) -> None:
    assert registry.sheet(slug).meaning("", text).code not in ASKS_WHY


# Events that leave everybody asking why.
ASKS_WHY = {
    f"{phase}.{event}"
    for phase in ("import_customs", "export_customs", "return.import_customs", "return.export_customs")
    for event in (
        "documents_required",
        "payment_required",
        "held",
        "inspection",
        "refused",
        "seized",
        "export_cancelled",
    )
} | {"transit_country.customs_held"}


def without_reason() -> Iterator[tuple[str, str]]:
    """Sheet or shared table, and the code or pattern, of every hold without a reason."""
    for path in sorted([*FOLDER.glob("*.toml"), *TABLES.glob("*.toml")]):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        for code, value in table.get("status", {}).items():
            said = {"code": value} if isinstance(value, str) else value
            if said["code"] in ASKS_WHY and "reason" not in said:
                yield path.stem, code
        for row in table.get("phrase", ()):
            if row["code"] in ASKS_WHY and "reason" not in row:
                yield path.stem, row["pattern"]


def test_a_hold_without_a_reason_is_listed_with_why() -> None:
    listed = {
        (name, key) for name, rule in UNSPECIFIC.items() for key in (*rule.get("codes", ()), *rule.get("phrases", ()))
    }
    assert set(without_reason()) - listed == set()
    assert listed - set(without_reason()) == set()
    assert all(rule["why"] for rule in UNSPECIFIC.values())
