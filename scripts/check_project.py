"""`make lint`'s last step: what only a running Django can tell.

Migrations complete and safe, settings fit for production, the API's description free of warnings, the catalogues
compiled. Prints what is wrong; ends with the number of checks that failed.
"""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tracking.embedded import Servers  # noqa: E402

PRODUCTION = {
    "SECRET_KEY": secrets.token_urlsafe(60),
    "CREDENTIAL_KEYS": f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
    "SITE_URL": "https://track.example.com",
}
# django-migration-linter is a tool of developers: its command exists only here.
LINTER = """
import sys
from tracking import settings
settings.INSTALLED_APPS += ["django_migration_linter"]
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""


def main() -> int:
    """The number of the checks that failed."""
    apps = sorted(path.parent.name for path in (ROOT / "tracking").glob("*/migrations"))
    with Servers(ROOT / ".data" / "lint", durable=False) as servers:
        demo = servers.environment() | {"DEMO": "true", "DJANGO_SETTINGS_MODULE": "tracking.settings"}
        linter = (sys.executable, "-c", LINTER, "lintmigrations", "--quiet", "ok", "--include-apps", *apps)
        checks = {
            "settings fit for production": (
                manage("check", "--deploy", "--fail-level", "WARNING"),
                servers.environment() | PRODUCTION,
            ),
            "no migration is missing": (manage("makemigrations", "--check", "--dry-run"), demo),
            "migrations apply": (manage("migrate", "--no-input", "--verbosity", "0"), demo),
            "migrations are safe to deploy": (linter, demo),
            "migrations expand before they contract": ((sys.executable, "scripts/migration_rules.py"), demo),
            "the API describes itself": (
                manage("spectacular", "--validate", "--fail-on-warn", "--file", os.devnull),
                demo,
            ),
        }
        results = [passes(name, command, environment) for name, (command, environment) in checks.items()]
    results.append(catalogues_are_compiled())
    return results.count(False)


def manage(*arguments: str) -> tuple[str, ...]:
    """A manage.py command line."""
    return (sys.executable, "manage.py", *arguments)


def passes(name: str, command: tuple[str, ...], environment: Mapping[str, str]) -> bool:
    """Whether the command ends well; prints what it said if not."""
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False)
    print(f"{'ok' if done.returncode == 0 else 'WRONG':>5}  {name}")
    if done.returncode:
        print(done.stdout + done.stderr)
    return done.returncode == 0


def catalogues_are_compiled() -> bool:
    """Whether every catalogue's compiled form says what its text says."""
    stale = []
    for source in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po")):
        compiled = source.with_suffix(".mo")
        with source.open("rb") as file:
            wanted = texts(message for message in read_po(file) if not message.fuzzy)
        if not compiled.exists():
            stale.append(source)
            continue
        with compiled.open("rb") as file:
            found = texts(read_mo(file))
        if wanted != found:
            stale.append(source)
    print(f"{'WRONG' if stale else 'ok':>5}  catalogues are compiled (`make messages`)")
    for source in stale:
        print(f"       {source.relative_to(ROOT)}")
    return not stale


def texts(messages: Iterable[Message]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """(context, singular, plural) -> the translated forms, of those that are translated."""
    return {
        (message.context or "", *_forms(message.id)): _forms(message.string)
        for message in messages
        if message.id and any(_forms(message.string))
    }


def _forms(text: str | Sequence[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


if __name__ == "__main__":
    sys.exit(main())
