"""Everything that changes a shipment by somebody's word: register, correct, add, archive, refresh. Each owns its
transaction.

All raise `Invalid`, naming the field and the cure. What carriers tell enters through `recording.record_results`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django_scopes import scope, scopes_disabled

from carriers import places, registry
from carriers.events import EventTime, Place, TimeSource, TrackingEvent, TrackingResult
from carriers.facts import ApiFacts, FactSheet, Limit
from carriers.vocabulary import EventCode, Reason
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.rules.facts import Channel, Evidence, LegRole
from tracking.shipments import detection
from tracking.shipments.carrier_facts import carrier_sheet
from tracking.shipments.errors import Invalid
from tracking.shipments.models import CarrierAccount, Leg, Shipment, StatusChange
from tracking.shipments.opening import LegSpec, build_leg, build_named_leg
from tracking.shipments.polling import breaker, budget, subscriptions
from tracking.shipments.polling.limits import as_rows, read_limits
from tracking.shipments.recording.door import Told, record_result, refold_shipments
from tracking.shipments.scheduling.refreshing import due_again, make_due, request_refresh
from tracking.shipments.sealing import open_credentials, seal_credentials

__all__ = [
    "LegSpec", "add_leg", "archive_shipment", "change_shipment", "correct_leg", "record_told_event",
    "register_shipment", "remove_leg", "request_refresh", "restore_shipment", "save_account",
]  # fmt: skip

MAX_LEGS = 12


def register_shipment(
    merchant: Merchant,
    *,
    destination_country: str,
    legs: Sequence[LegSpec] = (),
    destination_city: str = "",
    origin_country: str = "",
    order_number: str = "",
    title: str = "",
    promised_on: date | None = None,
    created_at: datetime | None = None,
) -> Shipment:
    """A new shipment under a fresh number, its legs due at once. The carrier is not called here."""
    shipment = Shipment(
        merchant=merchant,
        destination_country=_country(destination_country, "destination_country"),
        destination_city=_short(destination_city, "destination_city", 80),
        origin_country=_country(origin_country, "origin_country") if origin_country else "",
        order_number=_short(order_number, "order_number", 80),
        title=_short(title, "title", 120),
        promised_on=promised_on,
        created_at=created_at or clock.now(),
    )
    shipment.destination_zone = _zone(shipment)
    if len(legs) > MAX_LEGS:
        raise Invalid("legs", f"{len(legs)} legs", f"A shipment has at most {MAX_LEGS}.")
    with transaction.atomic(), scope(merchant=merchant):
        built: list[Leg] = []
        for position, spec in enumerate(legs):
            try:
                leg = build_leg(shipment, built, spec, Evidence.REGISTERED)
            except Invalid as error:
                raise error.under(f"legs.{position}") from None
            _refuse_twin(built, leg, f"legs.{position}.number")
            leg.opened_at = shipment.created_at
            built.append(leg)
        shipment.save(force_insert=True)
        Leg.objects.bulk_create(built)
        refold_shipments([shipment.id])
        shipment.refresh_from_db()
    return shipment


_CHANGEABLE = ("order_number", "title", "destination_country", "destination_city", "origin_country", "promised_on")


def change_shipment(shipment: Shipment, **changes: Any) -> Shipment:
    """Changes what the merchant told; what follows from it (zone, lateness, phases) follows at once."""
    with transaction.atomic(), scope(merchant=shipment.merchant):
        locked = Shipment.objects.select_for_update().get(pk=shipment.pk)
        for name, value in changes.items():
            if name not in _CHANGEABLE:
                raise Invalid(name, "cannot be changed", f"These can: {', '.join(_CHANGEABLE)}.")
            setattr(locked, name, _checked(name, value))
            if name == "origin_country":
                locked.origin_is_derived = False
        locked.destination_zone = _zone(locked)
        locked.version += 1
        locked.updated_at = clock.now()
        locked.save()
        refold_shipments([locked.id], StatusChange.Cause.PEOPLE)
    shipment.refresh_from_db()
    return shipment


def archive_shipment(shipment: Shipment) -> None:
    """Takes the shipment out of every list and off its page, and stops asking for it. `restore_shipment` undoes it."""
    with transaction.atomic(), scope(merchant=shipment.merchant):
        Shipment.objects.filter(pk=shipment.pk, archived_at=None).update(
            archived_at=clock.now(), updated_at=clock.now()
        )
        Leg.objects.filter(shipment=shipment).update(next_poll_at=None, lease_until=None, poll_token=None)
    shipment.refresh_from_db()


def restore_shipment(shipment: Shipment) -> None:
    """Undoes `archive_shipment`; its legs are due at once."""
    with transaction.atomic(), scope(merchant=shipment.merchant):
        Shipment.objects.filter(pk=shipment.pk).update(archived_at=None, updated_at=clock.now())
    shipment.refresh_from_db()
    make_due(shipment)


def add_leg(shipment: Shipment, spec: LegSpec, *, evidence: Evidence) -> Leg:
    """A further leg at the end of the chain, due at once."""
    with transaction.atomic(), scope(merchant=shipment.merchant):
        locked = Shipment.objects.select_for_update().get(pk=shipment.pk)
        legs = list(Leg.objects.of_shipments([locked.id]))
        _refuse_too_many(legs, "number")
        leg = build_leg(locked, legs, spec, evidence)
        _refuse_twin(legs, leg, "number")
        leg.save(force_insert=True)
        _bump(locked)
    return leg


def correct_leg(leg: Leg, spec: LegSpec, *, evidence: Evidence) -> Leg:
    """Puts another carrier or number in a leg's place. The old leg and its events are kept, but count no more."""
    with transaction.atomic(), scope(merchant=leg.merchant):
        locked = Shipment.objects.select_for_update().get(pk=leg.shipment_id)
        legs = [other for other in Leg.objects.of_shipments([locked.id]) if other.id != leg.id]
        new = build_leg(locked, legs, spec, evidence)
        _refuse_twin(legs, new, "number")
        if spec.carrier and leg.number == new.number:
            detection.learn(leg.merchant_id, leg.number, chosen=new.carrier, instead_of=leg.carrier)
        new.position, new.opened_at = leg.position, leg.opened_at
        new.role = (spec.role or LegRole(leg.role)).value
        _replace(leg)
        new.save(force_insert=True)
        _bump(locked)
    return new


