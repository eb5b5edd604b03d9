"""/healthz and /readyz: what an orchestrator asks a web process.

/healthz says that the process answers, and asks nobody else: a process that is killed because PostgreSQL is away does
not bring PostgreSQL back. /readyz says whether it can do its work: PostgreSQL answers and every migration is applied.
What it says beside that (Redis, the age of the heartbeats) is for people: pages are served without either.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import redis
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tracking.jobs import heartbeats
from tracking.shipments.live import redis_client

KEPT_S = 2.0  # an answer is given again for so long, however often one asks
ROLES = ("ticker", "worker")
Checks = dict[str, str]


@never_cache
@require_safe
def health(_: HttpRequest) -> HttpResponse:
    """200 while this process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def ready(_: HttpRequest) -> JsonResponse:
    """200 while this process can do its work, else 503; with the state of each check."""
    is_ready, checks = _Kept.answer()
    return JsonResponse({"ready": is_ready, "checks": checks}, status=200 if is_ready else 503)


class _Kept:
    """The last answer of this process."""

    lock = threading.Lock()
    until = float("-inf")
    found: tuple[bool, Checks] = (False, {})

    @classmethod
    def answer(cls) -> tuple[bool, Checks]:
        with cls.lock:
            if time.monotonic() >= cls.until:
                cls.found = look()
                cls.until = time.monotonic() + KEPT_S
            return cls.found


def look() -> tuple[bool, Checks]:
    """Whether this process can do its work, and each check's state in a word or two."""
    needed: dict[str, Callable[[], str]] = {"database": _database, "migrations": _migrations}
    checks: Checks = {}
    for name, check in needed.items():
        try:
            checks[name] = check()
        except DatabaseError:
            checks[name] = "away" if name == "database" else "unknown"
    is_ready = all(checks[name] == "ok" for name in needed)
    checks["redis"] = _redis()
    checks |= _heartbeats() if is_ready else dict.fromkeys(ROLES, "unknown")
    return is_ready, checks


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


class _Migrations:
    """Once applied they stay so: a process that has seen it does not look again."""

    are_applied = False


def _migrations() -> str:
    if not _Migrations.are_applied:
        executor = MigrationExecutor(connection)
        _Migrations.are_applied = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "ok" if _Migrations.are_applied else "not applied"


def _redis() -> str:
    try:
        redis_client().ping()
    except redis.RedisError:
        return "away"
    return "ok"


def _heartbeats() -> Checks:
    """Of each role "ok", "late", or "none" where there was no heartbeat for an hour. `rundue` does the work of all."""
    try:
        ages = heartbeats.ages(timezone.now())
    except DatabaseError:
        return dict.fromkeys(ROLES, "unknown")
    fresh = heartbeats.FRESH.total_seconds()
    if ages.get("rundue", fresh) < fresh:
        return dict.fromkeys(ROLES, "ok")
    return {role: "none" if role not in ages else "ok" if ages[role] < fresh else "late" for role in ROLES}
