"""Which leg comes next, and how we know: legs chain by evidence, never by hope."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from carriers.events import NextLeg
from tracking.rules.facts import Evidence, LegFact, LegRole
from tracking.rules.milestones import Milestone
from tracking.rules.timeline import Timeline

_S10 = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}\Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegProposal:
    """A leg that should be opened. `carrier` None: the number is known, whose it is must be found by the name that the
    answer gives, or be detected."""

    carrier: str | None
    number: str
    role: LegRole
    evidence: Evidence
    told_by: str  # the carrier whose answer told, or whose number went on
    detail: str  # which field told, for people
    carrier_name: str = ""


def from_answer(leg: LegFact, told: NextLeg, legs: Sequence[LegFact]) -> LegProposal | None:
    """The leg that a carrier's answer hands over to; None where it is known already or is no hand-over at all."""
    if any(_is_same(told.carrier, told.number, other) for other in legs):
        return None
    return LegProposal(
        carrier=told.carrier,
        number=told.number,
        role=LegRole.LAST_MILE,
        evidence=Evidence.PARTNER_NUMBER,
        told_by=leg.carrier,
        detail=told.evidence or told.carrier_name,
        carrier_name=told.carrier_name,
    )


def from_same_s10(
    timeline: Timeline,
    legs: Sequence[LegFact],
    destination: str | None,
    posts: Mapping[str, str],
    issuers: Collection[str],
) -> LegProposal | None:
    """The destination's post under the same S10 number, once the parcel has left its origin country.

    `posts`: country -> slug of a post that we can ask; `issuers`: countries whose posts issue S10 numbers (some
    line-hauls use the form with a suffix of their own, and no post knows those). An item sent within its own country
    never changes posts, and a post that has the parcel under another number is not asked again.
    """
    post = posts.get(destination or "")
    if post is None or any(leg.carrier == post for leg in legs):
        return None
    if not any(stage in _ABROAD for stage, _ in timeline.milestones):
        return None
    for leg in legs:
        suffix = leg.number[-2:]
        if not _S10.match(leg.number) or suffix == destination or suffix not in issuers:
            continue
        return LegProposal(
            carrier=post,
            number=leg.number,
            role=LegRole.LAST_MILE,
            evidence=Evidence.SAME_S10,
            told_by=leg.carrier,
            detail=leg.number,
        )
    return None


_ABROAD = frozenset({Milestone.LEFT_ORIGIN, Milestone.ARRIVED_DESTINATION, Milestone.CUSTOMS_CLEARED})


def _is_same(carrier: str | None, number: str, leg: LegFact) -> bool:
    return leg.number == number and (carrier is None or carrier == leg.carrier)
