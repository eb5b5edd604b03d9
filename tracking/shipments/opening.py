"""Opens legs: whose number it is, with which account it is asked, and why it belongs to the shipment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from carriers import registry
from tracking import clock
from tracking.rules.facts import Evidence, LegRole
from tracking.rules.handover import LegProposal
from tracking.shipments import detection
from tracking.shipments.carrier_facts import carrier_sheet, check_fields, clean_number
from tracking.shipments.models import CarrierAccount, Leg, Shipment
from tracking.shipments.polling import subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class LegSpec:
    """A leg as a merchant or an operator names it. `carrier` None: detected; `carrier_name`: one that we do not
    know."""

    number: str
    carrier: str | None = None
    carrier_name: str = ""
    role: LegRole | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


def build_leg(shipment: Shipment, legs: Sequence[Leg], spec: LegSpec, evidence: Evidence) -> Leg:
    """An unsaved leg at the end of the chain. Raises Invalid."""
    number = clean_number(spec.number)
    ranking: list[dict[str, str | float]] = []
    carrier = ""
    if spec.carrier:
        carrier = carrier_sheet(spec.carrier).slug
    elif not spec.carrier_name:
        ranking = _ranking(shipment, number)
        carrier = _best(ranking, detection.accounts_of(shipment.merchant_id))
    fields = dict(spec.fields)
    if spec.carrier:
        fields = check_fields(registry.sheet(carrier), spec.fields)
    return _leg(
        shipment,
        legs,
        carrier=carrier,
        carrier_name=spec.carrier_name.strip()[:80],
        number=number,
        role=spec.role or _role(legs),
        fields=fields,
        candidates=ranking,
        evidence=evidence,
    )


def build_named_leg(shipment: Shipment, legs: Sequence[Leg], carrier_name: str, evidence: Evidence) -> Leg:
    """An unsaved leg of a company that is known by name only; it goes by our own number, which need not look like a
    carrier's."""
    return _leg(
        shipment,
        legs,
        carrier="",
        carrier_name=carrier_name,
        number=shipment.number,
        role=_role(legs) if legs else LegRole.FIRST_MILE,
        fields={},
        candidates=[],
        evidence=evidence,
    )


def open_proposed_leg(shipment: Shipment, legs: Sequence[Leg], proposal: LegProposal) -> Leg | None:
    """An unsaved leg for a hand-over; None where its number belongs to a standing leg already, or nobody could read
    it."""
    named = proposal.carrier or registry.slug_of(proposal.carrier_name) or ""
    carrier, ranking = named, []
    divisions = registry.divisions(named) if named and not proposal.carrier else ()
    if not proposal.carrier and (divisions or not registry.has_adapter(named)):
        ranking = _ranking(shipment, proposal.number)
        best = _best(ranking, detection.accounts_of(shipment.merchant_id))
        carrier = (best if not divisions or best in divisions else "") or named
    if any(leg.number == proposal.number and leg.carrier == carrier for leg in legs):
        return None
    leg = _leg(
        shipment,
        legs,
        carrier=carrier,
        carrier_name="" if carrier else proposal.carrier_name[:80],
        number=proposal.number[:50],
        role=proposal.role,
        fields=_inherited_fields(carrier, legs),
        candidates=ranking,
        evidence=proposal.evidence,
    )
    leg.evidence_detail = proposal.detail[:120]
    leg.told_by = proposal.told_by
    return leg


def _leg(
    shipment: Shipment,
    legs: Sequence[Leg],
    *,
    carrier: str,
    carrier_name: str,
    number: str,
    role: LegRole,
    fields: Mapping[str, str],
    candidates: list[dict[str, str | float]],
    evidence: Evidence,
) -> Leg:
    # A company that is known by name only has no number that anybody could ask for.
    account = None if carrier_name and not carrier else account_for(shipment.merchant_id, carrier)
    return Leg(
        merchant_id=shipment.merchant_id,
        shipment_id=shipment.id,
        position=max((leg.position for leg in legs), default=0) + 1,
        carrier=carrier,
        carrier_name=carrier_name,
        number=number,
        role=role.value,
        fields=dict(fields),
        candidates=candidates,
        evidence=evidence.value,
        account=account,
        next_poll_at=clock.now() if account is not None else None,
        **subscriptions.wish(account.carrier if account is not None else None),
    )


def account_for(merchant_id: UUID, carrier: str) -> CarrierAccount | None:
    """The merchant's account through which a carrier is asked, None where there is none.

    Its own account first; else one whose API answers for it (DHL's for all its divisions, an aggregator's).
    """
    doors = doors_of(carrier)
    accounts = CarrierAccount.objects.filter(merchant_id=merchant_id, carrier__in=doors)
    return min(accounts, key=lambda account: doors.index(account.carrier), default=None)


def doors_of(carrier: str) -> tuple[str, ...]:
    """The slugs of the adapters that can ask for a carrier's numbers, its own first."""
    own = (carrier,) if registry.has_adapter(carrier) else ()
    return own + registry.reaching(carrier)


def why_not_polled(leg: Leg) -> str | None:
    """Why nobody asks the carrier for this leg, as a word; None where somebody does (or the journey is over)."""
    if leg.account_id is None:
        if not leg.carrier:
            return "carrier_unknown"
        return "no_account" if registry.has_adapter(leg.carrier) else "no_adapter"
    if leg.account is not None and leg.account.state != CarrierAccount.State.ACTIVE:
        return "account_" + leg.account.state
    return None


def _ranking(shipment: Shipment, number: str) -> list[dict[str, str | float]]:
    return detection.ranking(
        shipment.merchant_id, number, origin=shipment.origin_country, destination=shipment.destination_country
    )


def _best(ranking: list[dict[str, str | float]], accounts: set[str]) -> str:
    """The best candidate that we can ask, unless one that we cannot is clearly surer."""
    if not ranking:
        return ""
    askable = [item for item in ranking if _can_be_asked(str(item["carrier"]), accounts)]
    if askable and float(askable[0]["confidence"]) >= 0.5 * float(ranking[0]["confidence"]):
        return str(askable[0]["carrier"])
    return str(ranking[0]["carrier"])


def _can_be_asked(carrier: str, accounts: set[str]) -> bool:
    return registry.has_adapter(carrier) or not accounts.isdisjoint(doors_of(carrier))


def _role(legs: Sequence[Leg]) -> LegRole:
    return LegRole.DOOR_TO_DOOR if not legs else LegRole.LAST_MILE


def _inherited_fields(carrier: str, legs: Sequence[Leg]) -> dict[str, str]:
    """What an earlier leg was told (the buyer's postal code) serves the next one too."""
    if carrier not in registry.sheets():
        return {}
    told: dict[str, str] = {name: value for leg in legs for name, value in leg.fields.items()}
    return {fact.name: told[fact.name] for fact in registry.sheet(carrier).fields if fact.name in told}
