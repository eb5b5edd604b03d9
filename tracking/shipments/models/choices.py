"""The closed vocabularies as the database's choices. Callables: a new status needs no migration."""

from __future__ import annotations

from carriers.vocabulary import EventCode, Phase, Reason, Status
from tracking.rules.facts import Channel, Evidence, LegRole


def _values(enum: type[Status | Phase | EventCode | Reason | Channel | Evidence | LegRole]) -> list[tuple[str, str]]:
    return [(member.value, member.value) for member in enum]


def status_choices() -> list[tuple[str, str]]:
    """The twelve statuses."""
    return _values(Status)


def phase_choices() -> list[tuple[str, str]]:
    return _values(Phase)


def event_code_choices() -> list[tuple[str, str]]:
    return _values(EventCode)


def reason_choices() -> list[tuple[str, str]]:
    return _values(Reason)


def channel_choices() -> list[tuple[str, str]]:
    return _values(Channel)


def evidence_choices() -> list[tuple[str, str]]:
    return _values(Evidence)


def role_choices() -> list[tuple[str, str]]:
    return _values(LegRole)
