"""Splits EDIFACT and X12 into segments, elements and components, within bounds.

The two syntaxes are one: three separators, and in EDIFACT a sign that takes the next one's meaning away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from carriers import bounds
from carriers.messages.records import Unreadable

MAX_SEGMENTS = 100_000
MAX_SEGMENT = 20_000  # characters


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: its tag, and its elements as tuples of components (never empty: `(("",),)` at the least)."""

    tag: str
    elements: tuple[tuple[str, ...], ...]
    number: int  # from 1, in the file

    def get(self, element: int, component: int = 0) -> str:
        """The component, from 1 and from 0; "" where it is not there."""
        if element > len(self.elements) or component >= len(self.elements[element - 1]):
            return ""
        return self.elements[element - 1][component].strip()

    def __str__(self) -> str:
        return "+".join([self.tag, *(":".join(element) for element in self.elements)])


@dataclass(frozen=True, slots=True)
class Separators:
    """The signs of one interchange. `release` and `component` may be "": X12 has no release sign."""

    component: str
    element: str
    release: str
    segment: str


EDIFACT = Separators(":", "+", "?", "'")


def text_of(body: bytes) -> str:
    """The file as text, UTF-8 or else Latin-1 (UNOC and its relatives). Raises Unreadable."""
    if len(body) > bounds.MAX_BYTES:
        raise Unreadable(f"the file has {len(body):,} bytes", f"Send {bounds.MAX_BYTES:,} at the most; split it.")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    if "\0" in text:
        raise Unreadable("the file holds a NUL character", "Send the message as text.")
    return text


def split(text: str, signs: Separators, *, start: int = 0) -> Iterator[Segment]:
    """The segments of `text` from `start`, lazily; line breaks between them count for nothing. Raises Unreadable."""
    number = 0
    for raw in _cut(text[start:], signs.segment, signs.release):
        body = raw.strip("\r\n\t ")
        if not body:
            continue
        number += 1
        if number > MAX_SEGMENTS:
            raise Unreadable(f"the file has over {MAX_SEGMENTS:,} segments", "Split it.")
        if len(body) > MAX_SEGMENT:
            raise Unreadable(f"segment {number} has {len(body):,} characters", "Is its terminator missing?")
        tag, *elements = _cut(body, signs.element, signs.release)
        yield Segment(
            tag=_plain(tag, signs).strip().upper()[:10],
            elements=tuple(
                tuple(_plain(part, signs) for part in _cut(element, signs.component, signs.release))
                for element in elements
            ),
            number=number,
        )


def _cut(text: str, at: str, release: str) -> list[str]:
    """`text` cut at every `at` that no release sign stands before; release signs are kept."""
    if not at:
        return [text]
    if not release or release not in text:
        return text.split(at)
    parts, part, is_released = [], [], False
    for piece in text.split(at):
        part.append(piece)
        # An odd run of release signs at the end takes the separator's meaning away.
        is_released = (len(piece) - len(piece.rstrip(release))) % 2 == 1
        if not is_released:
            parts.append(at.join(part))
            part = []
    return [*parts, at.join(part)] if part else parts


def _plain(text: str, signs: Separators) -> str:
    """Without release signs; two of them are one."""
    if not signs.release or signs.release not in text:
        return text
    pieces = text.split(signs.release)
    plain, index = [pieces[0]], 1
    while index < len(pieces):
        if pieces[index] == "" and index + 1 < len(pieces):
            plain.append(signs.release + pieces[index + 1])
            index += 2
        else:
            plain.append(pieces[index])
            index += 1
    return "".join(plain)