def remove_leg(leg: Leg) -> None:
    """Takes a leg out of the chain; its events count no more. Kept in the database, with its raw answers."""
    with transaction.atomic(), scope(merchant=leg.merchant):
        locked = Shipment.objects.select_for_update().get(pk=leg.shipment_id)
        _replace(leg)
        _bump(locked)


def record_told_event(
    shipment: Shipment,
    *,
    leg: Leg | None,
    code: EventCode,
    occurred_at: datetime,
    channel: Channel,
    place: str = "",
    country: str = "",
    text: str = "",
    reason: Reason | None = None,
    carrier_name: str = "",
) -> Leg:
    """An event that a merchant, a forwarder, a broker or an operator tells. Without a leg it goes to one named
    `carrier_name`.

    `occurred_at` must be aware; a moment more than a day ahead is refused. Telling the same event twice changes
    nothing.
    """
    if occurred_at.tzinfo is None:
        raise Invalid("occurred_at", "has no UTC offset", "Write it as 2026-11-23T14:30:00+08:00.")
    if occurred_at > clock.now() + timedelta(days=1):
        raise Invalid("occurred_at", "lies in the future", "Tell events once they have happened.")
    if leg is None:
        leg = _told_leg(shipment, carrier_name.strip()[:80])
    where = places.resolve(place, country or None) if place or country else None
    offset = occurred_at.utcoffset() or timedelta(0)
    event = TrackingEvent(
        code=code,
        reason=reason,
        time=EventTime(
            raw=occurred_at.isoformat(),
            local=occurred_at.replace(tzinfo=None),
            offset_min=round(offset / timedelta(minutes=1)),
            instant=occurred_at.astimezone(UTC),
            source=TimeSource.CARRIER_OFFSET,
        ),
        place=where or (Place(text=place) if place else None),
        raw_code=code.value,
        raw_text=text.strip()[:2000],
    )
    result = TrackingResult(number=leg.number, events=(event,))
    recorded = record_result(Told(leg_id=leg.id, channel=channel, received_at=clock.now(), result=result))
    if recorded.broken:
        raise RuntimeError(f"an event told of {shipment.number} was not recorded")  # never a "yes" for what is lost
    return leg


