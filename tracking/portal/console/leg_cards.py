"""The legs of a shipment as the console shows them: why each is there, how fresh it is, what can be mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from carriers import registry
from tracking.portal import dates
from tracking.portal.buyer.words import carrier_page, leg_name
from tracking.portal.console import words
from tracking.portal.console.log import ICONS
from tracking.shipments.carrier_facts import carrier_name
from tracking.shipments.models import CarrierAccount, Leg
from tracking.shipments.opening import why_not_polled
from tracking.shipments.polling import outages
from tracking.shipments.recording.reading import Journey


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Another carrier that the number may belong to."""

    slug: str
    name: str
    share: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegCard:
    """One standing leg. `family` colours its dot; `failure` and `detail` are "" while calls succeed."""

    id: UUID
    position: int
    name: str
    slug: str
    number: str
    role: str
    icon: str
    page: str
    is_live: bool
    evidence: str
    detail: str
    fields: tuple[tuple[str, str], ...]
    checked: str
    changed: str
    next_check: str
    door: str  # slug of the account that asks; the carrier's own where there is none
    through: str  # whose API is asked for it, by name; "" where it is the carrier's own
    pushes: str  # whether the carrier tells us by itself, in a word; "" where it does not offer it
    failures: int
    failure: str
    failure_detail: str
    failed: str
    outage: str  # since when the carrier answers nobody here; "" while it does
    why_not: str
    why_not_key: str
    family: str
    candidates: tuple[Candidate, ...]


def leg_cards(journey: Journey) -> tuple[LegCard, ...]:
    """In the order of the way."""
    return tuple(_card(journey, leg, index) for index, leg in enumerate(journey.legs))


def _card(journey: Journey, leg: Leg, index: int) -> LegCard:
    why_not = why_not_polled(leg) or ""
    is_over = journey.timeline.status.is_final or journey.shipment.archived_at is not None
    return LegCard(
        id=leg.id,
        position=index + 1,
        name=leg_name(leg),
        slug=leg.carrier,
        number=leg.number,
        role=_(words.ROLES[leg.role]),
        icon=ICONS.get(leg.role, "truck"),
        page=carrier_page(leg),
        is_live=leg.id == journey.timeline.holder_leg,
        evidence=_evidence(leg),
        detail=leg.evidence_detail,
        fields=_fields(leg),
        checked=_ago(leg.last_checked_at, journey.now),
        changed=_ago(leg.last_changed_at, journey.now),
        next_check="" if why_not or is_over else _next(leg, journey),
        door=leg.account.carrier if leg.account is not None else leg.carrier,
        through=carrier_name(leg.account.carrier) if leg.account and leg.account.carrier != leg.carrier else "",
        pushes=_(words.SUBSCRIPTIONS[leg.subscription]) if leg.subscription and not is_over else "",
        failures=leg.fail_count,
        failure=words.failure_label(leg.last_failure_kind),
        failure_detail=leg.last_failure_detail,
        failed=_ago(leg.last_failure_at, journey.now) if leg.last_failure_kind else "",
        outage=_outage(journey, leg) if not is_over else "",
        why_not=_(words.WHY_NOT_ASKED[why_not]) if why_not and not is_over else "",
        why_not_key=why_not,
        family=_family(leg, why_not, is_over=is_over),
        candidates=tuple(_candidates(leg)),
    )


def _fields(leg: Leg) -> tuple[tuple[str, str], ...]:
    """What the carrier was told beside the number, under the carrier's labels."""
    sheet = registry.sheets().get(leg.carrier)
    labels = {fact.name: fact.label for fact in sheet.fields} if sheet else {}
    return tuple((labels.get(name, name), str(value)) for name, value in leg.fields.items())


def _evidence(leg: Leg) -> str:
    if leg.evidence == "partner_number" and leg.told_by:
        return _("Linked by {carrier}'s answer").format(carrier=carrier_name(leg.told_by))
    if leg.evidence == "partner_number":
        return _("Linked by the previous carrier's answer")
    return _(words.EVIDENCE[leg.evidence])


def _family(leg: Leg, why_not: str, *, is_over: bool) -> str:
    if is_over:
        return "waiting"
    if why_not:
        return "silent"
    if leg.account is not None and leg.account.outage_since is not None:
        return "problem"
    if leg.last_failure_kind == "not_found":
        return "waiting"
    return "problem" if leg.last_failure_kind else "done"


def _ago(moment: datetime | None, now: datetime) -> str:
    return _("{age} ago").format(age=words.age(now - moment)) if moment else ""


def _outage(journey: Journey, leg: Leg) -> str:
    account = leg.account
    if account is None or account.outage_since is None or account.state != CarrierAccount.State.ACTIVE:
        return ""  # of a refused account `why_not` tells
    since = words.moment(account.outage_since, journey.shipment.merchant.zone)
    return _("{carrier} has not answered since {time}").format(carrier=carrier_name(account.carrier), time=since)


def _next(leg: Leg, journey: Journey) -> str:
    """“about 14:05”, by the merchant's clock; within the next day the hour, later the day."""
    if leg.account is not None and leg.account.outage_since is not None:
        again = outages.asked_again_at(leg.account)
        return _("once it answers; next try in {age}").format(age=words.age(again - journey.now)) if again else ""
    if leg.next_poll_at is None:
        return _("not planned")
    if leg.next_poll_at <= journey.now:
        return _("now")
    at = dates.at(leg.next_poll_at, journey.shipment.merchant.zone)
    if leg.next_poll_at - journey.now < timedelta(hours=24):
        return _("about {time}").format(time=dates.clock_time(at))
    return _("about {time}, {day}").format(time=dates.clock_time(at), day=dates.day(at.date()))


def _candidates(leg: Leg) -> list[Candidate]:
    """Detection's other guesses; none where the carrier was told."""
    return [shown(item) for item in leg.candidates if item["carrier"] != leg.carrier][:4]


def shown(item: Mapping[str, object]) -> Candidate:
    """One item of detection's ranking."""
    slug, confidence = str(item["carrier"]), float(str(item["confidence"]))
    return Candidate(slug=slug, name=carrier_name(slug), share=f"{confidence:.0%}", reason=str(item["reason"]))
