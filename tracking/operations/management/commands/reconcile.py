from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_scopes import scopes_disabled

from tracking.operations import reconcile
from tracking.shipments.models import Shipment


class Command(BaseCommand):
    """Compares what is kept of shipments with what follows from their events. Ends with 1 where they differ."""

    help = "Derives shipments again from their events and reports every difference; --repair mends what is derived."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", nargs="*", help="numbers of shipments (default: all of them)")
        parser.add_argument("--repair", action="store_true", help="fold what differs once more; nobody is told of it")

    def handle(self, *_: Any, **options: Any) -> None:
        looked, found, gaps, wishes = 0, 0, 0, reconcile.wanted()
        for ids in _ids(options["number"]):
            differences = reconcile.differences(ids, wishes, repair=options["repair"])
            for difference in differences:
                self.stdout.write(f"{difference.shipment_id} {difference.kind}: {difference.detail}")
            looked, found = looked + len(ids), found + len(differences)
            gaps += sum(difference.kind != "derived" for difference in differences)
        self.stdout.write(f"{looked} shipments, {found} differences")
        if found and (gaps or not options["repair"]):
            raise CommandError(f"{gaps if options['repair'] else found} differences are left", returncode=1)


def _ids(numbers: list[str]) -> Iterable[list[UUID]]:
    if not numbers:
        return reconcile.all_shipments()
    with scopes_disabled():
        found = dict(Shipment.objects.filter(number__in=numbers).values_list("number", "id"))
    if missing := sorted(set(numbers) - set(found)):
        raise CommandError(f"{len(missing)} of these numbers are no shipment's")
    return [list(found.values())]
