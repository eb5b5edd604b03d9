"""Carriers that fail an account as a whole, each told once, however many parcels wait for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tracking.accounts.models import Merchant
from tracking.portal.console import words
from tracking.shipments.carrier_facts import carrier_name
from tracking.shipments.models import CarrierAccount, CarrierOutage
from tracking.shipments.polling import outages


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One carrier that fails. `detail` is what its last call brought, for those who look after the accounts."""

    slug: str
    title: str
    since: str  # ISO 8601
    age: str
    kind: str
    detail: str
    waiting: int
    next_step: str
    is_wide: bool  # it fails other merchants here too
    is_ours: bool  # somebody here must act


_KINDS = {
    "try_later": gettext_noop("No call to it succeeds."),
    "bad_answer": gettext_noop("It answers what nobody can read."),
    "refused": gettext_noop("It refuses the account's credentials."),
}


def incidents(merchant: Merchant, now: datetime) -> list[Incident]:
    """The longest first. Two queries, and one more for each."""
    found = list(CarrierOutage.objects.filter(ended_at=None).select_related("account").order_by("began_at"))
    if not found:
        return []
    accounts = {disruption.carrier: disruption.accounts for disruption in outages.disruptions()}
    return [_incident(outage, merchant, now, is_wide=accounts.get(outage.carrier, 0) > 1) for outage in found]


def _incident(outage: CarrierOutage, merchant: Merchant, now: datetime, *, is_wide: bool) -> Incident:
    is_ours = outage.account.state == CarrierAccount.State.REFUSED
    told = _("{carrier} refuses us since {time}") if is_ours else _("{carrier} has not answered since {time}")
    return Incident(
        slug=outage.carrier,
        title=told.format(carrier=carrier_name(outage.carrier), time=words.moment(outage.began_at, merchant.zone)),
        since=outage.began_at.isoformat(timespec="seconds"),
        age=words.age(now - outage.began_at),
        kind=_(_KINDS.get(outage.kind, _KINDS["try_later"])),
        detail=outage.detail,
        waiting=outages.waiting(outage.account),
        next_step=_next_step(outage.account, now),
        is_wide=is_wide,
        is_ours=is_ours,
    )


def _next_step(account: CarrierAccount, now: datetime) -> str:
    if account.state == CarrierAccount.State.REFUSED:
        return _("Type the credentials again; until then nobody asks it.")
    again = outages.asked_again_at(account)
    if again is None:
        return _("Nobody asks it: the account is paused.")
    if again <= now:
        return _("We try with one call now; once it answers, all parcels are asked for again.")
    return _("We try with one call in {age}; once it answers, all parcels are asked for again.").format(
        age=words.age(again - now)
    )
