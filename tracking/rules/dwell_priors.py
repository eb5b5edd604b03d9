"""What is taken for granted about dwells before anything was learned: quartiles by phase and event code.

Sources: [P] stage times of 1,119,440 inbound items of a national post (Algérie Poste, items of 15 days and more, read
2026-11-23; days: into the bag 0.41/2.58/5.55, bag to dispatch 0.86/1.22/1.95, dispatch to inward office of exchange
5.80/9.75/16.5, office of exchange to sent on 0.03/0.08/0.92, sent on to delivery office 1.97/3.01/4.95; 59 % of items
delivered after a failed attempt, storage limit 15 days, median gap between repeated events 21 h). [A] our assumption,
for commercial carriers or where no source says anything: to be replaced by what is learned.
"""

from __future__ import annotations

from functools import cache
from math import erfc, exp, log, sqrt
from typing import NamedTuple

from carriers.vocabulary import EventCode, Phase
from tracking.rules.dwell_counts import AGE_BINS_H, Level, Situation
from tracking.rules.dwell_law import MIN_HAZARD, WIDTHS_H, DwellLaw

# Local factors, mean 1. People scan from 07 to 21, little outside of it; Sundays are quiet [A].
WORKING_HOURS = tuple(24 / 14.5 if 7 <= hour < 21 else 24 / 14.5 * 0.05 for hour in range(24))
WORKING_WEEK = (1.12, 1.12, 1.12, 1.12, 1.12, 0.9, 0.5)
ANY_HOUR = (1.0,) * 24  # flights, ships, and computers that announce things
ANY_DAY = (1.0,) * 7
SHORT_H = 12.0  # a median below is spent in working hours alone
QUARTILE_Z = 1.349  # standard deviations between the quartiles of a normal distribution


class Prior(NamedTuple):
    """Quartiles of the hours to the next event, the share that ever has one, and whether people do it."""

    p25_h: float
    p50_h: float
    p75_h: float
    ends: float = 1.0
    is_manned: bool = True


PHASES: dict[Phase, Prior] = {
    Phase.SELLER: Prior(10, 30, 80),  # [A] waits for the pick-up; [P] into the bag: 10/62/133
    Phase.FIRST_MILE: Prior(6, 16, 36),  # [A]; [P] bag to dispatch: 21/29/47
    Phase.EXPORT_CUSTOMS: Prior(6, 18, 40),  # [A]
    Phase.LINEHAUL: Prior(36, 96, 200, 1.0, False),  # between air freight [A] and [P] dispatch to arrival: 139/234/396
    Phase.TRANSIT_COUNTRY: Prior(12, 30, 72, 1.0, False),  # [A]
    Phase.IMPORT_CUSTOMS: Prior(3, 14, 40),  # [P] 0.7/2/22 where nothing is held; [A] longer with what is
    Phase.LAST_MILE: Prior(5, 13, 30),  # [A]; [P] sent on to delivery office: 47/72/119
    Phase.RETURN: Prior(20, 60, 170),  # [A]
}

_FINAL = Prior(20, 60, 200, 0.03)  # [A] what comes after a delivery is a correction or a return

