"""Who gets in, who sees whose, and what a role may do."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from tests.tracking.portal.console.conftest import PASSWORD, first_leg, hire, logged_in, register
from tests.tracking.shipments.telling import told
from tracking.accounts.models import ApiKey, Member, Merchant, Role, Scope, User
from tracking.inbound import files, units
from tracking.mapping import replays
from tracking.mapping.rows import Author, Mapping, map_wording
from tracking.portal.console.urls import urlpatterns
from tracking.shipments.models import RawAnswer, Shipment
from tracking.shipments.recording.door import record_result

pytestmark = pytest.mark.django_db

PUBLIC = {"login"}
POST_ONLY = {
    "logout", "switch", "refresh", "archive", "restore", "remove-leg", "revoke-key", "ignore-wording", "end-row",
    "cancel-replay", "tell-inbound", "discard-inbound", "remove-unit-member",
}  # fmt: skip
# Who may do it; "" is anybody who works there.
NEEDS_OPS = {
    "add-shipment",
    "change-shipment",
    "tell-event",
    "add-leg",
    "correct-leg",
    "refresh",
    "archive",
    "restore",
    "remove-leg",
    "map-wording",
    "preview-mapping",
    "ignore-wording",
    "end-row",
    "cancel-replay",
    "tell-inbound",
    "discard-inbound",
    "remove-unit-member",
}
SEES_MAPPING = {"mapping", "phrasebook", "mapping-patch", "replays", "replay"}
RAW = {"raw-answers", "raw-answer", "download-raw-answer", "download-inbound"}
NEEDS_RUN = {"change-account", "keys", "revoke-key"}


@pytest.fixture
def places(parcel: Shipment) -> dict[str, str]:
    """Every address of the console, with Halden's own objects in it."""
    leg = first_leg(parcel)
    with scope(merchant=parcel.merchant):
        record_result(told(leg))
        answer = RawAnswer.objects.get()
        key, _ = ApiKey.issue(parcel.merchant, "Shop", [Scope.READ])
        row = map_wording(
            parcel.merchant, Mapping(carrier="ups", raw_code="X", event_code="any.note"), Author(name="Mara")
        )
        replay = replays.start(parcel.merchant, shipment=parcel, is_dry=True, started_by="Mara")
        unit, _ = units.create_unit(parcel.merchant, "truck", "canary")
        (member,), _problems = units.add_members(unit, ["HL-1"])
        file, _ = files.receive(parcel.merchant, "fsu", b"FSU/12")
    values = {
        "number": parcel.number, "leg_id": leg.id, "answer_id": answer.id, "carrier": "ups", "key_id": key.id,
        "row_id": row.id, "replay_id": replay.id, "file_id": file.id, "unit_id": unit.id, "member_id": member.id,
    }  # fmt: skip
    found = {}
    for pattern in urlpatterns:
        wanted = pattern.pattern.converters
        found[pattern.name] = reverse(f"console:{pattern.name}", kwargs={name: values[name] for name in wanted})
    return found


def _ask(client: Client, name: str, address: str) -> int:
    return (client.post(address) if name in POST_ONLY else client.get(address)).status_code


def test_nobody_gets_in_without_a_login(places: dict[str, str], client: Client) -> None:
    for name, address in places.items():
        if name in PUBLIC | {"logout"}:
            continue
        response = client.post(address) if name in POST_ONLY else client.get(address)
        assert (response.status_code, response["Location"]) == (302, f"/login?next={address}"), name


def test_another_merchants_objects_do_not_exist(places: dict[str, str], stranger: Client) -> None:
    for name, address in places.items():
        named = ("/shipments/", "/keys/", "/rows/", "/replays/", "/inbound/", "/units/")
        if any(part in address for part in named) and not address.endswith("/new"):
            assert _ask(stranger, name, address) == 404, name
    assert _ask(stranger, "tell-event", places["tell-event"]) == 404
    assert _ask(stranger, "add-leg", places["add-leg"]) == 404


def test_another_merchants_rows_are_in_no_list(places: dict[str, str], stranger: Client, parcel: Shipment) -> None:
    assert "shipment" in places
    for page in (
        "console:home",
        "console:shipments",
        "console:attention",
        "console:accounts",
        "console:keys",
        "console:mapping",
        "console:inbound",
        "console:units",
    ):
        body = stranger.get(reverse(page)).content.decode()
        assert "HL-1" not in body, page
        assert parcel.number not in body, page
    assert "HL-1" not in stranger.get(reverse("console:shipments"), {"q": parcel.number}).content.decode()


