"""One timeline out of everything that was reported: a fold, so any order of arrival gives the same result.

`merging` orders the facts by instant and takes together what two carriers (or poll and push) told of the same physical
event; then one walk carries the status along. The rules that the walk obeys stand beside `_Walk`; docs/timeline.md
tells them to people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from carriers.vocabulary import EventCode, Phase, Reason, Status
from tracking.rules.facts import EventFact, LegFact
from tracking.rules.merging import merged
from tracking.rules.milestones import Milestone, milestone_of

# A sorting centre is a sorting centre: which stretch it lies on follows from its country, where carriers do not tell.
_ARRIVED_HUB = {
    "origin": EventCode.FIRST_MILE_ARRIVED_HUB,
    "destination": EventCode.LAST_MILE_ARRIVED_HUB,
    "between": EventCode.TRANSIT_COUNTRY_ARRIVED,
}
_DEPARTED_HUB = {
    "origin": EventCode.FIRST_MILE_DEPARTED_HUB,
    "destination": EventCode.LAST_MILE_DEPARTED_HUB,
    "between": EventCode.TRANSIT_COUNTRY_DEPARTED,
}
HUBS: dict[EventCode, dict[str, EventCode]] = {
    # The last-mile carrier's "picked up" in the buyer's country is where it took over.
    EventCode.FIRST_MILE_PICKED_UP: {"destination": EventCode.LAST_MILE_HANDED_OVER},
    EventCode.FIRST_MILE_ARRIVED_HUB: _ARRIVED_HUB,
    EventCode.LAST_MILE_ARRIVED_HUB: _ARRIVED_HUB,
    EventCode.FIRST_MILE_DEPARTED_HUB: _DEPARTED_HUB,
    EventCode.LAST_MILE_DEPARTED_HUB: _DEPARTED_HUB,
}


class Holder:
    """Who has the parcel now, as a word."""

    SELLER = "seller"
    CARRIER = "carrier"
    CUSTOMS = "customs"
    BUYER = "buyer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One physical event: `lead` is the best-dated report of it, `others` also told it.

    `at` is where it stands in the order; it is the event's instant only where `lead.occurred_at` is set. `status`
    and `phase` are the shipment's after it; `code` may differ from the lead's in the phase (a sorting centre in the
    origin country is first mile).
    """

    at: datetime
    lead: EventFact
    others: tuple[EventFact, ...] = ()
    code: EventCode
    reason: Reason | None
    status: Status
    phase: Phase | None

    @property
    def facts(self) -> tuple[EventFact, ...]:
        """The lead first."""
        return (self.lead, *self.others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What is known of a shipment. `entries` are in order from the oldest; `milestones` hold the first instant of
    each."""

    entries: tuple[Entry, ...]
    status: Status
    phase: Phase | None
    code: EventCode | None  # of the event that gave the status
    reason: Reason | None  # why it is delayed, held or failed; None once it moves again
    last_event_at: datetime | None  # of the latest entry with an instant, whatever it says
    last_moved_at: datetime | None  # of the latest physical entry with an instant
    delivered_at: datetime | None
    milestones: tuple[tuple[Milestone, datetime], ...]
    holder: str
    holder_leg: UUID | None
    unknown_codes: int


def fold(
    events: Iterable[EventFact],
    legs: Sequence[LegFact],
    *,
    origin: str | None = None,
    destination: str | None = None,
) -> Timeline:
    """The timeline of one shipment. `origin` and `destination` are ISO alpha-2 countries, where known."""
    walk = _Walk(legs=legs, origin=origin, destination=destination)
    for at, facts in merged(events, {leg.id: leg.position for leg in legs}):
        walk.step(at, facts)
    return walk.timeline()


class _Walk:
    """Carries the status over the ordered entries.

    - A final status is left only by a later-dated return or by the carrier's own correction; a cancelled label also
    by goods that move.
    - Once returning, ordinary scans are scans of the way back; a delivery in the origin country ends it as returned.
    - Paper (a label, an announcement) never takes back what somebody had in hand.
    - A code without a status (a note, an unknown wording) leaves the status as it was.
    """

    def __init__(self, *, legs: Sequence[LegFact], origin: str | None, destination: str | None) -> None:
        self._legs = sorted(legs, key=lambda leg: leg.position)
        self._origin, self._destination = origin, destination
        self._entries: list[Entry] = []
        self._status = Status.PENDING
        self._phase: Phase | None = None
        self._code: EventCode | None = None
        self._reason: Reason | None = None
        self._final_at: datetime | None = None
        self._has_moved = False
        self._holder_leg: UUID | None = None
        self._last_moved_at: datetime | None = None
        self._milestones: dict[Milestone, datetime] = {}
        self._country_now: str | None = None

    def step(self, at: datetime, facts: tuple[EventFact, ...]) -> None:
        lead = facts[0]
        told, reason = lead.code, lead.reason
        if len(facts) > 1:
            told = max((fact.code for fact in facts), key=len)  # "delivered, signed" is finer than "delivered"
            reason = next((fact.reason for fact in facts if fact.reason is not None), None)
        self._country_now = lead.country
        code = self._placed(told, lead.country)
        is_correction = any(fact.is_correction for fact in facts)
        self._apply(at, code, reason, is_correction=is_correction)
        if code.is_physical:
            self._has_moved = True
            self._holder_leg = lead.leg_id
            self._last_moved_at = lead.occurred_at or self._last_moved_at
        milestone = milestone_of(code)
        if milestone is not None and lead.occurred_at is not None and not is_correction:
            self._milestones.setdefault(milestone, lead.occurred_at)
        self._entries.append(
            Entry(at=at, lead=lead, others=facts[1:], code=code, reason=reason, status=self._status, phase=self._phase)
        )

    def _apply(self, at: datetime, code: EventCode, reason: Reason | None, *, is_correction: bool) -> None:
        status = code.status
        if is_correction:
            if self._status is Status.DELIVERED and not code.is_delivery:
                self._milestones.pop(Milestone.DELIVERED, None)
            self._set(at, status or Status.IN_TRANSIT, code, reason)
        elif self._is_held_by_final(at, code):
            return
        elif self._status is Status.RETURNING and not code.is_return:
            if code.is_delivery and self._is_back_home():
                self._set(at, Status.RETURNED, EventCode.RETURN_COMPLETED, reason)
            elif code.is_delivery:
                self._set(at, Status.DELIVERED, code, reason)
            return
        elif status is not None and (code.is_physical or not self._has_moved or status not in _PAPER):
            self._set(at, status, code, reason)
        phase = code.phase or self._phase_here(code)
        if phase is not None and not (self._has_moved and phase is Phase.SELLER):
            self._phase = phase

    def _set(self, at: datetime, status: Status, code: EventCode, reason: Reason | None) -> None:
        if status is self._status and status is Status.EXCEPTION and reason is None:
            reason = self._reason  # "still held" does not unsay why
        self._status, self._code, self._reason = status, code, reason
        self._final_at = at if status.is_final else None

    def _is_held_by_final(self, at: datetime, code: EventCode) -> bool:
        if self._final_at is None:
            return False
        if (
            self._status is Status.CANCELLED
            and code.is_physical
            and code is not EventCode.EXPORT_CUSTOMS_EXPORT_CANCELLED
        ):
            return False
        if self._status is Status.DELIVERED and code.is_delivery:
            return False  # a finer word for the same end
        return not (code.is_return and at > self._final_at and self._status is not Status.RETURNED)

    def _phase_here(self, code: EventCode) -> Phase | None:
        """A scan that only says "on its way" still says where: abroad, it has left; in its country, it has arrived."""
        country = self._country_now
        is_telling = code.is_physical and country is not None and None not in (self._origin, self._destination)
        if not is_telling or self._origin in (country, self._destination):
            return None
        if country == self._destination:
            return Phase.LAST_MILE if self._is_before(Phase.IMPORT_CUSTOMS) else None
        return Phase.LINEHAUL if self._is_before(Phase.LINEHAUL) else None

    def _is_before(self, phase: Phase) -> bool:
        return self._phase is None or self._phase.rank < phase.rank

    def _is_back_home(self) -> bool:
        country = self._country_now
        return country is not None and country == self._origin and country != self._destination

    def _placed(self, code: EventCode, country: str | None) -> EventCode:
        by_side = HUBS.get(code)
        if by_side is None or country is None or not self._origin or not self._destination:
            return code
        if self._origin == self._destination:
            return code
        side = {self._origin: "origin", self._destination: "destination"}.get(country, "between")
        return by_side.get(side, code)

    def timeline(self) -> Timeline:
        instants = [entry.lead.occurred_at for entry in self._entries if entry.lead.occurred_at is not None]
        holder, leg = self._holder()
        return Timeline(
            entries=tuple(self._entries),
            status=self._status,
            phase=Phase.RETURN if self._status in (Status.RETURNING, Status.RETURNED) else self._phase,
            code=self._code,
            reason=self._reason,
            last_event_at=max(instants, default=None),
            last_moved_at=self._last_moved_at,
            delivered_at=self._milestones.get(Milestone.DELIVERED) if self._status is Status.DELIVERED else None,
            milestones=tuple(sorted(self._milestones.items(), key=lambda pair: (pair[1], pair[0]))),
            holder=holder,
            holder_leg=leg,
            unknown_codes=sum(entry.code is EventCode.UNKNOWN for entry in self._entries),
        )

    def _holder(self) -> tuple[str, UUID | None]:
        if self._status is Status.DELIVERED:
            return Holder.BUYER, None
        if self._status is Status.RETURNED or not self._has_moved:
            return Holder.SELLER, None
        leg = self._holder_leg
        if self._code is EventCode.LAST_MILE_HANDED_OVER and leg is not None:
            leg = self._next_leg(leg)
        if self._code in _AT_CUSTOMS:
            return Holder.CUSTOMS, leg
        return Holder.CARRIER, leg

    def _next_leg(self, leg_id: UUID) -> UUID:
        following = [leg.id for leg in self._legs]
        index = following.index(leg_id) if leg_id in following else -1
        return following[index + 1] if 0 <= index < len(following) - 1 else leg_id


_PAPER = frozenset({Status.PENDING, Status.INFO_RECEIVED})

_AT_CUSTOMS = frozenset(
    {
        EventCode.EXPORT_CUSTOMS_PRESENTED, EventCode.EXPORT_CUSTOMS_HELD,
        EventCode.TRANSIT_COUNTRY_CUSTOMS_PRESENTED, EventCode.TRANSIT_COUNTRY_CUSTOMS_HELD,
        EventCode.IMPORT_CUSTOMS_PRESENTED, EventCode.IMPORT_CUSTOMS_INSPECTION, EventCode.IMPORT_CUSTOMS_HELD,
        EventCode.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, EventCode.IMPORT_CUSTOMS_PAYMENT_REQUIRED,
        EventCode.IMPORT_CUSTOMS_REFUSED, EventCode.IMPORT_CUSTOMS_SEIZED,
    }
)  # fmt: skip
