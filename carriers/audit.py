"""What is wrong with the fact sheets: `python -m carriers check` prints it, and the tests hold every sheet to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from pathlib import Path

from carriers import registry, sheets, skeleton
from carriers.check_digits import CHECKS
from carriers.facts import Evidence, FactSheet, Kind, NumberFormat
from carriers.number_text import normalise

_SLUG = re.compile(r"[a-z][a-z0-9_]*")
_COUNTRY = re.compile(r"[A-Z]{2}")


def problems(folder: Path = sheets.FOLDER) -> list[str]:
    """One line for each thing wrong with the sheets of a folder; every sheet is read, however bad another is."""
    found, read = [], []
    for path in sorted(folder.glob("*.toml")):
        try:
            read.append(sheets.read_sheet(path))
        except sheets.FactSheetError as error:
            found.append(str(error))
    for sheet in read:
        found += [f"{sheet.slug}.toml: {problem}" for problem in sheet_problems(sheet)]
    found += _left_to_fill(folder)
    found += _shared_names(read)
    unread = {path.stem for path in folder.glob("*.toml")} - {sheet.slug for sheet in read}
    return found + _adapter_problems({sheet.slug: sheet for sheet in read}, folder, unread)


def _shared_names(read: list[FactSheet]) -> list[str]:
    """Names, slugs and aliases by which more than one carrier would be found."""
    bearers: dict[str, list[str]] = {}
    for sheet in read:
        for name in registry.keys(sheet):
            bearers.setdefault(name, []).append(f"{sheet.slug}.toml")
    return [
        f"{' and '.join(files)} have the same slug, name or alias {name!r}"
        for name, files in bearers.items()
        if len(files) > 1
    ]


def _left_to_fill(folder: Path) -> list[str]:
    """What `python -m carriers new` left to find out, in the sheets, the adapters and what it wrote beside them."""
    root = folder.parents[1]
    beside = [path for place in skeleton.PLACES for path in root.glob(place) if path.is_file()]
    return [
        f"{path.name if path.parent == folder else path.relative_to(root)}, line {number}: fill in: {line.strip()}"
        for path in sorted([*folder.glob("*.toml"), *folder.glob("[!_]*.py"), *beside])
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if skeleton.TO_FILL in line
    ]


def sheet_problems(sheet: FactSheet) -> list[str]:
    """What is wrong with one sheet, without the file's name."""
    return [
        *_description_problems(sheet),
        *_evidence_problems(sheet),
        *(f"{fact.name}: {problem}" for fact in sheet.numbers for problem in _number_problems(fact)),
    ]


def _description_problems(sheet: FactSheet) -> Iterator[str]:
    if not _SLUG.fullmatch(sheet.slug):
        yield "the file's name, which is the slug, has other signs than a-z, 0-9 and _"
    if not sheet.website.startswith("https://"):
        yield "`website` does not begin with https://"
    if sheet.tracking_url and not (
        sheet.tracking_url.startswith("https://") and sheet.tracking_url.count("{number}") == 1
    ):
        yield "`tracking_url` must begin with https:// and hold {number} once"
    if not sheet.countries and sheet.kind is not Kind.AGGREGATOR:
        yield "`countries` is empty"
    for country in (
        *sheet.countries,
        *sheet.post_of,
        *(country for fact in sheet.numbers for country in fact.countries),
    ):
        if not _COUNTRY.fullmatch(country):
            yield f"{country!r} is no ISO 3166-1 alpha-2 country"


def _evidence_problems(sheet: FactSheet) -> Iterator[str]:
    if sheet.evidence is not Evidence.RECOGNISED:
        if sheet.api is None or not sheet.api.document:
            yield f"`evidence` is {sheet.evidence}: that needs an [api] with its `document`"
        return
    if sheet.api is not None:
        yield "`evidence` is recognised, which means: no [api]"
    if not sheet.numbers and not sheet.post_of:
        yield "nothing would ever recognise this carrier: it has neither [[number]] nor `post_of`"
    for fact in sheet.numbers:
        if not fact.note:
            yield f"{fact.name}: a format of a carrier without an API says its source in `note`"


def _number_problems(fact: NumberFormat) -> Iterator[str]:
    if fact.check is not None and fact.check not in CHECKS:
        yield f"no check digit function is called {fact.check!r}; there are {', '.join(CHECKS)}"
        return
    if not fact.valid:
        yield "there is no valid example"
    if not 0 < fact.confidence < 1:
        yield f"confidence {fact.confidence} is not between 0 and 1"
    try:
        yield from (f"{text!r} is called valid, but is not" for text in fact.valid if not _holds(fact, text))
        yield from (f"{text!r} is called invalid, but is valid" for text in fact.invalid if _holds(fact, text))
    except (ValueError, KeyError, IndexError) as error:  # luhn meets a letter
        yield f"the check {fact.check!r} cannot read what the pattern lets through: {error}"


def _holds(fact: NumberFormat, text: str) -> bool:
    number = normalise(text)
    return fact.pattern.match(number) is not None and (fact.check is None or CHECKS[fact.check](number))


def _adapter_problems(read: dict[str, FactSheet], folder: Path, unread: set[str]) -> list[str]:
    """Where the modules and the sheets do not fit together."""
    modules = {path.stem for path in folder.glob("[!_]*.py")}
    found = [f"{slug}.py has no fact sheet {slug}.toml" for slug in sorted(modules - read.keys() - unread)]
    for slug, sheet in read.items():
        if slug in modules:
            found += [] if sheet.api else [f"there is an adapters/{slug}.py, but {slug}.toml has no [api]"]
            found += class_problems(sheet) if slug in registry.ADAPTERS else []
        elif sheet.api is not None:
            found.append(f"{slug}.toml has an [api], but there is no adapters/{slug}.py")
    known = read.keys() | unread
    return found + [problem for sheet in read.values() for problem in _reach_problems(sheet, known)]


def _reach_problems(sheet: FactSheet, known: Set[str]) -> list[str]:
    named = [*sheet.api.reaches, *sheet.api.carrier_keys] if sheet.api else []
    return [
        f"{sheet.slug}.toml: [api] names the carrier {slug!r}, of which there is no sheet"
        for slug in named
        if slug != "*" and slug not in known
    ]


def class_problems(sheet: FactSheet) -> list[str]:
    """What is wrong with the adapter's module of a sheet."""
    try:
        asked = registry.adapter_class(sheet.slug).credentials
    except Exception as error:  # whatever a module that is being written raises
        return [f"{sheet.slug}.py cannot be used: {type(error).__name__}: {error}"]
    known = {fact.name for fact in sheet.credentials}
    return [f"{sheet.slug}.toml: the adapter asks for the credential {name!r}, which has no [[credential]]"
            for name in asked if name not in known]  # fmt: skip
