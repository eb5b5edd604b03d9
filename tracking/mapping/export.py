"""The phrasebook as rows of a fact sheet, in the sheet's own style, to be pasted or applied and sent upstream."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from carriers import registry
from carriers.sheets import FOLDER
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.phrasebook.models import PhrasebookRow

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z", re.ASCII)
_ANY_NUMBER = "[a-z0-9]*[0-9][a-z0-9:/.,-]*"
_HEADER = re.compile(r"^\[+ *[a-z_]+ *\]+ *(#.*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """`toml` is pasted at the end of the sheet's [status], before the first [[phrase]]; `diff` is for `git apply`.

    Both are "" where there is nothing to send.
    """

    carrier: str
    rows: int
    toml: str
    diff: str


def patch(merchant: Merchant, carrier: str) -> Patch:
    """The merchant's standing rows of a carrier, beside its fact sheet. Raises UnknownCarrier."""
    slug = registry.sheet(carrier).slug
    rows = list(PhrasebookRow.objects.standing().filter(merchant=merchant, carrier=slug).order_by("id"))
    if not rows:
        return Patch(carrier=slug, rows=0, toml="", diff="")
    name = f"carriers/adapters/{slug}.toml"
    source = (FOLDER / f"{slug}.toml").read_text(encoding="utf-8")
    before, after = (text.splitlines(keepends=True) for text in (source, patched(source, rows)))
    lines = difflib.unified_diff(before, after, f"a/{name}", f"b/{name}")
    return Patch(carrier=slug, rows=len(rows), toml=_toml(slug, source, rows), diff="".join(lines))


def _toml(slug: str, source: str, rows: Sequence[PhrasebookRow]) -> str:
    """The rows by themselves. Codes whose line the sheet has already are comments: that line is to be replaced."""
    fresh = [row for row in _codes(rows) if not _line_of(row, source)]
    head = [f"# From a phrasebook, for {slug}.toml: at the end of [status], before the first [[phrase]]."]
    head += [f"# Instead of the sheet's own line: {_status_line(row)}" for row in _codes(rows) if row not in fresh]
    return "\n".join([*head, *_missing_headers(source, has_codes=bool(fresh)), _rows_text(fresh, rows)])


def patched(source: str, rows: Sequence[PhrasebookRow]) -> str:
    """A fact sheet's text with the rows in their places: codes in [status], wordings before the other phrases."""
    fresh = []
    for row in _codes(rows):
        line = _line_of(row, source)
        if line:
            source = source[: line.start()] + _status_line(row) + source[line.end() :]
        else:
            fresh.append(row)
    text = _rows_text(fresh, rows)
    if not text.strip():
        return source
    headers = _missing_headers(source, has_codes=bool(fresh))
    if fresh and not headers:
        end = _table(source)[1]
        text = text.rstrip("\n")
        gap = "\n" if source[end : end + 2] not in ("", "\n") and "[[phrase]]" in text else ""
        return source[:end] + text + "\n" + gap + source[end:]
    text = "\n".join([*headers, text]).strip("\n") + "\n"
    first = source.find("\n[[phrase]]\n")
    if first < 0:
        return source.rstrip("\n") + "\n\n" + text
    return source[: first + 1] + text + "\n" + source[first + 1 :]


def _missing_headers(source: str, *, has_codes: bool) -> list[str]:
    """What a sheet without a status table needs before the rows."""
    lines = []
    if "\n[status_source]\n" not in source:
        lines += ["[status_source]", 'document = "a merchant\'s phrasebook"', f"read_on = {clock.now():%Y-%m-%d}", ""]
    if has_codes and "\n[status]\n" not in source:
        lines += ["[status]"]
    return lines


def _table(source: str) -> tuple[int, int]:
    """Where the rows of [status] begin and end, without the blank lines that follow them; (0, 0) without it."""
    start = source.find("\n[status]\n")
    if start < 0:
        return 0, 0
    start += len("\n[status]\n")
    following = _HEADER.search(source, start)
    body = source[start : following.start() if following else len(source)]
    return start, start + len(body.rstrip("\n")) + 1


def _line_of(row: PhrasebookRow, source: str) -> re.Match[str] | None:
    """The sheet's own line of a row's code."""
    names = {_key(row.raw_code), _text(row.raw_code), f"'{row.raw_code}'"}
    line = re.compile(rf"^(?:{'|'.join(re.escape(name) for name in names)}) *=.*$", re.MULTILINE)
    return line.search(source, *_table(source))


def _codes(rows: Iterable[PhrasebookRow]) -> list[PhrasebookRow]:
    """Rows about a code alone."""
    return [row for row in rows if not row.wording and not row.pattern]


def _rows_text(codes: Sequence[PhrasebookRow], rows: Sequence[PhrasebookRow]) -> str:
    lines = "".join(_status_line(row) + "\n" for row in codes)
    phrases = "\n".join(_phrases(rows))
    return lines + ("\n" if lines and phrases else "") + phrases


def _status_line(row: PhrasebookRow) -> str:
    code = _text(row.event_code)
    value = f"{{ code = {code}, reason = {_text(row.reason)} }}" if row.reason else code
    return f"{_key(row.raw_code)} = {value}"


def _phrases(rows: Iterable[PhrasebookRow]) -> list[str]:
    """[[phrase]] rows in the order in which the phrasebook asks them; the sheet takes the first that fits."""
    worded = [row for row in rows if row.wording or row.pattern]
    lines = []
    for row in sorted(worded, key=lambda row: (not row.wording, not row.raw_code, -row.id.int)):
        lines += ["[[phrase]]", f"pattern = {_pattern(row)}"]
        lines += [f"when_code = {_text(row.raw_code)}"] if row.raw_code else []
        lines += [f"code = {_text(row.event_code)}"]
        lines += [f"reason = {_text(row.reason)}"] if row.reason else []
        lines += [""]
    return lines


def _pattern(row: PhrasebookRow) -> str:
    """The row's pattern; of a whole wording one that fits it and nothing else, whatever its numbers and gaps."""
    if row.pattern:
        return _literal(row.pattern)
    parts = [re.escape(part).replace("\\ ", r"\s+").replace("\\-", "-") for part in row.wording.split("#")]
    return _literal(rf"^\s*{_ANY_NUMBER.join(parts)}\s*$")


def _literal(text: str) -> str:
    """As TOML writes patterns: between single quotes, unless it holds one."""
    return f"'{text}'" if "'" not in text and text.isprintable() else _text(text)


def _key(code: str) -> str:
    return code if _BARE.match(code) else _text(code)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
