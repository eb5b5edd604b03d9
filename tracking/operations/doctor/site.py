"""The settings and the machine."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django_scopes import scopes_disabled

from tracking import clock
from tracking.env import data_folder
from tracking.operations.doctor.finding import Check, Finding, fail, ok, warn
from tracking.settings import ENV
from tracking.shipments.models import CarrierAccount
from tracking.shipments.sealing import SealError, key_of, open_credentials

_HOME = frozenset({"localhost", "127.0.0.1", "::1", "testserver"})
_GIB = 1024**3


def mode() -> Iterator[Finding]:
    """Whether the site is meant for strangers, and set so."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    if ENV.is_production:
        yield ok("mode", f"in production on {settings.SITE_URL}")
    elif host in _HOME:
        yield ok("mode", f"a {'debugging' if settings.DEBUG else 'demo'} site on this machine")
    else:
        cure = "unset DEBUG and DEMO, and set what docs/operations.md marks as required in production"
        yield fail("mode", f"{'DEBUG' if settings.DEBUG else 'DEMO'} is on, and the site is reached as {host}", cure)
    if clock.speed() != 1:
        yield ok("clock of parcels", f"runs {clock.speed():g} times as fast, as in a demo")


def addresses() -> Iterator[Finding]:
    """Names the site answers to, and who is believed about readers' addresses."""
    if "*" in settings.ALLOWED_HOSTS:
        yield warn("hosts", "the site answers to every name", "set ALLOWED_HOSTS to the names of the site")
    else:
        yield ok("hosts", ", ".join(dict.fromkeys(settings.ALLOWED_HOSTS)))
    if ENV.is_production and not settings.TRUSTED_PROXIES:
        yield warn(
            "proxies",
            "TRUSTED_PROXIES is 0: behind a proxy all readers share one address and one rate limit",
            "set TRUSTED_PROXIES to the number of your reverse proxies",
        )
    else:
        yield ok("proxies", f"{settings.TRUSTED_PROXIES} trusted")
    if ENV.is_production and not ENV.email_url:
        yield warn("mail", "EMAIL_URL is unset: messages go to the log", "set EMAIL_URL")


def embedded_servers() -> Iterator[Finding]:
    """The servers of the demo are for one machine, without backups."""
    own = str(data_folder())
    is_own = [name for name, given in (("PostgreSQL", ENV.database_url), ("Redis", ENV.redis_url)) if not given]
    is_own += [] if is_own else ["PostgreSQL"] if str(settings.DATABASES["default"]["HOST"]).startswith(own) else []
    if is_own and (urlsplit(settings.SITE_URL).hostname or "") not in _HOME:
        cure = "run servers of your own and set DATABASE_URL and REDIS_URL"
        yield warn("servers", f"the demo's own {' and '.join(is_own)} serve this site", cure)
    else:
        yield ok("servers", "the demo's own" if is_own else "of your own")


def secrets() -> Iterator[Finding]:
    """How strong they are, where they lie, and what is still sealed with old ones."""
    if len(set(settings.SECRET_KEY)) < 16:
        yield warn("SECRET_KEY", "uses few different characters", "make another: `openssl rand -base64 48`")
    elif ENV.is_production or ENV.secret_key:
        yield ok("SECRET_KEY", f"{len(settings.SECRET_KEY)} characters")
    else:
        yield ok("SECRET_KEY", "made by the demo, kept in its data folder")
    newest = next(iter(settings.CREDENTIAL_KEYS))
    yield ok("CREDENTIAL_KEYS", f"{len(settings.CREDENTIAL_KEYS)} in the ring; {newest!r} seals")


def sealed_credentials() -> Iterator[Finding]:
    """Whether every account's credentials open, and with which key."""
    newest, shut, old, count = next(iter(settings.CREDENTIAL_KEYS)), [], 0, 0
    with scopes_disabled():
        for account in CarrierAccount.objects.exclude(sealed_credentials=b"").iterator():
            count += 1
            try:
                open_credentials(account)
            except SealError as error:
                shut.append(f"{account.carrier} ({error})")
                continue
            old += key_of(bytes(account.sealed_credentials)) != newest
    if shut:
        told = f"{len(shut)} of {count} accounts do not open: {'; '.join(sorted(set(shut))[:3])}"
        yield fail(
            "credentials", told, "put the missing key back into CREDENTIAL_KEYS, or enter them anew in the console"
        )
    else:
        yield ok("credentials", f"all of {count} accounts open")
    if old:
        cure = f"save these accounts again before the older keys leave CREDENTIAL_KEYS; {newest!r} seals them then"
        yield warn("key rotation", f"{old} accounts are sealed with an older key", cure)


def disk() -> Iterator[Finding]:
    """Room in the data folder, or beside the program where there is none."""
    folder = data_folder()
    found = shutil.disk_usage(folder if folder.exists() else settings.BASE_DIR)
    share, told = found.free / found.total, f"{found.free / _GIB:.1f} GiB free of {found.total / _GIB:.0f}"
    cure = "make room: PostgreSQL stops when its disk is full"
    if share < 0.02 or found.free < _GIB / 4:
        yield fail("disk", told, cure)
    elif share < 0.1 or found.free < _GIB:
        yield warn("disk", told, cure)
    else:
        yield ok("disk", told)


def time_zones() -> Iterator[Finding]:
    """The zones of the world, which scans without an offset need; and the machine's own."""
    try:
        ZoneInfo("Asia/Shanghai")
        ZoneInfo("America/Sao_Paulo")
    except ZoneInfoNotFoundError:
        yield fail("time zones", "the machine knows no zones", "install tzdata: `pip install -r requirements.lock`")
        return
    yield ok("time zones", f"known; this machine shows {time.strftime('%Z')}")


CHECKS: tuple[Check, ...] = (
    mode, addresses, embedded_servers, secrets, sealed_credentials, disk, time_zones,
)  # fmt: skip
