from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tracking import clock
from tracking.shipments import partitions, retention


class Command(BaseCommand):
    """The months of events and raw answers: docs/scaling.md."""

    help = "Lists the monthly partitions, makes coming ones ready, or takes an old month out."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="every partition with its size, and what stands detached")
        actions.add_parser("ensure", help="make coming months ready and mend what was cut off (the daily job does so)")
        detach = actions.add_parser("detach", help="take an old month out of both tables, without stopping anybody")
        detach.add_argument("month", type=_month, help="of the shipments' creation, such as 2026-01")
        detach.add_argument("--drop", action="store_true", help="delete it for good, with its shipments")
        detach.add_argument("--dry-run", action="store_true", help="say what would be done")
        days = retention.ENDED_FOR.days
        detach.add_argument("--days", type=int, default=days, help=f"all must have ended so long ago ({days})")

    def handle(self, *_: Any, action: str, **options: Any) -> None:
        if action == "list":
            self._list()
        elif action == "ensure":
            for told in partitions.ensure(timezone.now()) or ["enough months stand ready"]:
                self.stdout.write(told)
        else:
            self._detach(**{name: options[name] for name in ("month", "drop", "dry_run", "days")})

    def _list(self) -> None:
        for table in partitions.TABLES:
            for part in partitions.partitions(table):
                marks = " (half detached)" if part.is_pending else ""
                self.stdout.write(f"{part.name:<44} {part.rows:>12,} rows {part.size / 1e6:>10,.1f} MB{marks}")
        for name in partitions.detached():
            self.stdout.write(f"{name:<44} stands alone: dump it (pg_dump -t {name}), then drop it")
        for problem in partitions.problems(timezone.now()):
            self.stdout.write(self.style.WARNING(problem))

    def _detach(self, month: date, *, drop: bool, dry_run: bool, days: int) -> None:
        try:
            found = retention.month_of(month)
            ended_by = clock.now() - timedelta(days=days)
            if dry_run:
                self._tell(found, drop=drop)
                retention.check_ended(found, ended_by)
                return
            names = retention.put_away(found, ended_by, drops=drop)
        except (LookupError, retention.StillAlive) as error:
            raise CommandError(str(error)) from None
        for name in names:
            self.stdout.write(f"{name} {'is dropped' if drop else 'stands alone'}")

    def _tell(self, month: retention.Month, *, drop: bool) -> None:
        self.stdout.write(f"shipments made from {month.first} up to {month.until}:")
        for part in month.parts:
            self.stdout.write(f"  detach {part.name}: some {part.rows:,} rows, {part.size / 1e6:,.1f} MB")
        self.stdout.write(f"  {'delete' if drop else 'archive'} their shipments")


def _month(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}", text, re.ASCII):
        raise ValueError
    return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  a month, no instant
