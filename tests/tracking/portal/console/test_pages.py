"""Adding shipments, the queue, carrier accounts, keys and the home page."""

from __future__ import annotations

import pytest
from django.test import Client
from django_scopes import scope
from pytest_django import DjangoAssertNumQueries

from carriers import registry
from carriers.errors import Refused
from carriers.vocabulary import EventCode, Reason
from tests.tracking.portal.console.conftest import first_leg, register
from tests.tracking.shipments.telling import event, told
from tracking.accounts.models import ApiKey, Merchant
from tracking.portal.console import queue, words
from tracking.rules.attention import Attention
from tracking.shipments import services
from tracking.shipments.models import CarrierAccount, Leg, Shipment
from tracking.shipments.polling import budget
from tracking.shipments.recording.door import record_result
from tracking.shipments.sealing import open_credentials

pytestmark = pytest.mark.django_db


def say(shipment: Shipment, *events: object, **more: object) -> None:
    with scope(merchant=shipment.merchant):
        record_result(told(first_leg(shipment), *events, **more))  # type: ignore[arg-type]


def test_a_shipment_is_added_and_its_carrier_found_from_the_number(
    halden: Merchant, yunexpress: CarrierAccount, ops: Client
) -> None:
    told_facts = {"order_number": "HL-9", "destination_country": "DE", "legs-0-number": "YT2630 6000 0000-0003"}
    guessed = ops.post("/console/shipments/new", told_facts | {"detect": "1"})
    assert guessed.status_code == 200
    assert "YunExpress" in guessed.content.decode().split('class="guesses"')[1]
    with scope(merchant=halden):
        assert not Shipment.objects.exists()
    made = ops.post("/console/shipments/new", told_facts, follow=True)
    assert "Added. Its carriers are asked now." in made.content.decode()
    with scope(merchant=halden):
        assert first_leg(Shipment.objects.get()).carrier == "yunexpress"


ONE, SF = "YT2630600000000003", "SF1234567890123"


@pytest.mark.parametrize(
    ("facts", "field", "words"),
    [
        ({}, "destination_country", "Choose the country"),
        ({"destination_country": "DE", "legs-1-number": "!!"}, "legs-1-number", "on the label"),
        (
            {"destination_country": "DE", "legs-0-number": SF, "legs-0-carrier": "sf_express"},
            "legs-0-field_phone_last4",
            "Type it in this field",
        ),
        ({"destination_country": "DE", "promised_on": "x"}, "promised_on", "such as"),
        ({"destination_country": "DE", "legs-0-number": ONE, "legs-1-number": ONE}, "legs-1-number", "already"),
    ],
)
def test_a_mistake_is_named_at_its_field_with_the_cure(
    ops: Client, facts: dict[str, str], field: str, words: str
) -> None:
    response = ops.post("/console/shipments/new", facts)
    assert response.status_code == 400
    assert list(response.context["form"].errors) == [field]
    assert words in response.context["form"].errors[field][0]


