"""The library's command line: `python -m carriers -h`. Answers are JSON on stdout, one line each.

Exit codes: 0 done; 1 a check failed; 2 a usage error; 3 a carrier's error, told as JSON on stderr.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

from carriers import audit, numbers, registry, skeleton
from carriers.base import Access, CarrierAdapter, PushAdapter
from carriers.errors import BadAnswer, BadPush, CarrierError, MissingField, UnknownCarrier
from carriers.events import TrackedNumber, TrackingResult
from carriers.facts import FactSheet
from carriers.serialise import error_to_json, result_to_json
from carriers.sheets import FOLDER, FactSheetError


class UsageError(Exception):
    """What was typed cannot be done; the message is one line that says why and what would do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns the exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        # An argument that is not UTF-8 comes back as it came, escaped as JSON escapes it.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (UsageError, UnknownCarrier) as error:
        print(f"python -m carriers: {error}", file=sys.stderr)
        return 2
    except FactSheetError as error:
        print(f"{error}; `python -m carriers check` tells all", file=sys.stderr)
        return 1
    except CarrierError as error:
        print(_line(error_to_json(error)), file=sys.stderr)
        return 3
    except BrokenPipeError:
        sys.stderr.close()  # the reader, such as `head`, has had enough
        return 0


def _detect(options: argparse.Namespace) -> int:
    for text in options.numbers:
        detection = numbers.detect(
            text, destination=options.destination, origin=options.origin, own_carriers=options.own
        )
        answer: dict[str, Any] = {
            "number": detection.number,
            "candidates": [
                {"carrier": found.carrier, "confidence": found.confidence, "reason": found.reason}
                for found in detection.candidates
            ],
        }
        answer |= {"problem": detection.problem} if detection.problem else {}
        answer |= {"note": detection.note} if detection.note else {}
        print(_line(answer))
    return 0


def _parse(options: argparse.Namespace) -> int:
    adapter = registry.adapter(options.slug)
    try:
        body = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
    except OSError as error:
        raise UsageError(f"{options.file} cannot be read: {error.strerror}") from error
    results = _read(adapter, body)
    print(json.dumps([result_to_json(result) for result in results], ensure_ascii=False, indent=2))
    return 0


def _read(adapter: CarrierAdapter, body: bytes) -> list[TrackingResult]:
    """An answer, or else a push, of the carrier; what is neither raises what it is as an answer."""
    try:
        return adapter.read(body)
    except BadAnswer as error:
        if not isinstance(adapter, PushAdapter):
            raise
        try:
            return adapter.read_push(body)
        except BadPush:
            raise error from None


def _list(_: argparse.Namespace) -> int:
    for sheet in registry.sheets().values():
        print(
            _line(
                {
                    "slug": sheet.slug,
                    "name": sheet.name,
                    "kind": sheet.kind,
                    "countries": list(sheet.countries),
                    "capabilities": _capabilities(sheet),
                    "evidence": sheet.evidence.value,
                }
            )
        )
    return 0


def _capabilities(sheet: FactSheet) -> list[str]:
    can = {
        "detect": bool(sheet.numbers or sheet.post_of),
        "link": bool(sheet.tracking_url),
        "track": registry.has_adapter(sheet.slug),
        "batch": sheet.api is not None and sheet.api.batch > 1,
        "push": registry.has_adapter(sheet.slug) and isinstance(registry.adapter(sheet.slug), PushAdapter),
    }
    return [name for name, is_so in can.items() if is_so]


def _track(options: argparse.Namespace) -> int:
    import asyncio

    adapter = registry.adapter(options.slug)
    detection = numbers.extract(options.number)
    if detection.problem:
        raise UsageError(detection.problem)
    asked = TrackedNumber(number=detection.number, fields=_fields(adapter.facts, options.field))
    access = Access(credentials=_credentials(adapter.facts, adapter.credentials), now=datetime.now(UTC))
    result = asyncio.run(_ask(adapter, access, asked))
    print(json.dumps(result_to_json(result), ensure_ascii=False, indent=2))
    if result.failure is not None:
        raise result.failure
    return 0


async def _ask(adapter: CarrierAdapter, access: Access, asked: TrackedNumber) -> TrackingResult:
    from carriers.client import CarrierClient  # half of the start-up time, for this command alone

    async with CarrierClient.connect() as client:
        (outcome,) = await client.track(adapter, access, [asked])
    if outcome.result is None:
        raise BadAnswer("the answer is called unchanged, but none was known before")
    return outcome.result


def _credentials(sheet: FactSheet, needed: Sequence[str]) -> dict[str, str]:
    found = {fact.name: os.environ.get(_variable(sheet, fact.name), "") for fact in sheet.credentials}
    missing = [_variable(sheet, name) for name in needed if not found.get(name)]
    if missing:
        raise UsageError(f"{sheet.name} needs credentials in the environment: set {', '.join(missing)}")
    return found


def _variable(sheet: FactSheet, credential: str) -> str:
    return re.sub("[^A-Z0-9]", "_", f"CARRIER_{sheet.slug}_{credential}".upper())


def _fields(sheet: FactSheet, pairs: Sequence[str]) -> dict[str, str]:
    given = dict(pair.partition("=")[::2] for pair in pairs)
    facts = {fact.name: fact for fact in sheet.fields}
    for name, value in given.items():
        if name not in facts:
            raise UsageError(f"{sheet.name} has no field {name!r}; it knows {', '.join(facts) or 'none'}")
        if not facts[name].pattern.match(value):
            raise UsageError(f"{value!r} is no {facts[name].label}; {name} must match {facts[name].pattern.pattern}")
    for name, fact in facts.items():
        if fact.is_required and name not in given:
            raise MissingField(name, f"{sheet.name} needs {fact.label}: add --field {name}=…")
    return given


