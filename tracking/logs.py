"""Log lines: one JSON object each in production, plain ones elsewhere. None can be forged, none carries a secret."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from types import TracebackType

# What opens a door: keys of ours, passwords in URLs, authorization headers, and the numbers that open a buyer's page.
_SECRETS = (
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
)
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), 0x7F, 0x85, 0x2028, 0x2029)}


def without_secrets(text: str) -> str:
    """The text with keys, passwords and buyers' numbers replaced by ***."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


class JsonLines(logging.Formatter):
    """time, level, logger, message, and the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object; line breaks within it are escaped."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        if record.exc_info:
            line["traceback"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=True)


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
