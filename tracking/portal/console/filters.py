"""Which shipments a list shows: a view (tab), filters and a search, all of them in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_noop as _

from carriers import registry
from carriers.vocabulary import Status
from tracking.portal.console.counts import CUSTOMS_PHASES, EVERY_REASON, Counts
from tracking.replica import lagging_reads
from tracking.rules.attention import Attention
from tracking.shipments.models import Leg, Shipment
from tracking.shipments.querysets import ShipmentQuerySet

PAGE_SIZE = 50
_MOST_SEARCHED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A view of the list: its key in the address, its name, which rows and how many."""

    key: str
    label: str
    rows: Q
    count: Callable[[Counts], int | None]


_FAILED = (Status.ATTEMPT_FAILED, Status.RETURNING, Status.RETURNED)
_HELD = Q(status=Status.EXCEPTION.value) | Q(
    status=Status.IN_TRANSIT.value, phase__in=[p.value for p in CUSTOMS_PHASES]
)


def _of(*statuses: Status) -> tuple[Q, Callable[[Counts], int | None]]:
    return Q(status__in=[status.value for status in statuses]), lambda counts: counts.of(statuses)


def _tab(key: str, label: str, *statuses: Status) -> Tab:
    rows, count = _of(*statuses)
    return Tab(key=key, label=label, rows=rows, count=count)


TABS: dict[str, Tab] = {
    tab.key: tab
    for tab in (
        Tab(key="all", label=_("All"), rows=Q(), count=lambda counts: counts.total),
        Tab(
            key="attention",
            label=_("Needs attention"),
            rows=Q(attention__overlap=EVERY_REASON),
            count=lambda counts: counts.attention,
        ),
        _tab("transit", _("In transit"), Status.IN_TRANSIT),
        _tab("out", _("Out for delivery"), Status.OUT_FOR_DELIVERY, Status.AVAILABLE_FOR_PICKUP),
        Tab(
            key="held",
            label=_("Customs and held"),
            rows=_HELD,
            count=lambda counts: counts.in_customs + counts.of((Status.EXCEPTION,)),
        ),
        _tab("failed", _("Failed and returning"), *_FAILED),
        _tab("delivered", _("Delivered"), Status.DELIVERED),
        Tab(key="archived", label=_("Archived"), rows=Q(), count=lambda _counts: None),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What the address asks for; values that mean nothing are dropped."""

    tab: Tab
    text: str = ""
    status: str = ""
    carrier: str = ""
    country: str = ""
    reason: str = ""
    after: UUID | None = None

    @property
    def is_filtered(self) -> bool:
        """By anything but the view."""
        return bool(self.text or self.status or self.carrier or self.country or self.reason)

    def query(self, **changes: str) -> str:
        """The query string of this list, with changes; "" drops a part. Always from the first page."""
        parts = {
            "view": "" if self.tab.key == "all" else self.tab.key,
            "q": self.text,
            "status": self.status,
            "carrier": self.carrier,
            "to": self.country,
            "attention": self.reason,
        } | changes
        told = {key: value for key, value in parts.items() if value}
        return f"?{urlencode(told)}" if told else "?"


def read_listing(asked: Mapping[str, str]) -> Listing:
    """The list that a query string asks for. `asked` holds one value per name."""
    country = asked.get("to", "").upper()
    return Listing(
        tab=TABS.get(asked.get("view", "all"), TABS["all"]),
        text=asked.get("q", "").strip().replace("\0", "")[:_MOST_SEARCHED],
        status=_one_of(asked.get("status", ""), Status),
        carrier=asked.get("carrier", "") if asked.get("carrier", "") in registry.sheets() else "",
        country=country if len(country) == 2 and country.isascii() and country.isalpha() else "",
        reason=_one_of(asked.get("attention", ""), Attention),
        after=_uuid(asked.get("after", "")),
    )


def _one_of(text: str, words: type[Status] | type[Attention]) -> str:
    return text if text in words._value2member_map_ else ""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def shipments(listing: Listing) -> ShipmentQuerySet:
    """The rows of the list, the newest first."""
    rows: ShipmentQuerySet = Shipment.objects.filter(listing.tab.rows)
    rows = rows.exclude(archived_at=None) if listing.tab.key == "archived" else rows.live()
    if listing.text:
        rows = rows.matching(listing.text)
    if listing.status:
        rows = rows.filter(status=listing.status)
    if listing.country:
        rows = rows.filter(destination_country=listing.country)
    if listing.reason:
        rows = rows.filter(attention__contains=[listing.reason])
    if listing.carrier:
        rows = rows.filter(id__in=Leg.objects.standing().filter(carrier=listing.carrier).values("shipment_id"))
    return rows.order_by("-id")


def page(listing: Listing) -> tuple[list[Shipment], UUID | None]:
    """One page with its legs, and where the next one begins; None at the end. Two queries."""
    rows = shipments(listing)
    if listing.after is not None:
        rows = rows.filter(id__lt=listing.after)
    with lagging_reads():
        found = list(rows.with_legs()[: PAGE_SIZE + 1])
    more = len(found) > PAGE_SIZE
    found = found[:PAGE_SIZE]
    return found, found[-1].id if more else None
