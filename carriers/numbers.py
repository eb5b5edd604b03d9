"""Whose number is it? A ranked list of carriers with a confidence and a reason each, never one guess.

The formats live in the fact sheets; this module holds what they share: how a text becomes a number, how a pasted link
gives its number, and the one rule for the numbers of all posts (UPU S10). Every pattern is anchored, ASCII and sees 40
characters at most.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from carriers import links, registry
from carriers.check_digits import CHECKS
from carriers.facts import FactSheet, Kind, NumberFormat
from carriers.number_text import MAX_LENGTH, MAX_TEXT, MIN_LENGTH, normalise, problem_of

_LETTER = re.compile(r"[A-Z]")
_S10 = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}\Z")

_S10_CONFIDENCE, _S10_DESTINATION, _S10_STRANGE = 0.95, 0.7, 0.25
_MOST = 0.999
# Odds by which a circumstance makes a carrier more (or less) likely.
_OWN_ODDS, _COUNTRY_ODDS, _LINK_ODDS = 4.0, 1.6, 20.0
_ELSEWHERE_ODDS = 0.25  # of a network, or a shape of numbers, that is of other countries than the journey's
_NATIONAL = frozenset({Kind.POST, Kind.PARCEL, Kind.FREIGHT})
_SHARE_ODDS, _FREQUENT = 4.0, 0.05  # what a carrier of all recent legs gains; from which share on it is said
_CHOICE_ODDS = 50.0  # the most that choices of the same shape weigh, either way
_CHOSEN_ALONE = 0.5  # of a carrier whose formats do not fit, but that was chosen for the shape
_LINK_ALONE = 0.6
_TYPO_ODDS = 0.06
_TYPO_MOST = 0.12
_HOLDS, _FAILS = "check digit holds", "check digit does not hold (a typo?)"

# UPU S10, first letter of the service indicator. A hint for people, not evidence.
_S10_SERVICES = {
    "E": "EMS", "L": "letter post, express", "M": "M-bag", "R": "registered letter", "U": "untracked letter",
    "V": "insured letter", "C": "parcel", "H": "e-commerce parcel",
}  # fmt: skip


__all__ = [
    "MAX_LENGTH",
    "MIN_LENGTH",
    "Candidate",
    "Choices",
    "Detection",
    "Extracted",
    "detect",
    "extract",
    "normalise",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A carrier whose number this may be. `confidence` in 0..1; `reason` is one English sentence."""

    carrier: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What a text may be: the normalised number and its candidates, the likeliest first.

    `problem` says what is wrong with a text that is no number, and the cure; then there are no candidates. `note` says
    what is known beside the candidates (a post that we have no fact sheet of, no format that fits).
    """

    number: str
    candidates: tuple[Candidate, ...] = ()
    problem: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """A number out of a text, and the carriers to whose site the link led (none where the text is no link)."""

    number: str
    carriers: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """How often people named a carrier for numbers of one shape though another stood first, or took it back."""

    chosen: int = 0
    rejected: int = 0

    @property
    def odds(self) -> float:
        """As odds: one choice doubles them, one rejection halves them."""
        return min(max((1 + self.chosen) / (1 + self.rejected), 1 / _CHOICE_ODDS), _CHOICE_ODDS)


@dataclass(frozen=True, slots=True)
class _Context:
    own: frozenset[str]
    destination: str
    origin: str
    linked: frozenset[str]
    shares: Mapping[str, float]
    choices: Mapping[str, Choices]


def extract(text: str) -> Extracted:
    """The number in a text: the text itself, or the number in a pasted link and the carriers of the link's host."""
    link = links.read(text) if len(text) <= MAX_TEXT else None
    if link is None:
        number = normalise(text)
        return Extracted(number=number, problem=problem_of(number, text))
    likely = [number for piece in link.pieces if not problem_of(number := normalise(piece), piece)]
    number = next((number for number in likely if _matches(number) or _S10.match(number)), likely[0] if likely else "")
    problem = None if number else "The link holds no tracking number. Copy the number itself."
    return Extracted(number=number, carriers=link.carriers, problem=problem)


