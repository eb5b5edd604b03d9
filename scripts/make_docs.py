"""Writes docs/statuses.md from the vocabulary, docs/carriers.md from the fact sheets, and the outputs in
docs/command_line.md; a test keeps them fresh.

python scripts/make_docs.py
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from carriers import registry  # noqa: E402
from carriers.auth import OAuth2ClientCredentials  # noqa: E402
from carriers.base import CarrierAdapter, PushAdapter  # noqa: E402
from carriers.facts import ApiFacts, Evidence, FactSheet, Kind, Limit, Per  # noqa: E402
from carriers.sandbox.stories import STORIES  # noqa: E402
from carriers.sandbox.wires import WIRES  # noqa: E402
from carriers.vocabulary import EventCode, Phase, Reason, Status  # noqa: E402

WARNING = "<!-- Written by scripts/make_docs.py: do not edit. -->\n"

STATUS_MEANINGS = {
    Status.PENDING: "No carrier has told anything yet.",
    Status.INFO_RECEIVED: "The carrier knows of it; nobody has scanned the goods.",
    Status.IN_TRANSIT: "Somebody has the goods and they move, customs included.",
    Status.OUT_FOR_DELIVERY: "With the courier, on the last round.",
    Status.AVAILABLE_FOR_PICKUP: "Waits for the buyer at a counter, a shop or a locker.",
    Status.ATTEMPT_FAILED: "Somebody was at the door in vain.",
    Status.DELIVERED: "The buyer, or somebody for the buyer, has it.",
    Status.EXCEPTION: "Delayed, held, damaged, lost or disposed of; the reason says why and who must act.",
    Status.RETURNING: "On the way back to the sender.",
    Status.RETURNED: "Back at the sender.",
    Status.CANCELLED: "Will not be sent.",
    Status.EXPIRED: "The carrier reports no more; we still ask, rarely.",
}

# Our reading of the vendors' published lists (AfterShip 2026-07, 17TRACK v2.2 and v2.4, EasyPost), 2026-11-23.
VENDORS = ("AfterShip tag", "17TRACK", "EasyPost")
DOWN = {
    Status.PENDING: ("Pending", "NotFound", "unknown"),
    Status.INFO_RECEIVED: ("InfoReceived", "InfoReceived", "pre_transit"),
    Status.IN_TRANSIT: ("InTransit", "InTransit", "in_transit"),
    Status.OUT_FOR_DELIVERY: ("OutForDelivery", "OutForDelivery", "out_for_delivery"),
    Status.AVAILABLE_FOR_PICKUP: ("AvailableForPickup", "AvailableForPickup", "available_for_pickup"),
    Status.ATTEMPT_FAILED: ("AttemptFail", "DeliveryFailure", "in_transit or failure, told by its detail"),
    Status.DELIVERED: ("Delivered", "Delivered", "delivered"),
    Status.EXCEPTION: ("Exception", "Exception", "failure, told by its detail"),
    Status.RETURNING: ("Exception (subtag 010)", "Exception_Returning", "return_to_sender"),
    Status.RETURNED: ("Exception (subtag 011)", "Exception_Returned", "return_to_sender"),
    Status.CANCELLED: ("Exception (subtag 020)", "Exception_Cancel", "cancelled"),
    Status.EXPIRED: ("Expired", "Expired", "-"),
}

STATUSES_INTRO = f"""# Statuses, phases, events and reasons

One closed vocabulary of four independent axes. The code, the API, the pages and every carrier's table use these words
and no others; they live in `carriers/vocabulary.py`.

- A **status** ({len(Status)}) is for counters and filters.
- A **phase** ({len(Phase)}) says on which stretch of the way the parcel is.
- An **event code** ({len(EventCode)}) says what happened. A carrier's raw code maps to one, and status and phase
  follow from it.
- A **reason** ({len(Reason)}) says why, on delays, holds and failures only; it names who must act.

How a shipment's status comes out of many carriers' events: [timeline.md](timeline.md). How a carrier's codes are
mapped: [adding_a_carrier.md](adding_a_carrier.md).
"""

STATUSES_DOWN = """## Down to other vocabularies

Ours is finer: every status maps down to one of theirs, and not back. The columns are our reading of the vendors'
published definitions (read 2026-11-23); EasyPost's is best effort. Check with the vendor before you rely on a row.
"""

CODES_INTRO = """## Event codes

*Status*: what it makes of the shipment; "-" leaves it as it was. *Phase*: "-" is the one the parcel is already on.
*In hand*: somebody held the goods; paper (a label, an announcement, a note) never takes back what somebody had in
hand. A code with one more word (`last_mile.delivered.signed`) is a finer word for the same event.
"""

REASONS_INTRO = """## Reasons

*Who acts*: before the parcel goes on. *Required*: nothing moves until they do; without it, it resolves by itself.
"""

CARRIERS_INTRO = """# Carriers

{known} carriers are known. {asked} of them are asked through their APIs; the numbers of the others are recognised,
their tracking page is linked, and a merchant with an account at an aggregator ({aggregators}) has them asked through
it. How to add one: [adding_a_carrier.md](adding_a_carrier.md).

