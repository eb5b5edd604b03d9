"""Whose number it is, as far as a merchant's own accounts, parcels and corrections tell: they move the ranking for that
merchant alone."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from django.db import connection

from carriers import numbers, registry
from carriers.number_text import normalise, shape_of
from tracking.shipments.models import CarrierAccount, Leg, NumberChoice, Shipment

# So many of the latest shipments are a merchant's habit.
RECENT = 100


def detect(merchant_id: UUID, text: str, *, origin: str = "", destination: str = "") -> numbers.Detection:
    """The ranked carriers of a number for a merchant, in whose scope this runs. Three small queries."""
    return numbers.detect(
        text,
        origin=origin or None,
        destination=destination or None,
        own_carriers=own_carriers(merchant_id),
        shares=shares(merchant_id),
        choices=choices(merchant_id, numbers.extract(text).number),
    )


def ranking(merchant_id: UUID, number: str, *, origin: str, destination: str) -> list[dict[str, str | float]]:
    """Detection's ranking, as the API shows it and a leg keeps it: [{carrier, confidence, reason}]."""
    found = detect(merchant_id, number, origin=origin, destination=destination)
    return [
        {"carrier": item.carrier, "confidence": round(item.confidence, 3), "reason": item.reason}
        for item in found.candidates
    ]


def accounts_of(merchant_id: UUID) -> set[str]:
    """The slugs of the carriers with which the merchant has an account."""
    return set(CarrierAccount.objects.filter(merchant_id=merchant_id).values_list("carrier", flat=True))


def own_carriers(merchant_id: UUID) -> set[str]:
    """The carriers with which the merchant has an account, and those for which such an account speaks by name."""
    own = accounts_of(merchant_id)
    return own | {slug for door in own for slug in registry.divisions(door)}


def shares(merchant_id: UUID) -> dict[str, float]:
    """Each carrier's share of the legs of the merchant's latest shipments."""
    latest = Shipment.objects.filter(merchant_id=merchant_id, archived_at=None).order_by("-id").values("id")[:RECENT]
    counts = Counter(
        Leg.objects.standing().filter(shipment__in=latest).exclude(carrier="").values_list("carrier", flat=True)
    )
    return {carrier: count / counts.total() for carrier, count in counts.items()}


def choices(merchant_id: UUID, number: str) -> dict[str, numbers.Choices]:
    """What the merchant's people chose for numbers of this shape."""
    rows = NumberChoice.objects.filter(merchant_id=merchant_id, shape=shape_of(number))
    return {row.carrier: numbers.Choices(chosen=row.chosen, rejected=row.rejected) for row in rows}


_LEARN_SQL = """
INSERT INTO shipments_numberchoice (merchant_id, shape, carrier, chosen, rejected)
VALUES (%(merchant)s, %(shape)s, %(carrier)s, %(chosen)s, %(rejected)s)
ON CONFLICT (merchant_id, shape, carrier) DO UPDATE
   SET chosen = shipments_numberchoice.chosen + excluded.chosen,
       rejected = shipments_numberchoice.rejected + excluded.rejected
"""


def learn(merchant_id: UUID, number: str, *, chosen: str, instead_of: str) -> None:
    """Somebody named a carrier for a number that we had, or would have, taken for another's."""
    if chosen == instead_of:
        return
    rows = [(chosen, 1, 0), (instead_of, 0, 1)]
    with connection.cursor() as cursor:
        for carrier, times_chosen, times_rejected in sorted(row for row in rows if row[0]):
            cursor.execute(
                _LEARN_SQL,
                {
                    "merchant": merchant_id, "shape": shape_of(normalise(number)), "carrier": carrier,
                    "chosen": times_chosen, "rejected": times_rejected,
                },
            )  # fmt: skip