def detect(
    text: str,
    *,
    destination: str | None = None,
    origin: str | None = None,
    own_carriers: Collection[str] = (),
    shares: Mapping[str, float] | None = None,
    choices: Mapping[str, Choices] | None = None,
) -> Detection:
    """Whose number the text may be.

    `destination` and `origin` are ISO 3166-1 alpha-2; `own_carriers` are the slugs of carriers with an account.
    `shares` are carriers' shares of the merchant's recent legs, 0 to 1; `choices` what its people chose for numbers of
    this shape (`number_text.shape_of`), by slug.
    Never raises: a text that can be no number is a Detection with a `problem`.
    """
    found = extract(text)
    if found.problem:
        return Detection(number=found.number[:MAX_LENGTH], problem=found.problem)
    number = found.number
    context = _Context(
        frozenset(own_carriers), (destination or "").upper(), (origin or "").upper(), frozenset(found.carriers),
        shares or {}, choices or {},
    )  # fmt: skip
    best: dict[str, Candidate] = {}
    for candidate in (*_by_s10(number, context), *_by_format(number, context)):
        known = best.get(candidate.carrier)
        if known is None or candidate.confidence > known.confidence:
            best[candidate.carrier] = candidate
    if context.linked.isdisjoint(best):
        best |= {candidate.carrier: candidate for candidate in _by_link(context)}
    best |= {found.carrier: found for found in _by_choice(context) if found.carrier not in best}
    ranked = tuple(sorted(best.values(), key=_rank))
    return Detection(number=number, candidates=ranked, note=_note(number, ranked))


def _rank(candidate: Candidate) -> tuple[float, bool, str]:
    """Among equals, a carrier that can be asked comes first."""
    return -candidate.confidence, not registry.has_adapter(candidate.carrier), candidate.carrier


@dataclass(frozen=True, slots=True)
class _Index:
    """The formats that can match digits only, and those that can match a text with letters; the posts by country."""

    digits: tuple[tuple[FactSheet, NumberFormat], ...]
    letters: tuple[tuple[FactSheet, NumberFormat], ...]
    posts: dict[str, tuple[FactSheet, ...]]


@cache
def _index() -> _Index:
    # An aggregator takes every carrier's numbers and has none of its own.
    sheets = [sheet for sheet in registry.sheets().values() if sheet.kind is not Kind.AGGREGATOR]
    rows = [(sheet, fact) for sheet in sheets for fact in sheet.numbers]
    posts: dict[str, tuple[FactSheet, ...]] = {}
    for sheet in sheets:
        for country in sheet.post_of:
            posts[country] = (*posts.get(country, ()), sheet)
    return _Index(
        digits=tuple(row for row in rows if _can_be_digits(row[1])),
        letters=tuple(row for row in rows if _can_have_letters(row[1])),
        posts=posts,
    )


def _can_be_digits(fact: NumberFormat) -> bool:
    """A valid example is all digits, or would still match if its letters were digits."""
    return any(fact.pattern.match(_LETTER.sub("0", normalise(text))) for text in fact.valid)


def _can_have_letters(fact: NumberFormat) -> bool:
    """A valid example has a letter, or would still match with one."""
    texts = [normalise(text) for text in fact.valid]
    spiced = (text[:at] + "A" + text[at + 1 :] for text in texts for at in range(len(text)))
    return not all(text.isdigit() for text in texts) or any(map(fact.pattern.match, spiced))


def _matches(number: str) -> list[tuple[FactSheet, NumberFormat]]:
    rows = _index().digits if number.isdigit() else _index().letters
    return [row for row in rows if row[1].pattern.match(number)]


def _by_format(number: str, context: _Context) -> Iterable[Candidate]:
    for sheet, fact in _matches(number):
        confidence = fact.confidence
        if fact.check is None:
            reason = "the format fits, and has no check digit"
        elif CHECKS[fact.check](number):
            reason = _HOLDS
        elif number[:2].isdigit():
            continue  # digits without a prefix: nothing but the check digit spoke for this carrier
        else:
            confidence, reason = _typo(confidence), _FAILS
        whose = fact.name if fact.name.startswith(sheet.name) else f"{sheet.name}, {fact.name}"
        if _is_elsewhere(sheet, fact, context):
            confidence = _times(confidence, _ELSEWHERE_ODDS)
            reason = f"{reason}; not known in {context.destination}"
        yield _candidate(sheet, confidence, f"{whose}: {reason}", fact.countries or sheet.countries, context)


