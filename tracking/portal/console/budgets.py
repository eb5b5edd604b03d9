"""An account's budget as the console shows it: a line per window, with what is left, when more comes, and why less."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django_scopes import scopes_disabled

from carriers.facts import Limit, Per
from tracking.portal.console import words
from tracking.shipments.models import CarrierAccount
from tracking.shipments.polling import budget

PER_LABELS: dict[Per, str | Promise] = {
    Per.SECOND: _lazy("a second"),
    Per.MINUTE: _lazy("a minute"),
    Per.HOUR: _lazy("an hour"),
    Per.DAY: _lazy("a day"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowLine:
    """One window of a budget. Texts are ready to be shown; "" where there is nothing to say."""

    allowed: str
    used: str
    left: str
    reserve: str
    resets: str
    learned: str


def allowed(limit: Limit) -> str:
    """ "250 a day"."""
    return f"{limit.calls:,} {PER_LABELS[limit.per]}"


def window_lines(accounts: Iterable[CarrierAccount], zone: str) -> dict[str, list[WindowLine]]:
    """The lines of every account, by its id; times on the clocks of `zone`. One query."""
    told = budget.standings(accounts)
    return {account: [_line(standing, zone) for standing in standings] for account, standings in told.items()}


def shared_with(account: CarrierAccount) -> int:
    """How many other accounts hold the same key, whosever they are."""
    return sharing([account]).get(account.budget_key, 1) - 1 if account.budget_key else 0


def sharing(accounts: Iterable[CarrierAccount]) -> dict[str, int]:
    """How many accounts hold each of these accounts' keys. One query, across merchants; it tells a number only."""
    keys = [account.budget_key for account in accounts if account.budget_key]
    with scopes_disabled():
        rows = CarrierAccount.objects.filter(budget_key__in=keys).values_list("budget_key").annotate(Count("id"))
        return dict(rows.order_by())


def _line(standing: budget.Standing, zone: str) -> WindowLine:
    return WindowLine(
        allowed=allowed(standing.limit),
        used=f"{standing.used:,}",
        left=f"{standing.left:,}",
        reserve=f"{standing.reserve:,}" if standing.reserve else "",
        resets=_resets(standing.resets_at, zone),
        learned=_learned(standing.learned, zone),
    )


def _resets(moment: datetime | None, zone: str) -> str:
    if moment is None:
        return ""
    if (moment - timezone.now()).total_seconds() < 60:
        return _("in a moment")
    return words.moment(moment, zone)


def _learned(lesson: dict[str, Any] | None, zone: str) -> str:
    if lesson is None:
        return ""
    at = words.moment(datetime.fromisoformat(lesson["at"]), zone)
    if lesson["limit"] is None:
        return _("The carrier asked for fewer calls on {when}.").format(when=at)
    told = _("The carrier turned calls away on {when}, of {limit} allowed. It comes back by itself within days.")
    return told.format(when=at, limit=f"{lesson['limit']:,}")
