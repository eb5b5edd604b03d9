"""What is sent upstream: rows in the sheet's own style, which the library takes and reads alike."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from django_scopes import scope

from carriers import audit, sheets
from carriers.facts import FactSheet
from carriers.vocabulary import EventCode, Reason
from tests.tracking.mapping.conftest import MARA, say
from tests.tracking.mapping.yanwen_words import ODD
from tracking.accounts.models import Merchant
from tracking.mapping.export import patch, patched
from tracking.mapping.rows import Mapping, end_row, map_wording
from tracking.phrasebook.models import PhrasebookRow

pytestmark = pytest.mark.django_db


def pasted(tmp_path: Path, toml: str, slug: str = "yanwen") -> FactSheet:
    """The sheet with the rows at the end of its [status] table, as the first line of them says."""
    source = (sheets.FOLDER / f"{slug}.toml").read_text(encoding="utf-8")
    first = source.index("\n[[phrase]]\n") + 1
    path = tmp_path / f"{slug}.toml"
    path.write_text(source[:first].rstrip("\n") + "\n" + toml + "\n" + source[first:], encoding="utf-8")
    sheet = sheets.read_sheet(path)
    assert audit.sheet_problems(sheet) == []
    return sheet


def applied(tmp_path: Path, diff: str, slug: str = "yanwen") -> FactSheet:
    """The sheet as `git apply` makes it."""
    path = tmp_path / "carriers" / "adapters" / f"{slug}.toml"
    path.parent.mkdir(parents=True)
    path.write_bytes((sheets.FOLDER / f"{slug}.toml").read_bytes())
    subprocess.run(["git", "apply", "-"], input=diff.encode(), cwd=tmp_path, check=True, timeout=30)
    sheet = sheets.read_sheet(path)
    assert audit.sheet_problems(sheet) == []
    return sheet


def test_rows_are_pasted_applied_and_read_as_the_phrasebook_reads(halden: Merchant, tmp_path: Path) -> None:
    say(halden, "first_mile.held_export_office", raw_code="SC20")
    say(halden, "import_customs.held", raw_code="A B", reason="customs.inspection")
    say(halden, "linehaul.handed_to_carrier", raw_code="ZZ77", text=ODD[1])
    say(halden, "any.delayed.weather", pattern="storm|tempête d'hiver", reason="nature.weather")
    found = patch(halden, "yanwen")
    assert found.rows == 4
    for sheet in (pasted(tmp_path, found.toml), applied(tmp_path, found.diff)):
        assert sheet.meaning("SC20").code is EventCode.FIRST_MILE_HELD_EXPORT_OFFICE
        assert sheet.meaning("A B").reason is Reason.CUSTOMS_INSPECTION
        assert sheet.meaning("ZZ77", ODD[1]).code is EventCode.LINEHAUL_HANDED_TO_CARRIER
        assert sheet.meaning("ZZ77", "Handed over to feeder 7 at  gate 12").code is EventCode.LINEHAUL_HANDED_TO_CARRIER
        assert sheet.meaning("", ODD[1]).code is EventCode.UNKNOWN
        assert sheet.meaning("ZZ77", ODD[1] + " again").code is EventCode.UNKNOWN
        assert sheet.meaning("", "Tempête d'hiver").code is EventCode.ANY_DELAYED_WEATHER
        assert sheet.meaning("OR10").code is EventCode.SELLER_LABEL_CREATED  # the sheet's own stay


def test_a_finer_row_stands_before_the_sheets_broader_phrase(halden: Merchant, tmp_path: Path) -> None:
    say(halden, "return.import_customs.held", text="Quarantine of the return")
    found = patch(halden, "yanwen")
    for sheet in (pasted(tmp_path, found.toml), applied(tmp_path, found.diff)):
        assert sheet.meaning("", "Quarantine of the return").code is EventCode.RETURN_IMPORT_CUSTOMS_HELD


def test_a_code_that_the_sheet_has_is_replaced_in_its_place(halden: Merchant, tmp_path: Path) -> None:
    say(halden, "last_mile.delivered.signed", raw_code="LM40")
    found = patch(halden, "yanwen")
    assert "# Instead of the sheet's own line: LM40 =" in found.toml
    assert found.diff.count("\n+") - found.diff.count("\n+++") == 1
    assert applied(tmp_path, found.diff).meaning("LM40").code is EventCode.LAST_MILE_DELIVERED_SIGNED
    pasted(tmp_path, found.toml)  # the comment does no harm


def test_a_sheet_without_a_status_table_gets_one(halden: Merchant, tmp_path: Path) -> None:
    rows = [say(halden, raw_code="X1"), say(halden, "any.note", pattern="news")]
    bare = 'name = "Bare"\nkind = "post"\n\n[[number]]\nname = "n"\n'
    text = patched(bare, rows)
    assert text.startswith(bare)
    assert "[status_source]" in text
    assert text.index("[status]\nX1") < text.index("[[phrase]]")


def test_what_has_ended_or_is_anothers_is_not_sent(halden: Merchant, kestrel: Merchant) -> None:
    end_row(say(halden, raw_code="X1"), MARA)
    with scope(merchant=kestrel):
        say(kestrel, raw_code="X2")
    assert (patch(halden, "yanwen").rows, patch(halden, "yanwen").diff) == (0, "")


@pytest.mark.parametrize("slug", ["yunexpress", "ups", "dhl_unified", "fedex", "usps", "track17", "sf_express"])
def test_every_sheets_shape_takes_rows(halden: Merchant, tmp_path: Path, slug: str) -> None:
    for told in (
        Mapping(carrier=slug, event_code="any.note", raw_code="Q9"),
        Mapping(carrier=slug, event_code="any.delayed", raw_code="Q.9 ü", reason="carrier.misrouted"),
        Mapping(carrier=slug, event_code="any.lost", text='Said "lost"\\ [at] gate 9'),
        Mapping(carrier=slug, event_code="any.damaged", pattern=r"crushed \(box\)"),
    ):
        map_wording(halden, told, MARA)
    sheet = applied(tmp_path, patch(halden, slug).diff, slug)
    assert sheet.meaning("Q9").code is EventCode.ANY_NOTE
    assert sheet.meaning("Q.9 ü").reason is Reason.CARRIER_MISROUTED
    assert sheet.meaning("", 'Said "lost"\\ [at] gate 12').code is EventCode.ANY_LOST
    assert sheet.meaning("", "Crushed (box)").code is EventCode.ANY_DAMAGED
    assert PhrasebookRow.objects.standing().count() == 4
