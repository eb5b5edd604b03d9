"""Carrier accounts as the console shows them: connected or not, when they last worked, what is left of the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from carriers import registry
from carriers.base import PushAdapter
from carriers.facts import Evidence, FactSheet, Kind
from tracking import clock
from tracking.portal.console import words
from tracking.portal.console.budgets import WindowLine, sharing, window_lines
from tracking.shipments.models import CarrierAccount, Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCard:
    """One carrier with an adapter. `state` is connected, refused, paused, trouble or none."""

    slug: str
    name: str
    kind: str | Promise
    label: str
    state: str
    word: str
    family: str
    icon: str
    succeeded: str
    failure: str
    failure_detail: str
    failed: str
    windows: Sequence[WindowLine]
    shared_with: int  # other accounts that hold the same key
    cure: str
    has_push: bool
    pushes: str  # of how many open legs it tells us by itself, was asked to, refused to
    waiting: int
    evidence: str | Promise


_KINDS = {
    Kind.POST: _lazy("Post"),
    Kind.EXPRESS: _lazy("Express"),
    Kind.PARCEL: _lazy("Parcel network"),
    Kind.CROSS_BORDER: _lazy("Cross-border"),
    Kind.FREIGHT: _lazy("Freight"),
    Kind.AGGREGATOR: _lazy("Aggregator"),
}
# How well our adapter is founded (docs/carriers.md).
_EVIDENCE = {
    Evidence.VERIFIED: _lazy("Checked live"),
    Evidence.DOCUMENTED: _lazy("From its documents"),
    Evidence.THIN: _lazy("From a few answers"),
    Evidence.EXPERIMENTAL: _lazy("Inferred"),
}
# Family and icon, the most urgent first.
_STATES = {
    "refused": ("problem", "tri"),
    "trouble": ("action", "bang"),
    "paused": ("waiting", "ring"),
    "connected": ("done", "check"),
    "none": ("waiting", "ring"),
}


def account_cards(zone: str) -> list[AccountCard]:
    """Every carrier that we can ask: those in trouble first, then the connected, then the others. Five queries. Times
    on the clocks of `zone`."""
    accounts = {account.carrier: account for account in CarrierAccount.objects.all()}
    waiting = dict(
        Leg.objects.standing()
        .filter(account=None, closed_at=None, carrier__in=registry.ADAPTERS, shipment__archived_at=None)
        .values_list("carrier")
        .annotate(size=Count("id"))
        .order_by()
    )
    lines, sharers = window_lines(accounts.values(), zone), sharing(accounts.values())
    pushes = _pushes()
    cards = []
    for slug in registry.ADAPTERS:
        account = accounts.get(slug)
        card = _card(registry.sheet(slug), account, waiting.get(slug, 0), pushes.get(slug, ""))
        if account is not None:
            others = sharers.get(account.budget_key, 1) - 1
            card = replace(card, windows=lines[str(account.pk)], shared_with=others)
        cards.append(card)
    rank = list(_STATES)
    return sorted(cards, key=lambda card: (rank.index(card.state), -card.waiting, card.name.casefold()))


def _pushes() -> dict[str, str]:
    """By carrier of the account: "12 pushed · 1 refused to push", of its open legs."""
    counted = (
        Leg.objects.standing()
        .filter(closed_at=None, shipment__archived_at=None, account__isnull=False)
        .exclude(subscription=Leg.Subscription.NONE)
        .values_list("account__carrier", "subscription")
        .annotate(size=Count("id"))
        .order_by("subscription")
    )
    told: dict[str, list[str]] = {}
    for carrier, subscription, size in counted:
        told.setdefault(carrier, []).append(f"{size:,} {_(words.SUBSCRIPTIONS[subscription])}")
    return {carrier: " · ".join(parts) for carrier, parts in told.items()}


def legs_without_a_door() -> int:
    """Open legs of carriers that we know and whose API we do not speak, and that no aggregator's account asks for."""
    known = Leg.objects.standing().filter(account=None, closed_at=None, shipment__archived_at=None)
    return known.exclude(carrier="").exclude(carrier__in=registry.ADAPTERS).count()


def has_push(slug: str) -> bool:
    """Whether the carrier can tell us by itself."""
    return isinstance(registry.adapter(slug), PushAdapter)


def _card(sheet: FactSheet, account: CarrierAccount | None, waiting: int, pushes: str) -> AccountCard:
    state = _state(account)
    family, icon = _STATES[state]
    return AccountCard(
        slug=sheet.slug,
        name=sheet.name,
        kind=_KINDS[sheet.kind],
        label=account.label if account else "",
        state=state,
        word=_state_words()[state],
        family=family,
        icon=icon,
        succeeded=_ago(account.last_success_at) if account else "",
        failure=words.failure_label(account.last_failure_kind) if account else "",
        failure_detail=account.last_failure_detail if account else "",
        failed=_ago(account.last_failure_at) if account and account.last_failure_kind else "",
        windows=(),
        shared_with=0,
        cure=_cure(account),
        has_push=has_push(sheet.slug),
        pushes=pushes,
        waiting=waiting,
        evidence=_EVIDENCE[sheet.evidence],
    )


def _state(account: CarrierAccount | None) -> str:
    if account is None:
        return "none"
    if account.state != CarrierAccount.State.ACTIVE:
        return account.state
    return "trouble" if account.last_failure_kind else "connected"


def _state_words() -> dict[str, str]:
    return {
        "connected": _("Connected"),
        "refused": _("Refused"),
        "paused": _("Paused"),
        "trouble": _("In trouble"),
        "none": _("Not connected"),
    }


def _cure(account: CarrierAccount | None) -> str:
    if account is None:
        return ""
    if account.state == CarrierAccount.State.REFUSED:
        return _("Check the credentials in the carrier's own portal and type them again. Until then nobody asks it.")
    if account.state == CarrierAccount.State.PAUSED:
        return _("Save it again to go on.")
    if account.last_failure_kind == "bad_answer":
        return _("We keep the answer and ask again. If it stays, the carrier has changed its format: tell operations.")
    return _("We ask again by ourselves, more slowly.") if account.last_failure_kind else ""


def _ago(moment: datetime | None) -> str:
    return _("{age} ago").format(age=words.age(clock.now() - moment)) if moment else ""