CODES: dict[EventCode, Prior] = {
    EventCode.SELLER_ORDER_CREATED: Prior(4, 20, 60),  # [A]
    EventCode.SELLER_LABEL_CREATED: Prior(10, 26, 62),  # [A]
    EventCode.SELLER_PACKED: Prior(4, 14, 36),  # [A]
    EventCode.SELLER_CANCELLED: _FINAL,
    EventCode.FIRST_MILE_PICKED_UP: Prior(4, 9, 20),  # [A]
    EventCode.FIRST_MILE_ARRIVED_HUB: Prior(5, 12, 28),  # [A]
    EventCode.FIRST_MILE_DEPARTED_HUB: Prior(6, 14, 30),  # [A]
    EventCode.FIRST_MILE_ARRIVED_EXPORT_OFFICE: Prior(10, 24, 47),  # [P] bag to dispatch 21/29/47; [A] scans between
    EventCode.EXPORT_CUSTOMS_PRESENTED: Prior(3, 9, 24),  # [A]
    EventCode.EXPORT_CUSTOMS_HELD: Prior(24, 60, 130),  # [A]
    EventCode.EXPORT_CUSTOMS_RELEASED: Prior(6, 20, 48),  # [A]
    EventCode.LINEHAUL_DEPARTED_EXPORT_OFFICE: Prior(40, 130, 260, 1.0, False),  # [P] 139/234/396, [A] air freight
    EventCode.LINEHAUL_HANDED_TO_CARRIER: Prior(8, 24, 60, 1.0, False),  # [A]
    EventCode.LINEHAUL_DEPARTED: Prior(36, 84, 190, 1.0, False),  # [P], [A]
    EventCode.LINEHAUL_DELAYED: Prior(12, 30, 80, 1.0, False),  # [A]
    EventCode.LINEHAUL_ARRIVED: Prior(5, 14, 34),  # [A]
    EventCode.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE: Prior(2, 10, 26),  # [P] 0.7/2/22
    EventCode.IMPORT_CUSTOMS_HELD_IMPORT_OFFICE: Prior(24, 60, 140),  # [A]
    EventCode.IMPORT_CUSTOMS_DECLARED: Prior(2, 8, 24),  # [A]
    EventCode.IMPORT_CUSTOMS_PRESENTED: Prior(2, 7, 22),  # [P] 0.7/2/22
    EventCode.IMPORT_CUSTOMS_INSPECTION: Prior(20, 48, 110),  # [A]
    EventCode.IMPORT_CUSTOMS_HELD: Prior(24, 70, 160),  # [A]
    EventCode.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED: Prior(24, 72, 170),  # [A]
    EventCode.IMPORT_CUSTOMS_PAYMENT_REQUIRED: Prior(20, 60, 150),  # [A]
    EventCode.IMPORT_CUSTOMS_RELEASED: Prior(4, 11, 24),  # [A]
    EventCode.IMPORT_CUSTOMS_DEPARTED_IMPORT_OFFICE: Prior(10, 24, 60),  # [P] to the delivery office 47/72/119, [A]
    EventCode.LAST_MILE_HANDED_OVER: Prior(5, 13, 28),  # [A]
    EventCode.LAST_MILE_ARRIVED_HUB: Prior(4, 9, 20),  # [A]
    EventCode.LAST_MILE_DEPARTED_HUB: Prior(4, 9, 22),  # [A]
    EventCode.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Prior(2, 8, 20),  # [A]
    EventCode.LAST_MILE_HELD_DELIVERY_OFFICE: Prior(14, 30, 90),  # [P] storage limit 15 days; [A]
    EventCode.LAST_MILE_OUT_FOR_DELIVERY: Prior(2, 4, 7),  # [A] a round takes a working day
    EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP: Prior(16, 40, 110),  # [P] storage limit 15 days; [A]
    EventCode.LAST_MILE_ATTEMPT_FAILED_ABSENT: Prior(12, 21, 40),  # [P] median gap of repeated events 21 h
    EventCode.LAST_MILE_ATTEMPT_FAILED_OTHER: Prior(12, 21, 40),  # the same
    EventCode.LAST_MILE_ATTEMPT_FAILED_ADDRESS: Prior(14, 30, 80),  # [A]
    EventCode.LAST_MILE_DELIVERED: _FINAL,
    EventCode.LAST_MILE_DELIVERED_COLLECTED: _FINAL,
    EventCode.LAST_MILE_DELIVERED_SIGNED: _FINAL,
    EventCode.LAST_MILE_DELIVERED_COD: _FINAL,
    EventCode.LAST_MILE_DELIVERED_NEIGHBOUR: _FINAL,
    EventCode.LAST_MILE_DELIVERED_SAFE_PLACE: _FINAL,
    EventCode.ANY_LOST: Prior(60, 160, 400, 0.4),  # [A]
    EventCode.ANY_DISPOSED: _FINAL,
    EventCode.RETURN_COMPLETED: _FINAL,
}


def prior_of(situation: Situation) -> tuple[DwellLaw, Level]:
    """The finest prior there is for a situation, and how fine it is: CODE or PHASE."""
    code = situation.event_code
    if code is not None and code in CODES:
        return _law(CODES[code]), Level.CODE
    return _law(PHASES[situation.phase]), Level.PHASE


@cache
def _law(prior: Prior) -> DwellLaw:
    sigma = log(prior.p75_h / prior.p25_h) / QUARTILE_Z
    by_hour, by_weekday = (WORKING_HOURS, WORKING_WEEK) if prior.is_manned else (ANY_HOUR, ANY_DAY)
    busy = max(by_hour) if prior.p50_h < SHORT_H else 1.0
    base = []
    for lower, width in zip(AGE_BINS_H, WIDTHS_H, strict=True):
        passed = _survival(prior, sigma, lower + width) / _survival(prior, sigma, lower)
        base.append(max(-log(passed) / width / busy, MIN_HAZARD))
    return DwellLaw(tuple(base), by_hour, by_weekday)


def _survival(prior: Prior, sigma: float, age_h: float) -> float:
    """Log-normal for those that end; the tail is kept above what a float can divide by."""
    gone = 0.0 if age_h <= 0 else 1 - 0.5 * erfc(log(age_h / prior.p50_h) / sigma / sqrt(2))
    return 1 - prior.ends + prior.ends * max(1 - gone, exp(-25 - age_h / 1000))
