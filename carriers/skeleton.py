"""The files with which a new carrier begins: `python -m carriers new SLUG`.

What the contributor has to find out stands as `???`, and `python -m carriers check` names each that is left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from string import Template

from carriers.sheets import FOLDER

TO_FILL = "???"
_SLUG = re.compile(r"[a-z][a-z0-9_]{1,28}")
_PAYLOADS = Path("tests") / "payloads"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCarrier:
    """What is known before anything is written. `example` is a number as it stands on a label."""

    slug: str
    name: str
    country: str
    example: str
    has_api: bool = True


class CannotCreate(ValueError):
    """The skeleton would overwrite something, or its name is none; the message says what would do."""


def write(new: NewCarrier, folder: Path = FOLDER, root: Path | None = None) -> list[Path]:
    """Writes the files and returns their paths; `root` is the checkout. Writes nothing where one exists already."""
    if not _SLUG.fullmatch(new.slug):
        raise CannotCreate(f"{new.slug!r} is no slug: begin with a letter, then a-z, 0-9 and _ (such as quill_parcel)")
    root = root or folder.parents[1]
    files = dict(_files(new, folder, root))
    for path in files:
        if path.exists():
            raise CannotCreate(f"{path.name} exists already; `python -m carriers list` shows who is known")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(files)


def _files(new: NewCarrier, folder: Path, root: Path) -> list[tuple[Path, str]]:
    words = {
        "slug": new.slug,
        "name": _toml_text(new.name),
        "class_name": "".join(part.capitalize() for part in new.slug.split("_")),
        "title": new.name.replace('"', "'").replace("\\", ""),
        "country": new.country,
        "example": new.example,
        "pattern": _pattern(new.example),
        "today": f"{datetime.now(UTC):%Y-%m-%d}",
        "evidence": "documented" if new.has_api else "recognised",
    }
    sheet = Template(_SHEET + (_SHEET_API if new.has_api else "")).substitute(words)
    files = [(folder / f"{new.slug}.toml", sheet)]
    if new.has_api:
        files.append((folder / f"{new.slug}.py", Template(_ADAPTER).substitute(words)))
        answer = root / _PAYLOADS / new.slug / "delivered.json"
        files.append((answer, Template(_ANSWER).substitute(words)))
    return files


def _toml_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _pattern(example: str) -> str:
    """A first guess at the format: the letters as they stand, and as many digits."""
    return re.sub(r"[0-9]+", lambda found: f"[0-9]{{{len(found[0])}}}", example)


_SHEET = """\
# $title. What stands here, and how to find it out: docs/adding_a_carrier.md
name = "$name"
kind = "parcel"  # post, express, parcel, cross_border, freight
countries = ["$country"]
evidence = "$evidence"  # verified, documented, thin, experimental, recognised
website = "https://???"
tracking_url = "https://???/{number}"
language = "en"  # of its wordings

[[number]]
name = "$name, ???"
pattern = '$pattern'
valid = ["$example"]
invalid = []
confidence = 0.5
note = "???, read $today"
"""

_SHEET_API = """
[api]
base_url = "https://???"
version = "???"
document = "https://???"
read_on = $today
times = "???"  # such as: local, without an offset: the place decides
unverified = ["No live call was made."]

[[credential]]
name = "api_key"
label = "API key"

[status_source]
document = "https://???"
read_on = $today

# The carrier's code = our event code (docs/statuses.md), or { code = ..., reason = ... }. Leave out the unclear ones.
[status]
"???" = "last_mile.delivered"
"""

_ADAPTER = '''\
"""$title: ???."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from carriers import times
from carriers.answers import text_of
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import NotFound
from carriers.events import TrackedNumber, TrackingEvent, TrackingResult


class $class_name(CarrierAdapter):
    slug = "$slug"
    credentials = ("api_key",)

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        headers = {"Authorization": access.credentials["api_key"]}
        return CarrierRequest(method="GET", path=f"/???/{quote(asked.number, safe='')}", headers=headers)

    def parse(self, answer: Any) -> list[TrackingResult]:
        if not answer["scans"]:
            raise NotFound("no scans")
        events = oldest_first(self._event(scan) for scan in answer["scans"])
        return [TrackingResult(number=text_of(answer["number"]), events=events)]

    def _event(self, scan: Any) -> TrackingEvent:
        return self.event(
            raw_time=scan["at"],
            local=times.parse_iso(scan["at"]),
            place=scan.get("place") or "",
            raw_code=text_of(scan["code"]),
            raw_text=scan.get("text") or "",
        )
'''

_ANSWER = """\
{
  "number": "$example",
  "scans": [
    {"at": "2026-06-04T14:02:10", "code": "???", "text": "???", "place": "???"}
  ]
}
"""