def _new(options: argparse.Namespace) -> int:
    is_known = skeleton.recognised(options.slug)
    try:
        if options.sandbox:
            is_xml = registry.adapter(options.slug).answer_format == "xml"
            paths = skeleton.write_sandbox(skeleton.known(options.slug, is_xml=is_xml))
        elif is_known and not options.no_api:
            paths = skeleton.extend(skeleton.known(options.slug, is_xml=options.xml))
        else:
            paths = skeleton.write(_new_carrier(options))
    except (skeleton.CannotCreate, FactSheetError) as error:
        raise UsageError(str(error)) from error
    print(*paths, sep="\n")
    print(f"Fill in every {skeleton.TO_FILL}, then run `python -m carriers check`; docs/adding_a_carrier.md tells how.")
    return 0


def _new_carrier(options: argparse.Namespace) -> skeleton.NewCarrier:
    """A carrier without a sheet, from what was typed."""
    if registry.has_adapter(options.slug):
        raise UsageError(f"{options.slug} has a sheet and an adapter: --sandbox writes its sandbox")
    if not options.country or not options.number:
        raise UsageError(f"{options.slug} has no sheet yet: say --country and --number, one of its numbers")
    found = numbers.extract(options.number)
    if found.problem:
        raise UsageError(found.problem)
    return skeleton.NewCarrier(
        slug=options.slug,
        name=options.name or options.slug.replace("_", " ").title(),
        country=options.country,
        example=found.number,
        has_api=not options.no_api,
        is_xml=options.xml,
    )


def _check(_: argparse.Namespace) -> int:
    problems = audit.problems()
    count = len(list(FOLDER.glob("*.toml")))
    print(*problems, f"{count} fact sheets, {len(problems)} problems", sep="\n")
    return 1 if problems else 0


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


class _Parser(argparse.ArgumentParser):
    """Says a usage error in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; `{self.prog} -h` tells more\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m carriers", description="What carriers say, in one vocabulary.", epilog=_EXITS)
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)

    detect = commands.add_parser("detect", help="whose numbers are these? one JSON line each")
    detect.add_argument("numbers", nargs="+", metavar="NUMBER", help="a tracking number, or a pasted tracking link")
    detect.add_argument("--destination", type=_country, metavar="CC", help="destination country, such as DE")
    detect.add_argument("--origin", type=_country, metavar="CC", help="origin country, such as CN")
    detect.add_argument(
        "--own", action="append", default=[], metavar="SLUG", help="a carrier with whom you have an account; repeatable"
    )
    detect.set_defaults(run=_detect)

    parse = commands.add_parser("parse", help="read a carrier's recorded answer or push: a JSON list of results")
    parse.add_argument("slug", metavar="SLUG", help="the carrier, as `list` names it")
    parse.add_argument("file", metavar="FILE", help='the answer\'s file, or "-" for standard input')
    parse.set_defaults(run=_parse)

    listing = commands.add_parser("list", help="every carrier known, one JSON line each")
    listing.set_defaults(run=_list)

    track = commands.add_parser("track", help="ask a carrier, live", description=_CREDENTIALS)
    track.add_argument("slug", metavar="SLUG", help="the carrier, as `list` names it")
    track.add_argument("number", metavar="NUMBER")
    track.add_argument(
        "--field",
        action="append",
        default=[],
        type=_pair,
        metavar="NAME=VALUE",
        help="what the carrier needs beside the number, such as postal_code=10115; repeatable",
    )
    track.set_defaults(run=_track)

    new = commands.add_parser("new", help="write the files with which a new carrier begins", description=_NEW)
    new.add_argument("slug", metavar="SLUG", help="its name in lower case, such as quill_parcel")
    new.add_argument("--name", metavar="NAME", help='as people call it, such as "Quill Parcel"')
    new.add_argument("--country", type=_country, metavar="CC", help="where it delivers, such as NL")
    new.add_argument("--number", metavar="NUMBER", help="one of its numbers, as it stands on a label")
    new.add_argument("--xml", action="store_true", help="its API speaks XML, not JSON")
    only = new.add_mutually_exclusive_group()
    only.add_argument("--no-api", action="store_true", help="recognised and linked only: the fact sheet alone")
    only.add_argument("--sandbox", action="store_true", help="of a carrier with an adapter: its sandbox")
    new.set_defaults(run=_new)

    check = commands.add_parser("check", help="check every fact sheet against its own examples")
    check.set_defaults(run=_check)
    return parser


_EXITS = "Exit codes: 0 done, 1 a check failed, 2 a usage error, 3 a carrier's error (JSON on stderr)."
_NEW = (
    "Writes a fact sheet, an adapter, two recorded answers and a test; where a sheet of the carrier is there, adds to "
    "it. With --sandbox: its wire, a story with it and who asks it in the tests. Overwrites nothing."
)
_CREDENTIALS = (
    "Asks a carrier with the credentials in the environment: CARRIER_<SLUG>_<CREDENTIAL>, such as "
    "CARRIER_UPS_CLIENT_ID. CARRIER_<SLUG>_URL replaces the carrier's address."
)


def _country(text: str) -> str:
    if not (len(text) == 2 and text.isascii() and text.isalpha()):
        raise argparse.ArgumentTypeError(f"{text!r} is no ISO 3166-1 alpha-2 country, such as DE")
    return text.upper()


def _pair(text: str) -> str:
    if "=" not in text:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return text


if __name__ == "__main__":
    sys.exit(main())
