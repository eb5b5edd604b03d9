"""Parcels for a benchmark: a merchant with one carrier account, and thousands of shipments of one leg each."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django_scopes import scopes_disabled

from benchmarks.stage import Wrong
from carriers import registry
from carriers.facts import Limit, Per
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.rules.facts import Evidence
from tracking.shipments import services
from tracking.shipments.models import CarrierAccount, Leg, Shipment

# High enough never to hold a call back, and yet every call goes through the budget as in production.
_LIMITS = (Limit(calls=1_000_000_000, per=Per.DAY),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcels:
    """Registered shipments. `moving` of them tell something new at every question to the sandbox."""

    account: CarrierAccount
    legs: tuple[Leg, ...]
    moving: int = 0

    def make_due(self) -> None:
        """All of them are to be asked now."""
        with scopes_disabled():
            Leg.objects.filter(account=self.account).update(next_poll_at=clock.now() - timedelta(seconds=1))

    def due(self) -> int:
        """How many still wait to be asked, or are being asked."""
        with scopes_disabled():
            return Leg.objects.filter(account=self.account, next_poll_at__lte=clock.now()).count()

    def is_done(self) -> bool:
        """None of them waits any more. Cheap: it is asked while polls are measured."""
        with scopes_disabled():
            return not Leg.objects.filter(account=self.account, next_poll_at__lte=clock.now()).exists()

    def events(self) -> int:
        """How many events are stored of them."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM shipments_event WHERE merchant_id = %s", [self.account.merchant_id])
            return int(cursor.fetchone()[0])


def register(carrier: str, numbers: Sequence[str], *, moving: int = 0, settles: bool = True) -> Parcels:
    """A new merchant with one shipment per number, from China to Germany; nothing is due yet."""
    count = Merchant.objects.count()
    merchant = Merchant.objects.create(slug=f"bench-{count}", name=f"Bench {count}")
    names = {fact.name for fact in registry.sheet(carrier).credentials} | set(registry.adapter(carrier).credentials)
    account = services.save_account(merchant, carrier, credentials=dict.fromkeys(names, "sandbox"), limits=_LIMITS)
    shipments = [
        Shipment(
            merchant=merchant, origin_country="CN", destination_country="DE", destination_city="Berlin",
            destination_zone="Europe/Berlin",
        )
        for _ in numbers
    ]  # fmt: skip
    legs = [
        Leg(
            merchant=merchant, shipment=shipment, position=0, carrier=carrier, number=number, account=account,
            evidence=Evidence.REGISTERED.value,
        )
        for shipment, number in zip(shipments, numbers, strict=True)
    ]  # fmt: skip
    with scopes_disabled():
        Shipment.objects.bulk_create(shipments, batch_size=1000)
        Leg.objects.bulk_create(legs, batch_size=1000)
    if settles:
        settle()
    return Parcels(account=account, legs=tuple(legs), moving=moving)


def settle() -> None:
    """What autovacuum does within minutes of a bulk load: the planner should know the tables as it would in a day."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The carriers' control."""

    url: str

    def parcels(self, carrier: str, count: int, changed: float) -> Parcels:
        """Numbers that the sandbox knows, registered."""
        made = self._ask("POST", "bench", {"carrier": carrier, "count": count, "changed": changed})
        moving = sum(bool(leg["moves"]) for leg in made)
        return register(carrier, [leg["number"] for leg in made], moving=moving)

    def forget_calls(self) -> None:
        """Counts from nothing."""
        self._ask("DELETE", "calls")

    def check_calls(self, parcels: Parcels, times: int = 1) -> None:
        """Raises Wrong unless every parcel was asked for exactly `times` times, and no other."""
        asked = self._ask("GET", "calls").get(parcels.account.carrier, {})
        wanted = {leg.number for leg in parcels.legs}
        often = {number: count for number, count in asked.items() if count != times}
        if often or asked.keys() != wanted:
            raise Wrong(
                f"{len(often)} parcels were not asked for {times} times, {len(wanted - asked.keys())} never,"
                f" {len(asked.keys() - wanted)} without need"
            )

    def _ask(self, method: str, what: str, body: dict[str, Any] | None = None) -> Any:
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(f"{self.url}/sandbox/{what}", method=method, data=data)  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  the sandbox
            return json.load(answer)