**No live account of any carrier was available.** Each adapter is built to the carrier's documented contract and to
recorded answers that others have published, and is tested against a [sandbox](sandbox.md) that was written from the
documents and not from the adapters. What could not be checked stands under *Not verified*. The last column says how
well each is founded:

- `verified`: against live answers of an account ({verified} carriers).
- `documented`: from the carrier's own document or samples.
- `thin`: from one or two recorded answers.
- `experimental`: inferred.
- `recognised`: numbers and link only.
"""


def statuses() -> str:
    """docs/statuses.md."""
    finals = (_row(_code(status), status.label, "yes" if status.is_final else "", STATUS_MEANINGS[status])
              for status in Status)  # fmt: skip
    downs = (_row(_code(status), *map(_code, DOWN[status])) for status in Status)
    phases = (_row(_code(phase), phase.label) for phase in Phase)
    codes = (
        _row(_code(code), code.label, _code(code.status), _code(code.phase), "yes" if code.is_physical else "")
        for code in EventCode
    )
    reasons = (
        _row(_code(reason), reason.label, reason.action_by, "yes" if reason.is_action_required else "")
        for reason in Reason
    )
    return "\n".join((
        WARNING + STATUSES_INTRO,
        "## Statuses\n\n*Final*: nobody needs to be asked again. Not for ever: see [timeline.md](timeline.md).\n",
        _table(("Status", "In words", "Final", "Means"), finals),
        STATUSES_DOWN, _table(("Ours", *VENDORS), downs),
        "## Phases\n\nIn the order of the way.\n", _table(("Phase", "In words"), phases),
        CODES_INTRO, _table(("Event code", "In words", "Status", "Phase", "In hand"), codes),
        REASONS_INTRO, _table(("Reason", "In words", "Who acts", "Required"), reasons),
    )).rstrip() + "\n"  # fmt: skip


def carriers() -> str:
    """docs/carriers.md."""
    sheets = sorted(registry.sheets().values(), key=lambda sheet: sheet.name.casefold())
    asked = [(sheet, sheet.api) for sheet in sheets if sheet.api is not None]
    recognised = [sheet for sheet in sheets if sheet.api is None]
    verified = sum(sheet.evidence is Evidence.VERIFIED for sheet in sheets)
    aggregators = ", ".join(sheet.name for sheet in sheets if sheet.kind is Kind.AGGREGATOR)
    intro = CARRIERS_INTRO.format(known=len(sheets), asked=len(asked), verified=verified, aggregators=aggregators)
    summary = (
        _row(f"[{sheet.name}](#{_anchor(sheet)})", _code(sheet.slug), api.batch, "yes" if _is_pushing(sheet) else "",
             _codes(sheet), ", ".join(fact.label for fact in sheet.fields if fact.is_required), _code(sheet.evidence))
        for sheet, api in asked
    )  # fmt: skip
    lists = (
        f"- **{_KINDS[kind]}**: " + ", ".join(f"{sheet.name} (`{sheet.slug}`)" for sheet in some) + "\n"
        for kind in Kind
        if (some := [sheet for sheet in recognised if sheet.kind is kind])
    )
    return "\n".join((
        WARNING + intro,
        "## Asked through an API\n",
        _table(("Carrier", "Slug", "Numbers a call", "Push", "Codes mapped", "Needs beside the number", "Evidence"),
               summary),
        *("\n".join(_section(sheet, api)) for sheet, api in asked),
        f"## Recognised\n\n{len(recognised)} carriers whose numbers are recognised, without an API of ours. "
        "Posts are recognised by the UPU's S10 numbers.\n",
        "".join(lists),
    )).rstrip() + "\n"  # fmt: skip


_KINDS = {
    Kind.POST: "Posts", Kind.EXPRESS: "Express carriers", Kind.PARCEL: "Parcel carriers",
    Kind.CROSS_BORDER: "Cross-border line-hauls", Kind.FREIGHT: "Freight", Kind.AGGREGATOR: "Aggregators",
}  # fmt: skip


def command_line() -> str:
    """docs/command_line.md, what each command in it prints written anew below it."""
    page = (ROOT / "docs" / "command_line.md").read_text(encoding="utf-8")
    return _COMMAND.sub(lambda found: f"```\n$ {found[1]}\n{_output(found[1])}\n```", page)


_COMMAND = re.compile(r"^```\n\$ (python -m carriers [^\n]*)\n.*?^```", re.DOTALL | re.MULTILINE)


def sandbox() -> str:
    """docs/sandbox.md, its lists of wires and stories written anew between their marks."""
    page = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")
    wires = _table(("Slug", "How it is asked"), (_row(_code(slug), _how(wire)) for slug, wire in WIRES.items()))
    told = ((name, story.title, ", ".join(_code(leg.carrier) for leg in story.legs)) for name, story in STORIES.items())
    stories = _table(("Story", "What happens", "Carriers"), (_row(_code(name), *rest) for name, *rest in sorted(told)))
    lists = {"wires": wires, "stories": stories}
    return _LIST.sub(lambda found: f"{found[1]}\n{lists[found[2]]}<!-- end -->", page)


_LIST = re.compile(r"^(<!-- (wires|stories): [^\n]*)\n.*?^<!-- end -->", re.DOTALL | re.MULTILINE)


def _how(wire: object) -> str:
    """The first paragraph of the wire's own description."""
    return " ".join((wire.__doc__ or "").strip().split("\n\n")[0].split())


