"""The documents say what the code does: generated pages are fresh, and every link between pages leads somewhere."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest

from carriers import audit
from carriers.check_digits import CHECKS
from carriers.events import TimeSource, TrackingResult
from carriers.facts import FactSheet
from carriers.sandbox.stories import smooth, stretches
from carriers.sheets import read_sheet
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason, Status
from scripts import make_docs
from tracking.rules.attention import SILENCE_NORM_H
from tracking.rules.facts import Channel, EventFact, LegFact
from tracking.rules.timeline import fold

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
# A link's target, without what is in code.
_LINK = re.compile(r"\]\((?!https?://|mailto:)([^)\s]+)\)")
_CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("path", make_docs.PAGES, ids=lambda path: path.name)
def test_a_generated_page_is_fresh(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == make_docs.PAGES[path](), "run `python scripts/make_docs.py`"


def test_every_status_has_its_row_in_every_hand_written_table() -> None:
    assert set(make_docs.STATUS_MEANINGS) == set(make_docs.DOWN) == set(Status)


def anchors(page: Path) -> set[str]:
    """The names under which a page's headings are linked to."""
    text = _CODE.sub(lambda found: found[0] if found[0].startswith("`") and "\n" not in found[0] else "", _read(page))
    heads = re.findall(r"^#{1,6} +(.+?) *$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def _read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in _LINK.findall(_CODE.sub("", _read(page))):
        name, _, anchor = target.partition("#")
        other = (page.parent / name).resolve() if name else page
        assert other.exists(), f"{target} leads nowhere"
        if anchor and other.suffix == ".md":
            assert anchor in anchors(other), f"{other.name} has no heading #{anchor}"


# The made-up carrier of docs/adding_a_carrier.md, as it stands there.


def blocks(language: str) -> list[str]:
    page = _read(ROOT / "docs" / "adding_a_carrier.md")
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def sheet_of(folder: Path, *texts: str) -> FactSheet:
    path = folder / "quill.toml"
    path.write_text("\n".join(texts), encoding="utf-8")
    return read_sheet(path)


def test_the_first_half_of_the_sheet_is_a_carrier_whose_numbers_are_recognised(tmp_path: Path) -> None:
    assert audit.sheet_problems(sheet_of(tmp_path, blocks("toml")[0])) == []


def test_the_adapter_reads_the_answer_as_the_sheet_says(tmp_path: Path) -> None:
    first, second = blocks("toml")
    sheet = sheet_of(tmp_path, first.replace('"recognised"', '"documented"'), second)
    assert audit.sheet_problems(sheet) == []
    assert len(sheet.codes) == 10
    module = ModuleType("quill")
    exec(blocks("python")[0], module.__dict__)  # noqa: S102  our own page
    [answer] = map(json.loads, blocks("json"))
    result: TrackingResult
    [result] = module.Quill(sheet).read(json.dumps(answer).encode())
    assert [event.code.value for event in result.events] == [
        "seller.label_created",
        "first_mile.picked_up",
        "unknown",
        "last_mile.out_for_delivery",
        "last_mile.delivered.neighbour",
    ]
    assert result.next_leg is not None
    assert result.next_leg.carrier_name == "An Post"


def test_the_wire_and_the_story_fit_together_and_agree_with_the_sheet(tmp_path: Path) -> None:
    first, second = blocks("toml")
    sheet = sheet_of(tmp_path, first.replace('"recognised"', '"documented"'), second)
    wire = ModuleType("quill")
    exec(blocks("python")[1], wire.__dict__)  # noqa: S102  our own page
    for what, word in wire.WORDS.items():
        assert sheet.codes[word.code].code is (word.means or what)
    number = wire.NUMBERS["quill"](Random(1))
    [fact] = sheet.numbers
    assert fact.pattern.match(number)
    assert CHECKS["luhn"](number)
    assert (wire.failure("down").status, wire.failure("wrong_credentials").status) == (503, 401)
    names: dict[str, Any] = {**vars(smooth), **vars(stretches)}
    exec(blocks("python")[2], names)  # noqa: S102  our own page
    [story] = names["STORIES"]
    assert {scan.what for scan in story.scans if scan.leg == 1} == set(wire.WORDS)


def test_the_page_names_every_key_of_a_sheet() -> None:
    """The reader takes keys by name: what it takes, the page explains."""
    page = _read(ROOT / "docs" / "adding_a_carrier.md")
    taken = re.findall(r'\.(?:take|texts|word|rows)\("(\w+)"', _read(ROOT / "carriers" / "sheets.py"))
    assert len(taken) > 30
    assert [key for key in taken if not re.search(rf"`{key}`|\[\[?{key}\]", page)] == []


# The example of docs/timeline.md.

YANWEN = LegFact(id=UUID(int=1), position=1, carrier="yanwen", number="UH972281866YP")
DHL = LegFact(id=UUID(int=2), position=2, carrier="dhl_unified", number="00340434161094027331")
TOLD = [
    (DHL, "2026-06-05T06:00", E.SELLER_LABEL_CREATED, "DE", None),
    (DHL, "2026-06-08T06:10", E.LAST_MILE_OUT_FOR_DELIVERY, "DE", None),
    (DHL, "2026-06-08T11:30", E.LAST_MILE_DELIVERED_NEIGHBOUR, "DE", None),
    (DHL, "2026-06-09T10:00", E.RETURN_STARTED, "DE", None),
    (DHL, "2026-06-08T11:30", E.LAST_MILE_ARRIVED_DELIVERY_OFFICE, "DE", None),
    (YANWEN, "2026-06-01T02:12", E.SELLER_LABEL_CREATED, "CN", None),
    (YANWEN, "2026-06-02T10:40", E.FIRST_MILE_PICKED_UP, "CN", None),
    (YANWEN, "2026-06-02T16:00", E.LAST_MILE_ARRIVED_HUB, "CN", None),
    (YANWEN, "2026-06-04T21:30", E.LINEHAUL_DEPARTED, "CN", None),
    (YANWEN, "2026-06-06T08:00", E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, "DE", Reason.CUSTOMS_INVOICE_MISSING),
    (YANWEN, "2026-06-06T15:00", E.UNKNOWN, "DE", None),
    (YANWEN, "2026-06-07T09:00", E.IMPORT_CUSTOMS_RELEASED, "DE", None),
    (YANWEN, "2026-06-07T14:00", E.LAST_MILE_HANDED_OVER, "DE", None),
    (YANWEN, "2026-06-08T11:31", E.LAST_MILE_DELIVERED, "DE", None),
]


def test_the_example_of_the_timeline_folds_as_the_page_says() -> None:
    facts = [
        EventFact(
            identity=str(place),
            leg_id=leg.id,
            carrier=leg.carrier,
            channel=Channel.POLL,
            code=code,
            reason=reason,
            occurred_at=datetime.fromisoformat(at).replace(tzinfo=UTC),
            time_source=TimeSource.CARRIER_OFFSET if leg is YANWEN else TimeSource.PLACE,
            sequence=place,
            country=country,
        )
        for place, (leg, at, code, country, reason) in enumerate(TOLD)
    ]
    timeline = fold(facts, [YANWEN, DHL], origin="CN", destination="DE")
    page = _read(ROOT / "docs" / "timeline.md")
    rows = re.findall(r"^\| 06-[^|]*\|[^|]*\|[^`]*`([a-z_.]+)`[^|]*\| ([a-z_]+)", page, re.MULTILINE)
    assert [(entry.code.value, entry.status.value) for entry in timeline.entries] == rows
    delivery = timeline.entries[-2]
    assert (delivery.lead.carrier, [other.carrier for other in delivery.others]) == ("yanwen", ["dhl_unified"])


def test_the_norms_of_silence_stand_on_the_page() -> None:
    page = _read(ROOT / "docs" / "timeline.md")
    assert {*SILENCE_NORM_H.values(), 240} == {int(hours) for hours in re.findall(r"\| (\d+) \|$", page, re.MULTILINE)}