def save_account(
    merchant: Merchant,
    carrier: str,
    *,
    credentials: Mapping[str, str],
    label: str = "",
    base_url: str = "",
    limits: Sequence[Limit | dict[str, Any]] = (),
) -> CarrierAccount:
    """Creates or changes the merchant's account with a carrier. Credentials left out stay as they were; they can
    never be read back. `limits` stand in the places of the fact sheet's; a window left out keeps the sheet's.

    Legs that waited for an account, or whose carrier had refused us, are due at once, and very many over a while.
    """
    sheet = carrier_sheet(carrier)
    if not registry.has_adapter(sheet.slug):
        raise Invalid(
            "carrier", f"{sheet.name} has no API that we speak", "Its numbers are recognised and linked only."
        )
    adapter = registry.adapter(sheet.slug)
    known = {fact.name for fact in sheet.credentials} | set(adapter.credentials)
    with transaction.atomic(), scope(merchant=merchant):
        account = CarrierAccount.objects.select_for_update().filter(merchant=merchant, carrier=sheet.slug).first()
        account = account or CarrierAccount(merchant=merchant, carrier=sheet.slug)
        kept = open_credentials(account) | {name: value for name, value in credentials.items() if value}
        for name in credentials:
            if name not in known:
                raise Invalid(
                    f"credentials.{name}",
                    f"{sheet.name} has no such credential",
                    f"It takes {', '.join(sorted(known))}.",
                )
        for name in adapter.credentials:
            if not kept.get(name):
                raise Invalid(f"credentials.{name}", "is missing", f"{sheet.name} gives it to its customers.")
        seal_credentials(account, kept)
        account.label, account.base_url = label[:60], _base_url(sheet, base_url)
        account.limits = as_rows(read_limits(limits))
        account.budget_key = budget.fingerprint(sheet, kept, account.base_url)
        account.spent_until, account.learned_limits = None, _learned_by_others(account)
        account.state = CarrierAccount.State.ACTIVE
        account.last_failure_kind = account.last_failure_detail = ""
        breaker.close(account)
        account.save()
        # Their claims end: what the carrier is answering right now, it answers to the old credentials.
        legs = _legs_asked_through(account)
        legs.update(
            account=account, next_poll_at=due_again(legs.count(), account), fail_count=0,
            lease_until=None, poll_token=None, **subscriptions.wish(account.carrier),
        )  # fmt: skip
    return account


def _learned_by_others(account: CarrierAccount) -> dict[str, Any]:
    """What the carrier has taught those who hold the same key; a key of one's own begins anew."""
    with scopes_disabled():
        others = CarrierAccount.objects.filter(budget_key=account.budget_key).exclude(pk=account.pk)
        return others.values_list("learned_limits", flat=True).first() or {}


