"""Every recorded answer, push and message, and what a carrier might make of it on a bad day.

A mutation drops a key, changes a type, nests, repeats, empties, renames, transplants or blows up a value, or damages
the bytes. A mutant is made again from its subject and its place alone, so that what it broke can be looked at.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from carriers import registry
from carriers.messages import Format

PAYLOADS = Path(__file__).parent.parent / "payloads"
HUGE = 10**400
STRANGE: list[Any] = [
    None, True, False, 0, -1, 7.5, 1e300, HUGE, "", " ", "x", "0", "9" * 5_000, "-", "+99:99", "2026-02-30T25:61:61",
    "0000-00-00", "9999-12-31T23:59:59Z", "1970-01-01", "\U0001f4e6", "\u202e", "<b>", "Z", [], {}, [[]], [None],
    {"": None}, [{}], "{}", "[]", "null", "None",
]  # fmt: skip
STRANGE_TEXTS = [text for text in STRANGE if isinstance(text, str)]
PIECES = [
    b"'",
    b"+",
    b"\x00",
    b"~",
    b"*",
    b"/",
    b"\n",
    b"\xff",
    b"?",
    b'"',
    b"<",
    b"&#0;",
    b"}",
    b"\\u0000",
    b"9" * 300,
]
# Where a segment, line or row ends.
ENDS = {Format.IFTSTA: b"'", Format.X12_214: b"~", Format.FSU: b"\n", Format.DCSA: b",", Format.CSV: b"\n"}

Change = Callable[[bytes, random.Random], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A recorded body. `kind`: "answer", "push" or "message"; a message's `slug` is its format."""

    slug: str
    kind: str
    name: str
    body: bytes
    change: Change

    def __str__(self) -> str:
        return f"{self.slug}/{self.name}"

    def mutant(self, place: int) -> bytes:
        """The mutant of that place, the same in every run."""
        dice = random.Random(f"{self}:{place}")
        return cut(self.body, dice) if dice.random() < 0.08 else self.change(self.body, dice)


def subjects() -> Iterator[Subject]:
    """Every recorded body of the registry's adapters and of the messages, in alphabetical order."""
    for slug in registry.ADAPTERS:
        for path in sorted((PAYLOADS / slug).glob("*")):
            if path.suffix in (".json", ".xml") and ".expected" not in path.suffixes:
                change: Change = of_xml if path.suffix == ".xml" else of_json
                kind = "push" if ".push" in path.suffixes else "answer"
                yield Subject(slug=slug, kind=kind, name=path.name, body=path.read_bytes(), change=change)
    for slug in sorted(Format):
        for path in sorted((PAYLOADS / "messages" / slug).glob("*")):
            if not path.name.endswith(".expected.json"):
                change = of_segments(ENDS[Format(slug)])
                yield Subject(slug=slug, kind="message", name=path.name, body=path.read_bytes(), change=change)


def of_json(body: bytes, dice: random.Random) -> bytes:
    """JSON with one to three values changed."""
    value = json.loads(body)
    for _ in range(dice.randint(1, 3)):
        ways = list(leaves(value))
        if not ways:
            return json.dumps(dice.choice(STRANGE)).encode()
        *way, last = dice.choice(ways)
        holder = value
        for key in way:
            holder = holder[key]
        _change(holder, last, value, ways, dice)
    return json.dumps(value, ensure_ascii=dice.random() < 0.5).encode("utf-8", "replace")


def leaves(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside a decoded answer."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield (*way, key)
        if isinstance(item, dict | list):
            yield from leaves(item, (*way, key))


def _change(holder: Any, key: Any, whole: Any, ways: list[tuple[Any, ...]], dice: random.Random) -> None:
    item, kind = holder[key], dice.randrange(9)
    if kind == 0:
        del holder[key]
    elif kind == 1:
        holder[key] = [item]
    elif kind == 2:
        holder[key] = {"value": item}
    elif kind == 3:
        holder[key] = [item] * 3 if isinstance(item, dict) else str(item)[:3]
    elif kind == 4 and isinstance(item, list):
        dice.shuffle(item)
    elif kind == 5 and isinstance(holder, dict):
        holder[str(key).swapcase()] = holder.pop(key)
    elif kind == 6:
        for step in dice.choice(ways):
            whole = whole[step]
        holder[key] = copy.deepcopy(whole)
    elif kind == 7 and isinstance(item, str):
        holder[key] = damaged(item, dice)
    else:
        holder[key] = copy.deepcopy(dice.choice(STRANGE))


def damaged(text: str, dice: random.Random) -> str:
    """A text with a sign lost, doubled or exchanged for a strange one."""
    at = dice.randrange(len(text) + 1)
    return (
        text[:at] + dice.choice(["", text[at : at + 1] * 2, " ", "-", ":", "9", "\u00e9", "Z", "\n"]) + text[at + 1 :]
    )


def of_xml(body: bytes, dice: random.Random) -> bytes:
    """XML with one to three elements dropped, emptied, renamed, repeated, transplanted or given a strange text."""
    root = ET.fromstring(body)  # noqa: S314  our own file
    for _ in range(dice.randint(1, 3)):
        parents = [element for element in root.iter() if len(element)]
        if not parents:
            break
        parent = dice.choice(parents)
        child, kind = dice.choice(list(parent)), dice.randrange(8)
        if kind == 0:
            parent.remove(child)
        elif kind == 1:
            child.text = dice.choice(STRANGE_TEXTS)
        elif kind == 2:
            child.tag = dice.choice(["other", child.tag.swapcase()])
        elif kind == 3:
            parent.append(copy.deepcopy(child))
        elif kind == 4:
            child.clear()
        elif kind == 5:
            parent.append(copy.deepcopy(dice.choice(list(dice.choice(parents)))))
        elif kind == 6 and child.attrib:
            name = dice.choice(list(child.attrib))
            child.attrib.pop(name) if dice.random() < 0.5 else child.set(name, dice.choice(STRANGE_TEXTS))
        else:
            child.text = damaged(child.text or "", dice)
    return bytes(ET.tostring(root, encoding="utf-8"))


def of_segments(end: bytes) -> Change:
    """For a message: segments lost, repeated, exchanged, or damaged within."""

    def change(body: bytes, dice: random.Random) -> bytes:
        rows = body.split(end)
        for _ in range(dice.randint(1, 3)):
            at, kind = dice.randrange(len(rows)), dice.randrange(5)
            if kind == 0 and len(rows) > 1:
                del rows[at]
            elif kind == 1:
                rows.insert(at, rows[at])
            elif kind == 2:
                other = dice.randrange(len(rows))
                rows[at], rows[other] = rows[other], rows[at]
            else:
                rows[at] = damaged(rows[at].decode("utf-8", "replace"), dice).encode()
        return end.join(rows)

    return change


def cut(body: bytes, dice: random.Random) -> bytes:
    """The bytes themselves damaged: broken off, flipped, lost, or with something in between."""
    mutant = bytearray(body)
    for _ in range(dice.randint(1, 4)):
        at, kind = dice.randrange(len(mutant)), dice.randrange(4)
        if kind == 0:
            del mutant[at : at + dice.randint(1, 40)]
        elif kind == 1:
            mutant[at:at] = dice.choice(PIECES)
        elif kind == 2:
            mutant[at] = dice.randrange(256)
        else:
            mutant = mutant[:at]
        mutant = mutant or bytearray(b"x")
    return bytes(mutant)
