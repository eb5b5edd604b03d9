"""The standards' status codes (`carriers/tables/<name>.toml`): [status] as in a fact sheet, and three tables more."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from carriers.facts import UNKNOWN, FactSheet, Meaning
from carriers.sheets import TABLES, FactSheetError
from carriers.vocabulary import EventCode, Reason, Status

_WITH_REASON = frozenset({Status.EXCEPTION, Status.ATTEMPT_FAILED, Status.RETURNING})


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTable:
    """One standard's codes. `estimates`: codes of what lies ahead; `words`: what to show where the message has none."""

    name: str
    source: str
    read_on: date
    statuses: Mapping[str, Meaning]
    reasons: Mapping[str, Reason]
    estimates: Mapping[str, str]
    words: Mapping[str, str]

    def meaning(
        self, code: str, *finer: str, reason: str = "", text: str = "", sheet: FactSheet | None = None
    ) -> tuple[str, Meaning]:
        """What a code means, after the key under which it was found: that of the partner's sheet, else of the standard;
        "<code>/<reason>" before "<code>/<finer>" before the code alone.

        The reason is told where something is late, held, failed or sent back, and nowhere else.
        """
        keys = [f"{code}/{more}" for more in (reason, *finer) if more] + [code]
        if sheet is not None:
            key = next((key for key in keys if key in sheet.codes), code)
            told = sheet.meaning(key, text)
            if told is not UNKNOWN:
                return key, told
        key = next((key for key in keys if key in self.statuses), f"{code}/{reason}" if reason else code)
        found = self.statuses.get(key, UNKNOWN)
        why = found.reason or self.reasons.get(reason)
        return key, Meaning(found.code, why if found.code.status in _WITH_REASON else None)

    def wording(self, code: str, *finer: str) -> str:
        """The standard's words for a code, in the finest form that has any; "" where there are none."""
        keys = [f"{code}/{more}" for more in finer if more] + [code]
        return next((self.words[key] for key in keys if key in self.words), "")


@cache
def code_table(name: str) -> CodeTable:
    """The table `tables/<name>.toml`. Raises FactSheetError, which names the table and the code."""
    where = f"tables/{name}.toml"
    read = tomllib.loads((TABLES / f"{name}.toml").read_text(encoding="utf-8"))
    source = read["status_source"]
    return CodeTable(
        name=name,
        source=str(source["document"]),
        read_on=source["read_on"],
        statuses={code: _meaning(f"{where} [status] {code}", value) for code, value in read["status"].items()},
        reasons={code: _reason(f"{where} [reason] {code}", value) for code, value in read.get("reason", {}).items()},
        estimates=dict(read.get("estimate", {})),
        words=dict(read.get("words", {})),
    )


def _meaning(where: str, value: Any) -> Meaning:
    row = {"code": value} if isinstance(value, str) else value
    try:
        code = EventCode(row["code"])
    except (KeyError, TypeError, ValueError) as error:
        raise FactSheetError(f"{where}: {value!r} is no event code") from error
    return Meaning(code, _reason(where, row["reason"]) if "reason" in row else None)


def _reason(where: str, value: Any) -> Reason:
    try:
        return Reason(value)
    except ValueError as error:
        raise FactSheetError(f"{where}: {value!r} is no reason") from error
