"""Whether the work gets done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django.utils import timezone

from tracking.jobs import daily, heartbeats
from tracking.jobs.models import JobRun
from tracking.operations import state
from tracking.operations.doctor.finding import Check, Finding, age, by_age, fail, ok, warn

_A_DAY = 86_400.0
# Role -> what stands still without it, and how it is started.
ROLES = {
    "ticker": ("no carrier is asked", "start `manage.py ticker`"),
    "worker": ("no carrier is asked", "start a worker: `celery -A tracking worker`, and see that the broker answers"),
    "dispatcher": ("no webhook is sent", "start `manage.py dispatcher`"),
}


def processes() -> Iterator[Finding]:
    """A heartbeat of every role within the last minute. `rundue` does the work of all."""
    ages, fresh = state.heartbeat_ages(), heartbeats.FRESH.total_seconds()
    if ages.get("rundue", fresh) < fresh:
        yield ok("rundue", f"does the whole work; its last heartbeat is {age(ages['rundue'])} old")
        return
    for role, (loss, cure) in ROLES.items():
        if role not in ages:
            yield fail(role, f"none was alive within the last hour: {loss}", cure)
        else:
            yield by_age(role, ages[role], "age of its last heartbeat:", warn_s=fresh, fail_s=3 * fresh, cure=cure)


def due_legs() -> Iterator[Finding]:
    """Whether carriers are asked when their time has come."""
    due = state.due_legs()
    yield by_age(
        "due legs",
        due.oldest_machine_s if due.count else 0.0,
        f"{due.count} wait to be asked, {due.claimed} are being asked; the oldest is due for",
        warn_s=600,
        fail_s=3600,
        cure="run more workers; if few carriers hold them up, see their accounts' budgets",
    )


def pushes() -> Iterator[Finding]:
    """Whether what carriers pushed is read."""
    unread = state.unread_pushes()
    cure = "see why workers do not read: their log names the push"
    yield by_age(
        "pushes", unread.oldest_s, f"{unread.count} wait to be read; the oldest for", warn_s=300, fail_s=3600, cure=cure
    )
    if unread.given_up:
        cure = "their rows in shipments_inboundpush say why; set attempts to 0 to have them tried again"
        yield warn("unreadable pushes", f"{unread.given_up} could not be read five times", cure)


def outbox() -> Iterator[Finding]:
    """Whether those who want news get it."""
    outbox = state.outbox()
    cure = "start `manage.py dispatcher`, or another one beside it"
    yield by_age(
        "untold changes", outbox.untold_s, f"{outbox.untold} wait; the oldest for", warn_s=300, fail_s=3600, cure=cure
    )
    due = dict(outbox.by_state)["due"]
    yield by_age("deliveries", outbox.oldest_s, f"{due} are due; the oldest for", warn_s=300, fail_s=3600, cure=cure)


def accounts() -> Iterator[Finding]:
    """Carriers that refuse us, or do not serve us."""
    refused = Counter({carrier: count for carrier, kind, count in state.accounts() if kind == "refused"})
    away = state.outages()
    if refused:
        told = ", ".join(f"{carrier} ({count})" for carrier, count in sorted(refused.items()))
        yield warn("refused accounts", told, "the console says what the carrier said; enter valid credentials")
    if away:
        yield warn("outages", f"{', '.join(away)} do not answer", "nothing to do here: they are probed until they do")
    if not refused and not away:
        yield ok("carrier accounts", "none is refused, every carrier answers")


def daily_jobs() -> Iterator[Finding]:
    """Whether each was finished within the last day and an hour."""
    now, ages = timezone.now(), state.job_ages()
    is_young = not JobRun.objects.filter(on__lt=now.date()).exists()
    for name in daily.names():
        told = JobRun.objects.filter(name=name, finished_at=None).order_by("-on").values_list("told", flat=True).first()
        cure = f"its last attempt said: {told}" if told else "see that ticker and workers run"
        if name in ages:
            yield by_age(
                f"job {name}", ages[name], "age of its last run:", warn_s=_A_DAY + 7200, fail_s=4 * _A_DAY, cure=cure
            )
        elif is_young:
            yield ok(f"job {name}", "has not had its first night")
        else:
            yield warn(f"job {name}", "was never finished", cure)


CHECKS: tuple[Check, ...] = (processes, due_legs, pushes, outbox, accounts, daily_jobs)