def _legs_asked_through(account: CarrierAccount) -> QuerySet[Leg]:
    """The open legs that this account now asks for: its own, its carrier's, and those that nobody asks for and its API
    reaches."""
    api = registry.sheet(account.carrier).api
    reached = Q(carrier__in=_reached(api)) if api and "*" not in api.reaches else ~Q(carrier="", carrier_name__gt="")
    mine = Q(carrier=account.carrier) | Q(account=account) | (Q(account=None) & reached)
    return Leg.objects.standing().filter(
        mine, merchant_id=account.merchant_id, closed_at=None, shipment__archived_at=None
    )


def _reached(api: ApiFacts) -> set[str]:
    return {*api.reaches, *api.carrier_keys}


def _base_url(sheet: FactSheet, text: str) -> str:
    """An address that the operator lets accounts name: no carrier's answer is to show the site's own network."""
    own = {urlsplit(sheet.api.base_url).hostname} if sheet.api is not None else set()
    try:
        parts = urlsplit(text.strip())
        host, is_web = parts.hostname, parts.scheme in ("http", "https")
    except ValueError:
        host, is_web = None, False
    if text.strip() and not is_web:
        raise Invalid("base_url", f"“{text[:60]}” is no web address", "Write it as https://host/path.")
    if text.strip() and host not in own | set(settings.CARRIER_HOSTS):
        cure = "The operator of this site allows it with the setting CARRIER_HOSTS."
        raise Invalid("base_url", f"{host} is not a host of {sheet.name}", cure)
    return text.strip()


def _told_leg(shipment: Shipment, carrier_name: str) -> Leg:
    """The leg of a company without an API: one per name, under the order number or our own number."""
    with transaction.atomic(), scope(merchant=shipment.merchant):
        locked = Shipment.objects.select_for_update().get(pk=shipment.pk)
        legs = list(Leg.objects.of_shipments([locked.id]))
        name = carrier_name or str(shipment.merchant)
        for leg in legs:
            if not leg.carrier and leg.carrier_name == name:
                return leg
        _refuse_too_many(legs, "carrier_name")
        leg = build_named_leg(locked, legs, name, Evidence.MERCHANT)
        leg.save(force_insert=True)
    return leg


def _replace(leg: Leg) -> None:
    Leg.objects.filter(pk=leg.pk).update(
        state=Leg.State.REPLACED, closed_at=clock.now(), next_poll_at=None, lease_until=None, poll_token=None
    )


def _bump(shipment: Shipment) -> None:
    shipment.version += 1
    shipment.updated_at = clock.now()
    shipment.save(update_fields=["version", "updated_at"])
    refold_shipments([shipment.id], StatusChange.Cause.PEOPLE)


def _refuse_too_many(legs: Sequence[Leg], field: str) -> None:
    if len(legs) >= MAX_LEGS:
        raise Invalid(field, f"the shipment has {len(legs)} legs already", "Remove one that is wrong.")


def _refuse_twin(legs: Sequence[Leg], leg: Leg, field: str) -> None:
    if any((other.carrier, other.number) == (leg.carrier, leg.number) for other in legs):
        raise Invalid(
            field, f"{leg.number} is a leg of this shipment already", "Change that leg, or leave this one out."
        )


def _checked(name: str, value: Any) -> Any:
    if name in ("destination_country", "origin_country"):
        return _country(value, name) if value or name == "destination_country" else ""
    if name == "promised_on":
        return value
    return _short(value, name, 120 if name == "title" else 80)


def _country(text: str, field: str) -> str:
    code = places.country_code(str(text).strip()) if text else None
    if code is None:
        raise Invalid(field, f"“{str(text)[:40]}” is no country", "Send its two letters of ISO 3166-1, such as DE.")
    return code


def _short(text: str, field: str, length: int) -> str:
    value = str(text or "").strip()
    if len(value) > length:
        raise Invalid(field, f"has {len(value)} characters", f"At most {length} are kept.")
    if "\0" in value:
        raise Invalid(field, "holds a NUL character", "Send plain text.")
    return value


def _zone(shipment: Shipment) -> str:
    return places.resolve(shipment.destination_city, shipment.destination_country).zone or ""
