"""What calls to carriers brought and how long they took, counted for the metrics page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from carriers.client import Outcome
from tracking.jobs import counters


def count_call(carrier: str, outcomes: Sequence[Outcome], seconds: float) -> None:
    """One call that asked for these numbers. Its own result is the best of theirs: a batch that told of one number was
    answered."""
    results = Counter(result_of(outcome) for outcome in outcomes)
    for result, count in results.items():
        counters.add("carrier_numbers", carrier, result, amount=count)
    counters.add("carrier_calls", carrier, min(results, key=_rank, default="ok"))
    counters.observe("carrier_call_seconds", carrier, value=seconds)


def count_delays(carrier: str, occurred: Iterable[datetime | None], recorded_at: datetime) -> None:
    """Scans that a carrier told of just now. Scans dated ahead count as told at once."""
    for at in occurred:
        if at is not None:
            counters.observe("detection_delay_seconds", carrier, value=max((recorded_at - at).total_seconds(), 0.0))


def result_of(outcome: Outcome) -> str:
    """ok, unchanged, timeout, or the kind of the failure."""
    if outcome.result is None:
        return "unchanged"
    failure = outcome.result.failure
    if failure is None:
        return "ok"
    return "timeout" if isinstance(failure.__cause__, TimeoutError) else failure.kind


_RANKS = {"ok": 0, "unchanged": 1, "not_found": 2, "missing_field": 3}


def _rank(result: str) -> int:
    return _RANKS.get(result, len(_RANKS))