def _output(command: str) -> str:
    shell = command.replace("python", shlex.quote(sys.executable), 1)
    done = subprocess.run(shell, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S602
    return (done.stdout + done.stderr).rstrip()


def _section(sheet: FactSheet, api: ApiFacts) -> Iterator[str]:
    adapter = registry.adapter(sheet.slug)
    yield f"### {sheet.name}\n"
    yield f"- API: {api.version}, at `{api.base_url}`"
    yield f"- Evidence: `{sheet.evidence}`; document: {_linked(api.document)}, read {api.read_on}"
    if sheet.status_source not in ("", api.document):
        yield f"- Codes from: {_linked(sheet.status_source)}, read {sheet.status_read_on}"
    yield f"- Login: {_login(adapter, sheet)}"
    yield f"- Numbers a call: {api.batch}; most calls: {_limits(api)}"
    yield f"- Push: {_push(sheet)}"
    yield f"- Beside the number: {_fields(sheet)}"
    if {*api.reaches, *api.carrier_keys} - {sheet.slug}:
        yield f"- Answers for: {_reach(sheet.slug, api)}"
    yield f"- Times: {api.times}"
    yield f"- Mapped: {_codes(sheet)}"
    yield "- Not verified:"
    yield from (f"  - {item}" for item in api.unverified or ("nothing but what was said above",))
    yield ""


def _reach(slug: str, api: ApiFacts) -> str:
    """Whose numbers an API answers for besides its own."""
    named = {*api.reaches, *api.carrier_keys} - {"*", slug}
    names = ", ".join(sorted((registry.sheet(other).name for other in named), key=str.casefold))
    if "*" not in api.reaches:
        return names
    return f"any carrier; it is told which for these {len(named)}: {names}" if named else "any carrier"


def _login(adapter: CarrierAdapter, sheet: FactSheet) -> str:
    names = [f"{fact.label} (`{fact.name}`)" for fact in sheet.credentials if fact.name in adapter.credentials]
    kind = ""
    if isinstance(adapter.auth, OAuth2ClientCredentials):
        kind = f"OAuth 2 client credentials at `{adapter.auth.path}`: "
    return kind + ", ".join(names)


def _limits(api: ApiFacts) -> str:
    return ", ".join(_limit(limit) for limit in api.limits) or "none known"


def _limit(limit: Limit) -> str:
    resets = f" (from {limit.resets_at:%H:%M} {limit.zone})" if limit.zone else ""
    return f"{limit.calls:,} {'an' if limit.per is Per.HOUR else 'a'} {limit.per}{resets}"


def _is_pushing(sheet: FactSheet) -> bool:
    return isinstance(registry.adapter(sheet.slug), PushAdapter)


def _push(sheet: FactSheet) -> str:
    adapter = registry.adapter(sheet.slug)
    if not isinstance(adapter, PushAdapter):
        return "none"
    label = next((fact.label for fact in sheet.credentials if fact.name == adapter.push_credential), "")
    if not label:
        return "not signed: the numbers that it names are asked for"
    asked = "; numbers are subscribed one by one" if registry.subscribes(sheet.slug) else ""
    return f"checked with `{adapter.push_credential}` ({label}){asked}"


def _fields(sheet: FactSheet) -> str:
    told = [f"{fact.label} (`{fact.name}`, {'required' if fact.is_required else 'optional'})" for fact in sheet.fields]
    return "; ".join(told) or "nothing"


def _codes(sheet: FactSheet) -> str:
    return f"{len(sheet.codes)} codes, {len(sheet.phrases)} wordings"


def _anchor(sheet: FactSheet) -> str:
    """The name of a heading's link, as GitHub makes it."""
    return "".join(sign for sign in sheet.name.lower().replace(" ", "-") if sign.isalnum() or sign in "-_")


def _linked(document: str) -> str:
    """Addresses between <> are links; others, and text around them, stay as they are."""
    return " ".join(f"<{word}>" if word.startswith("https://") else word for word in document.split(" "))


def _table(heads: Sequence[str], rows: Iterable[str]) -> str:
    return "\n".join((_row(*heads), "|---" * len(heads) + "|", *rows, ""))


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def _code(word: str | None) -> str:
    return "-" if word in (None, "-") else word if " " in str(word) else f"`{word}`"


PAGES = {
    ROOT / "docs" / "statuses.md": statuses,
    ROOT / "docs" / "carriers.md": carriers,
    ROOT / "docs" / "command_line.md": command_line,
    ROOT / "docs" / "sandbox.md": sandbox,
}


if __name__ == "__main__":
    for path, page in PAGES.items():
        path.write_text(page(), encoding="utf-8")
        print(path.relative_to(ROOT))
