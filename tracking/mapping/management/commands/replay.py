from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_scopes import scopes_disabled

from tracking.accounts.models import Merchant
from tracking.mapping import replays
from tracking.mapping.models import Replay
from tracking.rules.shipment_number import clean
from tracking.shipments.errors import Invalid
from tracking.shipments.models import Shipment


class Command(BaseCommand):
    """Reads old raw answers again with today's adapters, fact sheets and phrasebooks."""

    help = "Says how many events and statuses a replay would change; --apply changes them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--carrier", default="", help="slug: every answer of this carrier")
        parser.add_argument("--shipment", default="", help="our number: every answer of this shipment")
        parser.add_argument("--merchant", default="", help="slug of one merchant; default: all, one after the other")
        parser.add_argument("--apply", action="store_true", help="for real; default: a dry run")

    def handle(self, *_: Any, **options: Any) -> None:
        if bool(options["carrier"]) == bool(options["shipment"]):
            raise CommandError("name a --carrier, or a --shipment")
        with scopes_disabled():
            shipment = _shipment(options["shipment"]) if options["shipment"] else None
            merchants = [shipment.merchant] if shipment else _merchants(options["merchant"])
            for merchant in merchants:
                try:
                    replay = replays.start(
                        merchant,
                        carrier=options["carrier"],
                        shipment=shipment,
                        is_dry=not options["apply"],
                        started_by="manage.py replay",
                    )
                except Invalid as error:
                    raise CommandError(f"{merchant.slug}: {error.detail}. {error.cure}") from None
                self._run(merchant, replay)

    def _run(self, merchant: Merchant, replay: Replay) -> None:
        try:
            while replays.run(replay.pk, for_s=5.0):
                replay.refresh_from_db()
                self.stderr.write(f"{merchant.slug}: {replay.shipments_seen} of {replay.shipments_total} shipments")
        except KeyboardInterrupt:
            replays.cancel(replay)
        replay.refresh_from_db()
        self.stdout.write(report(merchant, replay))


def report(merchant: Merchant, replay: Replay) -> str:
    """What a replay came to, for people."""
    what = "would change (dry run)" if replay.is_dry else "changed"
    lines = [
        f"{merchant.slug}: {replay.state}; {replay.shipments_seen} shipments looked at, "
        f"{replay.shipments_replayed} replayed, {replay.shipments_broken} broken",
        f"  answers   {replay.answers_read} read, {replay.answers_unreadable} unreadable",
        f"  events    {replay.events_changed} {what}, {replay.events_new} new, {replay.events_gone} gone, "
        f"{replay.events_unchanged} as before",
        f"  statuses  {replay.statuses_changed} {what}; {replay.shipments_changed} shipments look different",
    ]
    lines += [
        f"  {item['shipment']}  {item['old'] or '(new)'} -> {item['new'] or '(gone)'}  "
        f"{item['raw_code']} {item['text']}".rstrip()
        for item in replay.event_sample[:10]
    ]
    lines += [f"  {item['shipment']}  {item['old']} -> {item['new']}" for item in replay.status_sample[:10]]
    return "\n".join(lines)


def _shipment(number: str) -> Shipment:
    found: Shipment | None = Shipment.objects.select_related("merchant").filter(number=clean(number)).first()
    if found is None:
        raise CommandError(f"no shipment has the number {number!r}")
    return found


def _merchants(slug: str) -> list[Merchant]:
    found = list(Merchant.objects.filter(slug=slug) if slug else Merchant.objects.order_by("slug"))
    if not found:
        raise CommandError(f"no merchant has the slug {slug!r}" if slug else "there is no merchant yet")
    return found