@pytest.mark.parametrize(
    ("role", "refused"),
    [
        (Role.ANALYST, NEEDS_OPS | NEEDS_RUN | SEES_MAPPING | RAW | {"accounts"}),
        (Role.SUPPORT, NEEDS_OPS | NEEDS_RUN | {"accounts"}),
        (Role.OPS, NEEDS_RUN),
        (Role.MANAGER, set()),
        (Role.OWNER, set()),
    ],
)
def test_a_role_may_what_its_table_says(places: dict[str, str], halden: Merchant, role: str, refused: set[str]) -> None:
    client = logged_in(hire(halden, role))
    order = sorted(places, key=lambda name: name in POST_ONLY)  # what changes things comes last
    for name in order:
        if name in PUBLIC | {"logout"}:
            continue
        status = _ask(client, name, places[name])
        assert (status == 403) == (name in refused), (name, status)
        assert status in (200, 302, 403), (name, status)


def test_a_person_without_a_merchant_gets_a_kind_page(db: None) -> None:
    client = logged_in(User.objects.create_user("new@halden.example", PASSWORD))
    response = client.get("/console")
    assert response.status_code == 403
    assert "work for no merchant yet" in response.content.decode()
    assert "new@halden.example" in response.content.decode()


def test_logging_in_leads_home_and_logging_out_needs_a_post(halden: Merchant, client: Client) -> None:
    hire(halden, Role.OWNER)
    response = client.post("/login", {"username": "OWNER@halden.example", "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, "/console")
    assert client.get("/logout").status_code == 405
    assert client.post("/logout")["Location"] == "/login"
    assert client.get("/console").status_code == 302


def test_a_wrong_password_and_a_wrong_address_are_told_alike(halden: Merchant, client: Client) -> None:
    hire(halden, Role.OWNER)
    wrong = [
        client.post("/login", {"username": address, "password": "not it at all"}).content.decode()
        for address in ("owner@halden.example", "nobody@halden.example")
    ]
    for page, address in zip(wrong, ("owner@", "nobody@"), strict=True):
        assert "do not fit together" in page
        assert address in page  # what was typed stays
    assert wrong[0].replace("owner@", "").split("csrf")[0] == wrong[1].replace("nobody@", "").split("csrf")[0]


def test_guessing_passwords_ends_in_a_closed_door(halden: Merchant, client: Client) -> None:
    hire(halden, Role.OWNER)
    statuses = [
        client.post("/login", {"username": "owner@halden.example", "password": f"guess {n}"}).status_code
        for n in range(9)
    ]
    assert statuses[0] == 400
    assert statuses[-1] == 429
    assert client.post("/login", {"username": "ops@halden.example", "password": "a guess"}).status_code == 400
    right = client.post("/login", {"username": "owner@halden.example", "password": PASSWORD})
    assert right.status_code == 429


def test_login_goes_on_to_the_page_that_was_asked_for_but_never_elsewhere(halden: Merchant, client: Client) -> None:
    hire(halden, Role.OWNER)
    told = {"username": "owner@halden.example", "password": PASSWORD}
    assert client.post("/login?next=/console/attention", told)["Location"] == "/console/attention"
    client.post("/logout")
    assert client.post("/login?next=https://evil.example/", told)["Location"] == "/console"


def test_a_person_with_two_merchants_switches_between_them(halden: Merchant, kestrel: Merchant) -> None:
    user = hire(halden, Role.OPS)
    Member.objects.create(merchant=kestrel, user=user, role=Role.ANALYST)
    register(halden, "HL-7")
    register(kestrel, "KO-7")
    client = logged_in(user)
    assert "HL-7" in client.get("/console/shipments").content.decode()
    client.post("/console/switch", {"merchant": str(kestrel.pk)})
    body = client.get("/console/shipments").content.decode()
    assert "KO-7" in body
    assert "HL-7" not in body
    assert client.get("/console/shipments/new").status_code == 403  # an analyst there


def test_switching_to_a_merchant_one_does_not_work_for_changes_nothing(owner: Client, kestrel: Merchant) -> None:
    register(kestrel, "KO-7")
    owner.post("/console/switch", {"merchant": str(kestrel.pk)})
    assert "KO-7" not in owner.get("/console/shipments").content.decode()


def test_changes_need_the_csrf_token(halden: Merchant, parcel: Shipment) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(hire(halden, Role.OWNER), "django.contrib.auth.backends.ModelBackend")
    assert client.post(f"/console/shipments/{parcel.number}/archive").status_code == 403


def test_pages_are_kept_by_nobody_and_allow_no_foreign_script(owner: Client) -> None:
    response = owner.get("/console/shipments")
    assert "no-store" in response["Cache-Control"]
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    body = response.content.decode()
    assert "style=" not in body
    assert "<style" not in body
    assert "onclick" not in body