def test_the_queue_groups_by_reason_and_says_who_acts(
    halden: Merchant, yunexpress: CarrierAccount, ops: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    held = register(halden, "HL-H", "YT2630600000000011")
    say(
        held, event(EventCode.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, 9, country="DE", reason=Reason.CUSTOMS_INVOICE_MISSING)
    )
    odd = register(halden, "HL-U", "YT2630600000000012")
    say(odd, event(EventCode.UNKNOWN, 3, raw_code="X9", raw_text="包裹在外星球"))
    with django_assert_max_num_queries(10):
        response = ops.get("/console/attention")
    body = response.content.decode()
    for told_words in (
        "Acts: You, the merchant", "Send the commercial invoice to the carrier today.", "for 9 h", "X9", "包裹在外星球",
        f"/console/shipments/{odd.number}",
    ):  # fmt: skip
        assert told_words in body, told_words
    assert [group.key for group in response.context["groups"]] == ["action_needed", "unknown_code"]
    only = ops.get("/console/attention", {"reason": "unknown_code"}).content.decode()
    assert "HL-U" in only
    assert "HL-H" not in only
    assert ops.get("/console/attention", {"reason": "nonsense"}).status_code == 200


def test_every_reason_has_a_meaning_a_name_and_somebody_who_acts() -> None:
    for reason in Attention:
        assert queue.MEANINGS[reason].text
        assert words.REASONS[reason]
        assert queue._ACTOR_OF[reason] in queue.ACTORS


def test_an_empty_queue_is_calm(ops: Client, parcel: Shipment) -> None:
    assert "Nothing needs you now" in ops.get("/console/attention").content.decode()


def test_credentials_are_written_and_never_shown(halden: Merchant, owner: Client, yunexpress: CarrierAccount) -> None:
    form = owner.get("/console/carriers/yunexpress").content.decode()
    assert "topsecret" not in form
    assert "Kept. Type to replace it." in form
    saved = owner.post(
        "/console/carriers/yunexpress", {"credentials_customer_code": "C2", "label": "Main"}, follow=True
    )
    assert "C2" not in saved.content.decode()
    with scope(merchant=halden):
        account = CarrierAccount.objects.get()
    assert open_credentials(account) == {"customer_code": "C2", "api_secret": "topsecret"}


def test_what_was_typed_wrongly_comes_back_without_the_secret(owner: Client) -> None:
    response = owner.post(
        "/console/carriers/yunexpress", {"credentials_customer_code": "C1", "base_url": "not an address"}
    )
    assert response.status_code == 400
    assert set(response.context["form"].errors) == {"credentials_api_secret", "base_url"}
    assert 'value="C1"' not in response.content.decode()


def test_a_refused_account_says_what_to_do_and_comes_first(parcel: Shipment, owner: Client, analyst: Client) -> None:
    say(parcel, failure=Refused("key revoked"))
    with scope(merchant=parcel.merchant):
        CarrierAccount.objects.update(state="refused", last_failure_kind="refused", last_failure_detail="key revoked")
    response = owner.get("/console/carriers")
    assert response.context["troubled"][0].slug == "yunexpress"
    body = response.content.decode()
    assert "key revoked" in body
    assert "type them again" in body
    assert "YunExpress" in owner.get("/console").content.decode()
    assert "key revoked" not in analyst.get("/console").content.decode()


def test_carriers_stand_by_what_there_is_to_do(parcel: Shipment, owner: Client) -> None:
    with scope(merchant=parcel.merchant):
        Leg.objects.filter(shipment=parcel).update(carrier="yanwen", account=None)
    groups = owner.get("/console/carriers").context
    assert [card.slug for card in groups["wanted"]] == ["yanwen"]
    assert [card.slug for card in groups["working"]] == ["yunexpress"]
    assert len(groups["others"]) == len(registry.ADAPTERS) - 2


def test_a_carrier_is_found_by_a_part_of_its_name(owner: Client) -> None:
    found = owner.get("/console/carriers", {"q": "post"}).context["others"]
    assert {card.slug for card in found} >= {"canadapost", "laposte", "nz_post"}
    assert all("post" in card.name.lower() for card in found)


def test_a_carrier_without_an_api_is_known_and_leads_to_an_aggregator(parcel: Shipment, owner: Client) -> None:
    body = owner.get("/console/carriers", {"q": "Ukrposhta"}).content.decode()
    assert "Ukrposhta is recognised by its numbers" in body
    with scope(merchant=parcel.merchant):
        Leg.objects.filter(shipment=parcel).update(carrier="ukrposhta", account=None)
    assert "1 parcel is with a carrier that has no API of ours" in owner.get("/console/carriers").content.decode()


def test_the_push_address_is_shown_to_those_who_run_the_account_alone(
    halden: Merchant, owner: Client, ops: Client
) -> None:
    owner.post("/console/carriers/ups", {"credentials_client_id": "a", "credentials_client_secret": "b"})
    with scope(merchant=halden):
        token = CarrierAccount.objects.get().push_token
    assert f"/hooks/ups/{token}" in owner.get("/console/carriers/ups").content.decode()
    assert ops.get("/console/carriers/ups").status_code == 403
    assert token not in ops.get("/console/carriers").content.decode()


def test_an_account_says_of_how_many_parcels_its_carrier_tells_us_by_itself(parcel: Shipment, owner: Client) -> None:
    assert "1 pushed" not in owner.get("/console/carriers").content.decode()
    with scope(merchant=parcel.merchant):
        Leg.objects.update(subscription=Leg.Subscription.ACTIVE)
    assert '<span class="meta">1 pushed</span>' in owner.get("/console/carriers").content.decode()


def test_limits_are_given_a_window_each_and_what_is_left_is_shown(
    halden: Merchant, kestrel: Merchant, owner: Client
) -> None:
    facts = {"credentials_api_key": "key", "calls_per_hour": "40", "calls_per_day": "300", "day_zone": "Europe/Berlin"}
    assert owner.post("/console/carriers/dhl_unified", facts).status_code == 302
    with scope(merchant=halden):
        account = CarrierAccount.objects.get()
    assert account.limits == [
        {"calls": 40, "per": "hour"},
        {"calls": 300, "per": "day", "zone": "Europe/Berlin", "resets_at": "00:00"},
    ]
    with scope(merchant=kestrel):
        services.save_account(kestrel, "dhl_unified", credentials={"api_key": "key"})
    assert budget.take(account, 1).calls == 1
    budget.learn(account, accepted=1, refused=3, after_s=3000)
    page = owner.get("/console/carriers/dhl_unified").content.decode()
    assert 'value="300"' in page
    assert "1 other account has the same credentials and shares these calls." in page
    assert "of 40 allowed. It comes back by itself within days." in page
    left = " ".join(owner.get("/console/carriers").content.decode().split())
    assert '<span class="num">299</span> of 300 a day' in left
    assert '<span class="num">19</span> of 20 an hour' in left
    assert "shared with 1 other account" in left


def test_a_carrier_without_an_adapter_has_no_account_page(owner: Client) -> None:
    assert owner.get("/console/carriers/amazon").status_code == 404
    assert owner.get("/console/carriers/no-such").status_code == 404


def test_a_key_is_shown_once_and_revoked_for_good(halden: Merchant, owner: Client) -> None:
    made = owner.post("/console/keys", {"name": "Shop", "scopes": ["shipments:read"]})
    key = made.context["made"]
    assert key in made.content.decode()
    assert "no-store" in made["Cache-Control"]
    assert key not in owner.get("/console/keys").content.decode()
    with scope(merchant=halden):
        row = ApiKey.objects.get()
        assert row.digest == ApiKey.digest_of(key)
    owner.post(f"/console/keys/{row.id}/revoke")
    row.refresh_from_db()
    assert not row.is_usable()


def test_a_key_needs_a_name_and_something_to_do(halden: Merchant, owner: Client) -> None:
    response = owner.post("/console/keys", {"name": ""})
    assert response.status_code == 400
    assert set(response.context["form"].errors) == {"name", "scopes"}


def test_home_starts_with_the_first_steps_and_then_counts(
    halden: Merchant, owner: Client, yunexpress: CarrierAccount
) -> None:
    assert "see a parcel move" in owner.get("/console").content.decode()
    late = register(halden, "HL-H", "YT2630600000000011")
    say(late, event(EventCode.IMPORT_CUSTOMS_HELD, 9, country="DE"))
    response = owner.get("/console")
    tiles = {tile.label: tile.count for tile in response.context["tiles"]}
    assert tiles["Customs and held"] == 1
    assert "HL-H" in response.content.decode()


def test_the_console_speaks_chinese_where_it_is_asked_to(owner: Client, parcel: Shipment) -> None:
    response = owner.get("/console/shipments", headers={"accept-language": "zh-CN"})
    assert 'lang="zh-Hans"' in response.content.decode()
