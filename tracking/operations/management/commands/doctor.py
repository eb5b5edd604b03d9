from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tracking.operations.doctor import Finding, State, findings


class Command(BaseCommand):
    """Looks at everything an operator can have wrong. Ends with 1 where something fails."""

    help = "Says of settings, database, Redis, processes and work whether they are well, and what to do if not."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *_: Any, **options: Any) -> str | None:
        found: list[Finding] = []
        for finding in findings():
            found.append(finding)
            if not options["json"]:
                self.stdout.write(self._line(finding))
        worst = [finding for finding in found if finding.state is State.FAIL]
        if options["json"]:
            self.stdout.write(json.dumps({"ok": not worst, "findings": [asdict(finding) for finding in found]}))
        else:
            warned = sum(finding.state is State.WARN for finding in found)
            self.stdout.write(f"{len(found)} looked at: {len(worst)} fail, {warned} to be looked into")
        if worst:
            raise SystemExit(1)
        return None

    def _line(self, finding: Finding) -> str:
        colour = {State.OK: self.style.SUCCESS, State.WARN: self.style.WARNING, State.FAIL: self.style.ERROR}
        line = f"{colour[finding.state](f'{finding.state:>4}')}  {finding.name}: {finding.told}"
        return f"{line}\n      -> {finding.cure}" if finding.cure else line
