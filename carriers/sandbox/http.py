"""One request and one answer, without a framework."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl


@dataclass(slots=True)
class Request:
    """What came in. `path` lacks the carrier's slug; header names are lower case."""

    method: str
    path: str
    query_text: str
    headers: Mapping[str, str]
    body: bytes

    def query(self) -> dict[str, str]:
        """The query's parameters, the last of each name."""
        return dict(parse_qsl(self.query_text, keep_blank_values=True)) if self.query_text else {}

    def form(self) -> dict[str, str]:
        """A form's fields, or a JSON object's text values: token endpoints are asked in both ways."""
        text = self.body.decode("utf-8", "replace")
        if text.lstrip().startswith("{"):
            value = self.json()
            return (
                {key: item for key, item in value.items() if isinstance(item, str)} if isinstance(value, dict) else {}
            )
        return dict(parse_qsl(text, keep_blank_values=True))

    def json(self) -> Any:
        """The decoded body; None where it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def basic(self) -> tuple[str, str]:
        """User and password of Basic authentication; two empty strings where there are none."""
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            return "", ""
        try:
            text = base64.b64decode(token, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        user, _, password = text.partition(":")
        return user, password

    def bearer(self) -> str:
        """The token of a Bearer authorisation, or an empty string."""
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token if kind.lower() == "bearer" else ""


@dataclass(slots=True)
class Answer:
    """What goes out. `cut_off` breaks the connection after the body; `after_s` waits before it."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    after_s: float = 0.0
    cut_off: bool = False


def dump(value: Any) -> bytes:
    """Compact JSON, UTF-8, without escapes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def answer_json(status: int, value: Any, **headers: str) -> Answer:
    """A JSON answer; underscores in header names stand for dashes."""
    return Answer(status, dump(value), headers={name.replace("_", "-"): text for name, text in headers.items()})


def is_sandbox(*secrets: str) -> bool:
    """The sandbox's credentials: anything that begins with "sandbox"."""
    return all(secret.startswith("sandbox") for secret in secrets)
