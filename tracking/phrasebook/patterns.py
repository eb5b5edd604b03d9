"""Patterns that people type: a small part of regular expressions, read by us, matched in linear time.

    letters   .   [a-z]  [^0-9]   \\d \\s \\w \\b   ( … | … )   x?   .*   ^   $

Alternatives are multiplied out into plain branches (at most 64), and a branch is matched piece by piece between its
gaps `.*`, each at its first place. A piece has one length, so its first place also ends first: nothing is ever tried
twice, and no pattern can hold a worker up, whatever the text. Where a pattern is accepted it means the same to `re`,
so that it can go into a fact sheet as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext_noop as _

MOST_SIGNS = 200
MOST_BRANCHES = 64
_GAP = ".*"
_MOST_DEPTH = 5
_ESCAPES = frozenset("dDsSwWb")
_REPEATERS = frozenset("*+{")
_NOTHING = frozenset({_GAP, ".", "^", "$", "\\b"})  # a branch of these alone says nothing

Branch = tuple[str, ...]  # atoms of one sign each (or of none: anchors), and gaps


class PatternError(ValueError):
    """The pattern cannot be taken. `cure` says what to write instead.

    `template` and `cure_template` are message ids, `params` what stands in their holes.
    """

    def __init__(self, template: str, cure_template: str, **params: object) -> None:
        self.template, self.cure_template, self.params = template, cure_template, params
        self.detail, self.cure = template.format(**params), cure_template.format(**params)
        super().__init__(self.detail)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that is searched in a text, ignoring case. `branches`: the pieces of each alternative."""

    text: str
    branches: tuple[tuple[re.Pattern[str], ...], ...]

    def matches(self, wording: str) -> bool:
        """True where one of the branches stands in the wording."""
        return any(_stands(pieces, wording) for pieces in self.branches)


def _stands(pieces: Sequence[re.Pattern[str]], wording: str) -> bool:
    position = 0
    for piece in pieces:
        found = piece.search(wording, position)
        if found is None:
            return False
        position = found.end()
    return True


@lru_cache(maxsize=2048)
def compile_pattern(text: str) -> Pattern:
    """Reads a pattern. Raises PatternError, which says what to write instead."""
    if len(text) > MOST_SIGNS:
        raise PatternError(_("has {n} characters"), _("Write at most {most}."), n=len(text), most=MOST_SIGNS)
    reader = _Reader(text)
    branches = reader.alternatives(0)
    if reader.rest:
        raise PatternError(_("closes a bracket that was not opened"), _("Write \\) for the sign itself."))
    if any(_NOTHING.issuperset(branch) for branch in branches):
        raise PatternError(_("fits every text"), _("Name words that stand in the wording."))
    return Pattern(text, tuple(_pieces(branch) for branch in branches))


def _pieces(branch: Branch) -> tuple[re.Pattern[str], ...]:
    pieces: list[list[str]] = [[]]
    for atom in branch:
        if atom == _GAP:
            pieces.append([])
        else:
            pieces[-1].append(atom)
    return tuple(re.compile("".join(piece), re.IGNORECASE) for piece in pieces if piece)


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, text: str) -> None:
        self.rest = text

    def alternatives(self, depth: int) -> list[Branch]:
        """Every branch up to the closing bracket, or the end."""
        if depth > _MOST_DEPTH:
            raise PatternError(_("nests brackets too deeply"), _("Map the wordings in several rows."))
        found = self._sequence(depth)
        while self.rest.startswith("|"):
            self.rest = self.rest[1:]
            found = found + self._sequence(depth)
        return _bounded(found)

    def _sequence(self, depth: int) -> list[Branch]:
        branches: list[Branch] = [()]
        while self.rest and self.rest[0] not in "|)":
            options = self._item(depth)
            branches = _bounded([branch + option for branch in branches for option in options])
        return branches

    def _item(self, depth: int) -> list[Branch]:
        if self.rest.startswith(_GAP):
            self.rest = self.rest[2:]
            if self.rest[:1] in ("?", "+"):
                raise PatternError(_("has a sign after `.*`"), _("Write `.*` alone."))
            return [(_GAP,)]
        sign = self.rest[0]
        options: list[Branch] = self._group(depth) if sign == "(" else [(self._atom(sign),)]
        if self.rest[:1] == "?":
            self.rest = self.rest[1:]
            options = [*options, ()]
        if self.rest[:1] and self.rest[0] in _REPEATERS | {"?"}:
            raise PatternError(
                _("repeats with `{sign}`"), _("Only `?` and `.*` are understood; a gap is `.*`."), sign=self.rest[0]
            )
        return options

    def _group(self, depth: int) -> list[Branch]:
        self.rest = self.rest[1:]
        if self.rest.startswith("?:"):
            self.rest = self.rest[2:]
        elif self.rest.startswith("?"):
            raise PatternError(_("looks around or sets flags"), _("Write plain brackets: (one|other)."))
        options = self.alternatives(depth + 1)
        if not self.rest.startswith(")"):
            raise PatternError(_("opens a bracket that is never closed"), _("Write \\( for the sign itself."))
        self.rest = self.rest[1:]
        return options

    def _atom(self, sign: str) -> str:
        if sign in _REPEATERS | {"?"}:
            raise PatternError(
                _("has `{sign}` with nothing before it"), _("Write \\{sign} for the sign itself."), sign=sign
            )
        if sign == "[":
            return self._class()
        if sign == "\\":
            return self._escape()
        self.rest = self.rest[1:]
        return sign if sign in ".^$" else re.escape(sign)

    def _escape(self) -> str:
        sign = self.rest[1:2]
        if not sign or (sign.isalnum() and sign not in _ESCAPES):
            raise PatternError(
                f"has \\{sign}, which is not understood", "Known are \\d \\s \\w \\b; write signs as \\."
            )
        self.rest = self.rest[2:]
        return f"\\{sign}" if sign in _ESCAPES else re.escape(sign)

    def _class(self) -> str:
        end = 2 if self.rest[1:2] != "^" else 3  # a bracket in the first place is itself
        while end < len(self.rest) and self.rest[end] != "]":
            end += 2 if self.rest[end] == "\\" else 1
        text = self.rest[: end + 1]
        refusal = PatternError(_("has {part}, which is no class of signs"), _("Write it as [a-z0-9]."), part=text[:20])
        # A later `re` may read doubled signs as set operations, and \\b here is a backspace.
        if not text.endswith("]") or any(odd in text[1:] for odd in ("[", "\\b", "--", "&&", "||", "~~")):
            raise refusal
        try:
            re.compile(text)
        except (re.error, OverflowError):
            raise refusal from None
        self.rest = self.rest[end + 1 :]
        return text


def _bounded(branches: list[Branch]) -> list[Branch]:
    if len(branches) > MOST_BRANCHES:
        raise PatternError(
            _("has more than {most} alternatives when multiplied out"),
            _("Map the wordings in several rows."),
            most=MOST_BRANCHES,
        )
    return branches
