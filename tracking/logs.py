"""Log lines: one JSON object each in production, plain ones elsewhere. None can be forged, none carries a secret, and
none says who a parcel is for: ids of rows, names of routes and counts, never numbers, names or addresses."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType

# What opens a door, or tells of a person: keys of ours, passwords in URLs, authorization headers, the numbers that open
# a buyer's page and those that a carrier's page takes, addresses of mail, telephone numbers, and the lines in which
# PostgreSQL repeats a row.
_SECRETS = (
    (re.compile(r"(?m)^(DETAIL|CONTEXT|LINE \d+):.*$"), r"\1: ***"),
    (re.compile(r"\btl_[A-Za-z0-9_-]{6,}"), "tl_***"),
    (re.compile(r"(?<=://)[^/\s@]*:[^/\s@]*(?=@)"), "***"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 ***"),
    (
        re.compile(
            r"(?i)\b(password|passwd|secret|api_?key|access_token|client_secret)([\"']?\s*[=:]\s*[\"']?)[^\s,;&'\"}]+"
        ),
        r"\1\2***",
    ),
    (re.compile(r"(/t/)[A-Za-z0-9-]{6,}"), r"\1***"),
    (re.compile(r"(/hooks/[a-z0-9_]+/)[A-Za-z0-9_-]{6,}"), r"\1***"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "***@***"),
    # Ours: 17 symbols, or in groups of four. A UUID is in small letters.
    (re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}(?:-?[0-9A-HJKMNP-TV-Z]{4}){3}-?[0-9A-HJKMNP-TV-Z]\b"), "***"),
    (re.compile(r"\b[A-Z]{2}\d{9}[A-Z]{2}\b"), "***"),  # a postal item's, UPU S10
    (re.compile(r"(?<![\w.])\+\d[\d ()./-]{7,}\d\b"), "***"),
)
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), 0x7F, 0x85, 0x2028, 0x2029)}

_bound: ContextVar[Mapping[str, object]] = ContextVar("log_fields", default={})  # noqa: B039  (never changed in place)


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Every line written within carries these fields: the request's or the task's id, the ids of rows it is about."""
    token = _bound.set({**_bound.get(), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


def without_secrets(text: str) -> str:
    """The text with keys, passwords, numbers and people's addresses replaced by ***."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


class RouteNotPath(logging.Filter):
    """Django's own lines on a request name its route instead of its path, which may hold a number."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true: the record goes on, changed."""
        request = getattr(record, "request", None)
        path = getattr(request, "path", None)
        if path and isinstance(record.args, tuple):
            match = getattr(request, "resolver_match", None)
            route = f"/{match.route}" if match is not None else "(no route)"
            record.args = tuple(route if arg == path else arg for arg in record.args)
        return True


class JsonLines(logging.Formatter):
    """time, level, logger, message, the fields that are bound, and the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object; line breaks within it are escaped."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        line |= {name: value for name, value in fields_of(record).items() if name not in line}
        if record.exc_info:
            line["traceback"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=True, default=str)


class TextLines(logging.Formatter):
    """Time, level, logger and message on one line, a traceback below it; for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", datefmt="%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (logging's own name)
        """The line, with whatever could end it early escaped."""
        return without_secrets(super().formatMessage(record)).translate(_CONTROLS)

    def formatException(  # noqa: N802
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """The traceback."""
        return without_secrets(super().formatException(ei))


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """What is bound where the line was written, and what the line itself brings (`extra={"fields": {...}}`)."""
    return {**_bound.get(), **getattr(record, "fields", {})}
