"""`manage.py doctor`: everything that an operator can have wrong, a line each, with the cure.

A check looks and says what it found; it changes nothing. What cannot be looked at, because a server is away, is a
finding like any other.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import DatabaseError
from redis.exceptions import RedisError

from tracking.operations.doctor import database, servers, site, work
from tracking.operations.doctor.finding import Check, Finding, State

CHECKS: tuple[Check, ...] = (*site.CHECKS, *database.CHECKS, *servers.CHECKS, *work.CHECKS)


def findings() -> Iterator[Finding]:
    """What every check found, in the order of CHECKS."""
    for check in CHECKS:
        try:
            yield from check()
        except DatabaseError as error:
            told = f"the database does not tell: {type(error).__name__}"
            yield Finding(name=_name(check), state=State.FAIL, told=told, cure="see the lines on the database above")
        except RedisError as error:
            told = f"Redis does not tell: {type(error).__name__}"
            yield Finding(name=_name(check), state=State.FAIL, told=told, cure="see the line on Redis above")


def _name(check: Check) -> str:
    return check.__name__.replace("_", " ")


__all__ = ["CHECKS", "Finding", "State", "findings"]
