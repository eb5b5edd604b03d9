"""A hand-over is kept wherever an answer tells it: who carries on, and under which number.

Over all recorded answers: the carriers of whom a next leg is documented tell it, no other invents one, and the names by
which they call the next carrier lead to our sheets.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import PushAdapter
from carriers.errors import CarrierError
from carriers.events import NextLeg

PAYLOADS = Path(__file__).parents[1] / "payloads"

# In which part of its answer a carrier tells the next leg.
TELLS = {
    "cainiao": {"realMailNo"},
    "chronopost": {"Partner number"},
    "colissimo": {"infoInter.partnerReference"},
    "dhl_ecommerce": {"deliveryConfirmationNumber"},
    "dhl_unified": {"details.references"},
    "easypost": {"alternate_identifier"},
    "fedex": {"packageIdentifiers"},
    "fourpx": {"logistics_channel_no"},
    "hermes_de": {"internationalShipmentID"},
    "kuaidi100": {"destResult"},
    "landmark_global": {"TrackingNumber"},
    "laposte": {"contextData.partner"},
    "nova_poshta": {"LastCreatedOnTheBasisNumber"},
    "packeta": {"externalTrackingCode"},
    "purolator": {"New Tracking Number Assigned"},
    "royalmail": {"internationalPostalProvider"},
    "spring": {"CarrierTrackingNumber"},
    "track17": {"misc_info.local_number"},
    "ups": {"alternateTrackingNumber"},
    "yanwen": {"exchange_number"},
    "yunexpress": {"TrackingNumber", "tracking_number"},
}
# Names that lead nowhere, and why.
UNRESOLVED = {"Hermes": "of Germany or of Britain (Evri): the number decides"}

# How China's line-hauls, posts and aggregators call the last mile's carrier.
NAMES = {
    "USPS": "usps", "UPS": "ups", "FedEx": "fedex", "FedEx Ground": "fedex", "Canada Post": "canadapost",
    "canada-post": "canadapost", "Purolator": "purolator", "Royal Mail": "royalmail", "Evri": "evri", "Yodel": "yodel",
    "DPD UK": "dpd", "DPD Local": "dpd", "DHL Paket": "dhl_parcel_de", "DHL Germany": "dhl_parcel_de",
    "Deutsche Post DHL": "deutsche_post", "Hermes Germany": "hermes_de", "GLS Italy": "gls", "Colissimo": "colissimo",
    "La Poste": "laposte", "Chronopost": "chronopost", "Mondial Relay": "mondial_relay", "PostNL": "postnl",
    "bpost": "bpost", "PostNord Sweden": "postnord", "Posten Norge": "posten_norge", "Posti": "posti",
    "Österreichische Post": "austrian_post", "Austrian Post": "austrian_post", "Swiss Post": "swiss_post",
    "Poste Italiane": "poste_italiane", "Correos Spain": "correos", "CTT Portugal": "ctt", "An Post": "an_post",
    "InPost Poland": "inpost", "Poczta Polska": "poczta_polska", "Česká pošta": "ceska_posta",
    "Czech Post": "ceska_posta", "Hungarian Post": "magyar_posta", "Australia Post": "australia_post",
    "New Zealand Post": "nz_post", "Japan Post": "japan_post", "Korea Post": "korea_post", "SingPost": "singapore_post",
    "Malaysia Post": "pos_malaysia", "Correios Brazil": "correios", "Israel Post": "israel_post",
    "China EMS": "china_post",
}  # fmt: skip


@cache
def legs_of(slug: str) -> tuple[tuple[str, NextLeg], ...]:
    """The situation and next leg of every recorded answer and push that tells one."""
    adapter = registry.adapter(slug)

    def told() -> Iterator[tuple[str, NextLeg]]:
        for path in sorted((PAYLOADS / slug).glob("*")):
            if ".expected" in path.suffixes or path.suffix not in {".json", ".xml"}:
                continue
            read = adapter.read_push if ".push" in path.suffixes and isinstance(adapter, PushAdapter) else adapter.read
            try:
                results = read(path.read_bytes())
            except CarrierError:
                continue
            yield from ((path.name, result.next_leg) for result in results if result.next_leg is not None)

    return tuple(told())


@pytest.mark.parametrize("slug", sorted(TELLS))
def test_a_carrier_tells_the_next_leg_where_its_document_says_so(slug: str) -> None:
    assert {leg.evidence for _, leg in legs_of(slug)} == TELLS[slug]
    assert all(leg.number.strip() for _, leg in legs_of(slug))


@pytest.mark.parametrize("slug", sorted(set(registry.ADAPTERS) - set(TELLS)))
def test_nobody_else_makes_one_up(slug: str) -> None:
    assert legs_of(slug) == ()


def test_the_carrier_who_is_named_is_one_that_we_know() -> None:
    named = {leg.carrier_name for slug in TELLS for _, leg in legs_of(slug) if leg.carrier_name and not leg.carrier}
    unknown = {name for name in named if registry.slug_of(name) is None}
    assert unknown == unknown & UNRESOLVED.keys()
    slugs = {leg.carrier for slug in TELLS for _, leg in legs_of(slug) if leg.carrier}
    assert slugs <= set(registry.sheets())


@pytest.mark.parametrize(("name", "slug"), NAMES.items())
def test_a_name_for_the_last_mile_leads_to_its_sheet(name: str, slug: str) -> None:
    assert registry.slug_of(name) == slug


@pytest.mark.parametrize(("slug", "code"), [("fedex", "AX"), ("fedex", "AC"), ("yunexpress", "TRANSITHUB_ARRIVE")])
def test_a_hand_over_that_tells_no_number_is_an_event_all_the_same(slug: str, code: str) -> None:
    assert registry.sheet(slug).meaning(code).code == "last_mile.handed_over"


def test_prints_who_tells_what(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"{'carrier':<18}next legs told"]
    for slug in registry.ADAPTERS:
        told = ", ".join(f"{leg.carrier or leg.carrier_name or '?'} ({leg.evidence})" for _, leg in legs_of(slug))
        lines.append(f"{slug:<18}{told or '-'}")
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
    assert len(lines) == len(registry.ADAPTERS) + 1
