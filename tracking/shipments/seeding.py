"""The demo's merchants, people and parcels: deterministic, from the carrier sandbox's journeys, and safe to run
twice."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django_scopes import scope, scopes_disabled

from carriers import registry
from carriers.facts import Limit, Per
from tracking import clock
from tracking.accounts.models import ApiKey, Member, Merchant, Role, Scope, User
from tracking.rules.facts import LegRole
from tracking.shipments import demo_partners, services
from tracking.shipments.models import Leg, Shipment
from tracking.shipments.polling import poll
from tracking.shipments.polling.claims import claim_due
from tracking.shipments.polling.limits import MOST_CALLS
from tracking.shipments.services import LegSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoMerchant:
    """A shop of the demo and the person who runs it."""

    name: str
    slug: str
    prefix: str  # of its order numbers
    brand_color: str
    zone: str
    owner: str
    goods: tuple[str, ...]


MERCHANTS = (
    DemoMerchant(
        name="Halden", slug="halden", prefix="HL", brand_color="#0E6470", zone="Europe/Berlin", owner="Mara Klein",
        goods=("Arc desk lamp, brass", "Linen shade, 30 cm", "Wall light, pair", "Oak floor lamp"),
    ),
    DemoMerchant(
        name="Kestrel Outdoor", slug="kestrel", prefix="KO", brand_color="#7A3E1D", zone="America/Los_Angeles",
        owner="Dana Reyes", goods=("Two-person tent", "Down quilt", "Trail stove", "Dry bag, 20 l"),
    ),
    DemoMerchant(
        name="Pequena Luz", slug="pequena-luz", prefix="PL", brand_color="#5B3A8E", zone="America/Sao_Paulo",
        owner="Inês Duarte", goods=("Night light, moon", "String lights, 10 m", "Candle set", "Paper lantern"),
    ),
)  # fmt: skip

# The demo's clock runs fast, and its days with it; the sandbox has no limits, and neither have these accounts.
_UNLIMITED = (Limit(calls=500, per=Per.SECOND), *(Limit(calls=MOST_CALLS, per=per) for per in list(Per)[1:]))

OPS_EMAIL = "ops@throughline.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """What the demo has: logins are e-mail addresses; the API key is only told when it was made."""

    logins: tuple[str, ...]
    shipments: int
    new: int
    api_key: str | None


def seed(sandbox_url: str, password: str, say: Callable[[str], None]) -> Seeded:
    """Merchants, members, accounts with every carrier of the sandbox, and one shipment per journey."""
    merchants = [_merchant(plan) for plan in MERCHANTS]
    logins = [_people(merchant, plan, password) for merchant, plan in zip(merchants, MERCHANTS, strict=True)]
    _ops(merchants, password)
    for merchant in merchants:
        _accounts(merchant)
    journeys = _journeys(sandbox_url)
    new = _shipments(merchants, journeys, say)
    api_key = _api_key(merchants[0])
    if new:
        say(f"{new} shipments registered; asking their carriers for the first time …")
        poll_all()
        demo_partners.tell(journeys)
    with scopes_disabled():
        total = Shipment.objects.count()
    return Seeded(logins=(*logins, OPS_EMAIL), shipments=total, new=new, api_key=api_key)


def poll_all(rounds: int = 8) -> None:
    """Asks for everything that is due, and for the legs that the answers open, in this process."""
    for _ in range(rounds):
        claimed = claim_due(5_000)
        if not claimed:
            return
        for account_id, mine in claimed.items():
            poll.poll_account(account_id, mine)


def _merchant(plan: DemoMerchant) -> Merchant:
    merchant, _ = Merchant.objects.get_or_create(
        slug=plan.slug,
        defaults={
            "name": plan.name,
            "brand_color": plan.brand_color,
            "zone": plan.zone,
            "support_email": f"help@{plan.slug}.example",
        },
    )
    return merchant


def _people(merchant: Merchant, plan: DemoMerchant, password: str) -> str:
    email = f"{plan.slug}@throughline.example"
    user = User.objects.filter(email=email).first() or User.objects.create_user(email, password, name=plan.owner)
    Member.objects.get_or_create(merchant=merchant, user=user, defaults={"role": Role.OWNER})
    return email


def _ops(merchants: Sequence[Merchant], password: str) -> None:
    user = User.objects.filter(email=OPS_EMAIL).first() or User.objects.create_user(
        OPS_EMAIL, password, name="Operations"
    )
    for merchant in merchants:
        Member.objects.get_or_create(merchant=merchant, user=user, defaults={"role": Role.OPS})


def _accounts(merchant: Merchant) -> None:
    with scope(merchant=merchant):
        known = set(merchant.carrier_accounts.values_list("carrier", flat=True))
    for slug in registry.ADAPTERS:
        if slug in known:
            continue
        names = {fact.name for fact in registry.sheet(slug).credentials} | set(registry.adapter(slug).credentials)
        services.save_account(
            merchant,
            slug,
            credentials=dict.fromkeys(names, "sandbox"),
            label="Demo",
            limits=_UNLIMITED,
        )


def _api_key(merchant: Merchant) -> str | None:
    with scope(merchant=merchant):
        if ApiKey.objects.filter(name="Demo").exists():
            return None
        _, key = ApiKey.issue(merchant, "Demo", [Scope.READ, Scope.WRITE, Scope.WEBHOOKS])
    return key


def send_one(sandbox_url: str) -> Shipment:
    """A new parcel of the story whose turn it is sets out now, for the merchant whose turn it is."""
    stories: list[dict[str, Any]] = _ask(f"{sandbox_url}/sandbox/stories")
    with scopes_disabled():
        index = Shipment.objects.count()
    story = stories[index % len(stories)]["name"]
    journey = _ask(f"{sandbox_url}/sandbox/journeys", {"story": story, "seed": index})
    merchant = Merchant.objects.get(slug=MERCHANTS[index % 3].slug)
    return _register(index, merchant, journey)


def tell_partners(sandbox_url: str) -> int:
    """What the companies without an API have told by now, for every parcel of the sandbox; how much of it was new."""
    return demo_partners.tell(_journeys(sandbox_url))


def _journeys(sandbox_url: str) -> list[dict[str, Any]]:
    ends = time.monotonic() + 30
    while True:
        try:
            journeys: list[dict[str, Any]] = _ask(f"{sandbox_url}/sandbox/journeys")
        except (urllib.error.URLError, OSError) as error:
            if time.monotonic() > ends:
                raise RuntimeError(f"the carrier sandbox does not answer on {sandbox_url}: {error}") from error
            time.sleep(0.2)
        else:
            return journeys


def _ask(url: str, body: dict[str, Any] | None = None) -> Any:
    request = urllib.request.Request(  # noqa: S310  the sandbox, on loopback
        url, None if body is None else json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return json.load(answer)


def _shipments(merchants: Sequence[Merchant], journeys: Sequence[dict[str, Any]], say: Callable[[str], None]) -> int:
    """One shipment per journey that has none yet, with the legs that a merchant would know."""
    with scopes_disabled():
        known = set(Leg.objects.values_list("number", flat=True))
    new = 0
    for index, journey in enumerate(journeys):
        if journey["first_leg"]["number"] in known:
            continue
        _register(index, merchants[index % 3], journey)
        new += 1
        if new % 100 == 0:
            say(f"{new} shipments …")
    return new


def _register(index: int, merchant: Merchant, journey: dict[str, Any]) -> Shipment:
    plan = MERCHANTS[index % 3]
    start = datetime.fromisoformat(journey["start_at"])
    return services.register_shipment(
        merchant,
        order_number=f"{plan.prefix}-{20_000 + index}",
        title=plan.goods[index % len(plan.goods)],
        origin_country=journey["origin_country"],
        destination_country=journey["destination_country"],
        destination_city=journey["destination_city"],
        promised_on=(start + timedelta(days=14 + index % 6)).date(),
        created_at=min(start, clock.now()),
        legs=demo_partners.with_partners(journey, _specs(journey)),
    )


_ROLES = {"linehaul": LegRole.LINEHAUL, "last_mile": LegRole.LAST_MILE, "whole": LegRole.DOOR_TO_DOOR}


def _specs(journey: dict[str, Any]) -> list[LegSpec]:
    """The legs that the merchant knows from the start; the others are learned from the carriers' answers."""
    roles = {leg["number"]: _ROLES[leg["role"]] for leg in journey["legs"]}
    return [
        LegSpec(number=leg["number"], carrier=leg["carrier"], role=roles[leg["number"]], fields=leg["fields"])
        for leg in journey["registered_legs"]
    ]
