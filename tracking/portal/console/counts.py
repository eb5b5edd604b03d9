"""How many shipments there are of each kind, in one query over the merchant's live shipments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Q

from carriers.vocabulary import Phase, Status
from tracking.replica import lagging_reads
from tracking.rules.attention import Attention
from tracking.shipments.models import Shipment

CUSTOMS_PHASES = frozenset({Phase.EXPORT_CUSTOMS, Phase.IMPORT_CUSTOMS})
EVERY_REASON = [reason.value for reason in Attention]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Live shipments of the merchant in scope. `in_customs` are in transit, and at customs."""

    by_status: Counter[str] = field(default_factory=Counter)
    by_country: Counter[str] = field(default_factory=Counter)
    in_customs: int = 0
    attention: int = 0

    @property
    def total(self) -> int:
        """All that are not archived."""
        return self.by_status.total()

    def of(self, statuses: Iterable[Status]) -> int:
        """Those in any of these statuses."""
        return sum(self.by_status[status.value] for status in statuses)


def count_shipments() -> Counts:
    """Everything that tabs, tiles and filters tell; one query."""
    by_status: Counter[str] = Counter()
    by_country: Counter[str] = Counter()
    in_customs = attention = 0
    kinds = (
        Shipment.objects.live()
        .order_by()
        .values_list("status", "phase", "destination_country")
        .annotate(all=Count("id"), urgent=Count("id", filter=~Q(attention=[])))
    )
    with lagging_reads():
        found = list(kinds)
    for status, phase, country, size, urgent in found:
        by_status[status] += size
        by_country[country] += size
        attention += urgent
        if status == Status.IN_TRANSIT and phase in CUSTOMS_PHASES:
            in_customs += size
    return Counts(by_status=by_status, by_country=by_country, in_customs=in_customs, attention=attention)


def attention_count() -> int:
    """How many live shipments need somebody; read from the index of reasons."""
    size: int = Shipment.objects.live().filter(attention__overlap=EVERY_REASON).count()
    return size