def _is_elsewhere(sheet: FactSheet, fact: NumberFormat, context: _Context) -> bool:
    """The journey touches no country of a national network, or of a shape that is told to be of certain countries."""
    countries = fact.countries or (sheet.countries if sheet.kind in _NATIONAL else ())
    if not (countries and context.destination):
        return False
    return context.destination not in countries and context.origin not in countries


def _by_s10(number: str, context: _Context) -> Iterable[Candidate]:
    """The post of the suffix, which sent it, and that of the destination, which delivers it under the same number."""
    if not _S10.match(number):
        return
    holds, country, posts = CHECKS["s10"](number), number[-2:], _index().posts
    service = f", {_S10_SERVICES[number[0]]}" if number[0] in _S10_SERVICES else ""
    says = f"{_HOLDS if holds else _FAILS}, country {country}{service}"
    for sheet in posts.get(country, ()):
        sure = _S10_CONFIDENCE if holds else _typo(_S10_CONFIDENCE)
        yield _candidate(sheet, sure, f"S10 number of {sheet.name}: {says}", (), context)
    if context.destination == country:
        return
    # A suffix of no post (Yanwen's YP) is often delivered under another number.
    known = _S10_DESTINATION if country in posts else _S10_STRANGE
    for sheet in posts.get(context.destination, ()):
        sure = known if holds else _typo(known)
        reason = f"S10 number of another post: {says}; {sheet.name} delivers it in {context.destination}"
        yield _candidate(sheet, sure, reason, (), context)


def _by_link(context: _Context) -> Iterable[Candidate]:
    for slug in sorted(context.linked):
        sheet = registry.sheets()[slug]
        reason = f"The link leads to the site of {sheet.name}, though none of its formats fits."
        yield Candidate(carrier=slug, confidence=round(_LINK_ALONE / len(context.linked), 3), reason=reason)


def _by_choice(context: _Context) -> Iterable[Candidate]:
    """What people chose for such numbers, though no format of the carrier fits."""
    for slug, choices in context.choices.items():
        if choices.chosen > choices.rejected and slug in registry.sheets():
            sheet = registry.sheets()[slug]
            yield _candidate(sheet, _CHOSEN_ALONE, f"{sheet.name}: no format of it fits", sheet.countries, context)


def _candidate(
    sheet: FactSheet, confidence: float, reason: str, countries: tuple[str, ...], context: _Context
) -> Candidate:
    odds = confidence / (1 - confidence)
    if sheet.slug in context.linked:
        odds, reason = odds * _LINK_ODDS, f"{reason}; the link leads to its site"
    if sheet.slug in context.own:
        odds, reason = odds * _OWN_ODDS, f"{reason}; one of your carriers"
    if context.destination and context.destination in countries:
        odds, reason = odds * _COUNTRY_ODDS, f"{reason}; delivers in {context.destination}"
    if context.origin and context.origin in countries:
        odds, reason = odds * _COUNTRY_ODDS, f"{reason}; collects in {context.origin}"
    if (share := context.shares.get(sheet.slug, 0.0)) > 0:
        odds *= 1 + (_SHARE_ODDS - 1) * share
        reason += f"; carries {share:.0%} of your parcels" if share >= _FREQUENT else ""
    if (choices := context.choices.get(sheet.slug)) is not None:
        odds, reason = odds * choices.odds, f"{reason}; {_chosen(choices)}"
    return Candidate(carrier=sheet.slug, confidence=min(round(odds / (1 + odds), 3), _MOST), reason=f"{reason}.")


def _chosen(choices: Choices) -> str:
    told = {"chosen": choices.chosen, "corrected away": choices.rejected}
    often = {1: "once", 2: "twice"}
    said = (f"{word} {often.get(times, f'{times} times')}" for word, times in told.items() if times)
    return " and ".join(said) + " for such numbers"


def _times(confidence: float, factor: float) -> float:
    odds = confidence / (1 - confidence) * factor
    return odds / (1 + odds)


def _typo(confidence: float) -> float:
    return min(confidence * _TYPO_ODDS, _TYPO_MOST)


def _note(number: str, candidates: tuple[Candidate, ...]) -> str:
    if _S10.match(number) and number[-2:] not in _index().posts:
        return f"An S10 number with the suffix {number[-2:]}, of which no post is known here."
    return "" if candidates else "No carrier's format fits this number. Name the carrier, if you know it."
