"""No code that a carrier documents is unknown: the list of codes that others gathered, against every sheet.

The list is `$SHARED_DIR/payloads/status_pairs.tsv` (skipped where it is absent): carrier, code, wording, and what its
source took it for. The sources contradict each other, so only that a row *means something* is asked here. Whose row is
whose, and which rows honestly mean nothing, stands with its reason in `documented_codes.toml`.
"""

from __future__ import annotations

import csv
import os
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from carriers import registry
from carriers.facts import UNKNOWN

PAIRS = Path(os.environ.get("SHARED_DIR", Path(__file__).parents[2].parent / "shared")) / "payloads/status_pairs.tsv"
RULES = tomllib.loads(Path(__file__).with_name("documented_codes.toml").read_text(encoding="utf-8"))
READ_AS: dict[str, list[str]] = RULES["read_as"]
ELSEWHERE: dict[str, str] = RULES["elsewhere"]
UNMAPPED = {
    (rule["carrier"], code, text): rule["why"]
    for rule in RULES["unmapped"]
    for code, text in [*((code, "") for code in rule.get("codes", ())), *(("", text) for text in rule.get("texts", ()))]
}
# A mapping of some other system to its own reasons, often of guessed codes.
NO_CODES = {"incident_reason"}

pytestmark = pytest.mark.skipif(not PAIRS.is_file(), reason="no list of codes beside the checkout")


@dataclass(frozen=True)
class Row:
    carrier: str
    code: str
    text: str

    @property
    def is_left_out(self) -> bool:
        return any(key in UNMAPPED for key in ((self.carrier, self.code, ""), (self.carrier, "", self.text)))


def rows() -> Iterator[Row]:
    if PAIRS.is_file():
        with PAIRS.open(encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                if row["kind"] not in NO_CODES:
                    yield Row(row["carrier"], row["raw_code"], row["raw_description"])


ROWS = list(rows())
STAGES = ("pre-transit", "transit", "delivered", "failure")
# How an adapter composes the code that it looks up, where that is not the code as it stands in the list.
KEYS: dict[str, Callable[[str], tuple[str, ...]]] = {
    "canadapost": lambda code: (code.zfill(4) if len(code) > 2 else code,),  # answers bear leading zeros
    "usps": lambda code: (code.zfill(2) if code else "",),
    "dhl_parcel_de": lambda code: (code.upper(),) if code else STAGES,  # a wording is read by its stage
    "dhl_unified": lambda code: (code,) if code else STAGES,
    "sf_express": lambda code: (code.rpartition("/")[2],),  # secondaryStatusCode/opCode; the second is the finer
    "kdniao": lambda code: (code.removeprefix("action "),),
    "yunexpress": lambda code: tuple(code.removeprefix("TrackNodeCode ").split("/")),
}
# Carriers without codes: the list has their wordings in the place of the code.
WORDS_ALONE = {"australia_post"}


def is_known(row: Row) -> bool:
    for slug in READ_AS[row.carrier]:
        sheet, text = registry.sheet(slug), row.text or (row.code if slug in WORDS_ALONE else "")
        keys = KEYS[slug](row.code) if slug in KEYS else (row.code,)
        if any(sheet.meaning(key, text) != UNKNOWN for key in keys):
            return True
    return False


def counted(carrier: str) -> list[Row]:
    return [row for row in ROWS if row.carrier == carrier]


@pytest.mark.parametrize("carrier", sorted(READ_AS))
def test_every_documented_code_means_something(carrier: str) -> None:
    unknown = [row for row in counted(carrier) if not is_known(row) and not row.is_left_out]
    assert unknown == []


def test_every_carrier_of_the_list_is_read_or_has_a_reason_not_to_be() -> None:
    assert {row.carrier for row in ROWS} == {*READ_AS, *ELSEWHERE}
    assert not set(READ_AS) & set(ELSEWHERE)
    assert {slug for slugs in READ_AS.values() for slug in slugs} <= set(registry.ADAPTERS)


def test_every_excuse_is_of_a_row_that_nobody_understands() -> None:
    unknown = [row for row in ROWS if row.carrier in READ_AS and not is_known(row)]
    needed = {(row.carrier, row.code, "") for row in unknown} | {(row.carrier, "", row.text) for row in unknown}
    assert set(UNMAPPED) - needed == set()


def test_prints_the_share_that_is_understood(capsys: pytest.CaptureFixture[str]) -> None:
    known: Counter[str] = Counter()
    lines = [f"{'carrier':<22}{'listed':>8}{'known':>8}{'excused':>9}{'share':>8}"]
    for carrier in sorted(READ_AS):
        listed = counted(carrier)
        known["listed"] += len(listed)
        found, excused = sum(map(is_known, listed)), sum(row.is_left_out and not is_known(row) for row in listed)
        known["known"] += found
        lines.append(f"{carrier:<22}{len(listed):>8}{found:>8}{excused:>9}{found / len(listed):>8.0%}")
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + f"\nall: {known['known']} of {known['listed']}\n")
    assert known["known"] > 0.9 * known["listed"]
