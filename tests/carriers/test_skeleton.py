"""`python -m carriers new` writes what a contributor fills in, and `check` says what is left."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from types import ModuleType

import pytest

from carriers import audit, skeleton
from carriers.base import Access
from carriers.errors import NotFound
from carriers.events import TrackedNumber
from carriers.facts import Evidence
from carriers.sandbox.cities import CITIES
from carriers.sheets import read_sheet
from carriers.skeleton import CannotCreate, NewCarrier
from carriers.vocabulary import EventCode

QUILL = NewCarrier(slug="quill", name='Quill "Q" Parcel', country="NL", example="QP772046183053")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "carriers" / "adapters").mkdir(parents=True)
    return tmp_path / "carriers" / "adapters"


def test_the_files_are_a_sheet_an_adapter_two_answers_and_a_test(folder: Path, tmp_path: Path) -> None:
    written = [str(path.relative_to(tmp_path)) for path in skeleton.write(QUILL, folder)]
    assert written == [
        "carriers/adapters/quill.toml",
        "carriers/adapters/quill.py",
        "tests/payloads/quill/delivered.json",
        "tests/payloads/quill/unknown_number.json",
        "tests/carriers/adapters/test_quill.py",
    ]


@pytest.mark.parametrize("is_xml", [False, True])
def test_an_adapter_reads_its_answers_as_they_are_written(folder: Path, tmp_path: Path, is_xml: bool) -> None:
    skeleton.write(replace(QUILL, is_xml=is_xml), folder)
    module = ModuleType("quill")
    exec((folder / "quill.py").read_text(), module.__dict__)  # noqa: S102  our own text
    adapter = module.Quill(read_sheet(folder / "quill.toml"))
    delivered, unknown = sorted((tmp_path / "tests" / "payloads" / "quill").iterdir())
    [result] = adapter.read(delivered.read_bytes())
    assert (result.number, [event.code for event in result.events]) == (
        "QP772046183053",
        [EventCode.LAST_MILE_DELIVERED],
    )
    with pytest.raises(NotFound):
        adapter.read(unknown.read_bytes())
    request = adapter.request(
        [TrackedNumber(number="QP1")], Access(credentials={"api_key": "k"}, now=datetime.now(UTC))
    )
    assert "QP1" in request.path + (request.body or b"").decode()


def test_a_recognised_carrier_keeps_its_sheet_and_gets_the_rest(folder: Path, tmp_path: Path) -> None:
    skeleton.write(replace(QUILL, has_api=False), folder)
    before = read_sheet(folder / "quill.toml")
    assert skeleton.recognised("quill", folder)
    sheet, adapter, *_ = skeleton.extend(skeleton.known("quill", folder), folder)
    assert (sheet, adapter) == (folder / "quill.toml", folder / "quill.py")
    after = read_sheet(sheet)
    assert (after.numbers, after.evidence) == (before.numbers, Evidence.DOCUMENTED)
    assert after.api is not None
    assert not skeleton.recognised("quill", folder)
    assert "QP772046183053" in (tmp_path / "tests" / "payloads" / "quill" / "delivered.json").read_text()


def test_a_post_without_formats_of_its_own_is_begun_with_an_s10_number(folder: Path) -> None:
    sheet = 'name = "Fern"\nkind = "post"\ncountries = ["IE"]\nevidence = "recognised"\n'
    (folder / "fern.toml").write_text(sheet + 'website = "https://fern.example"\npost_of = ["IE"]\n')
    assert skeleton.known("fern", folder).example == "RR123456785IE"


@pytest.mark.parametrize("is_xml", [False, True])
def test_the_sandbox_is_a_wire_a_story_and_who_asks(folder: Path, tmp_path: Path, is_xml: bool) -> None:
    written = skeleton.write_sandbox(replace(QUILL, is_xml=is_xml), folder)
    assert [str(path.relative_to(tmp_path)) for path in written] == [
        "carriers/sandbox/wires/quill.py",
        "carriers/sandbox/stories/quill.py",
        "tests/carriers/sandbox/askers/quill.py",
    ]
    wire, story, asker = ({"__name__": "quill", "__package__": "tests.carriers.sandbox.askers"} for _ in written)
    for path, names in zip(written[:2], (wire, story), strict=True):
        exec(path.read_text(), names)  # noqa: S102  our own text
    assert compile(written[2].read_text(), asker["__name__"], "exec")
    assert re.fullmatch("QP[0-9]{12}", wire["NUMBERS"]["quill"](Random(1)))
    [told] = story["STORIES"]
    assert {scan.what for scan in told.scans if scan.leg == 1} == set(wire["WORDS"])
    assert CITIES[told.destination].country == "NL"


def test_the_sheet_can_be_read_and_recognises_its_example(folder: Path) -> None:
    skeleton.write(QUILL, folder)
    sheet = read_sheet(folder / "quill.toml")
    assert sheet.name == 'Quill "Q" Parcel'
    assert sheet.numbers[0].pattern.match("QP000000000001")


def test_check_names_every_line_that_is_left_to_fill(folder: Path) -> None:
    written = skeleton.write(QUILL, folder) + skeleton.write_sandbox(QUILL, folder)
    left = [problem for problem in audit.problems(folder) if "fill in: " in problem]
    assert len(left) == sum(len(re.findall(r"^.*\?\?\?", path.read_text(), re.MULTILINE)) for path in written) > 25
    assert 'quill.toml, line 6: fill in: website = "https://???"' in left
    assert [problem for problem in left if problem.startswith("tests/payloads/quill/delivered.json, line 4: ")]


def test_a_filled_skeleton_without_an_api_has_no_problem(folder: Path) -> None:
    (path,) = skeleton.write(
        NewCarrier(slug="moss", name="Moss", country="IE", example="MS1234567", has_api=False), folder
    )
    path.write_text(path.read_text().replace("https://???", "https://moss.example").replace("???", "labels"))
    assert audit.problems(folder) == []


def test_nothing_is_overwritten(folder: Path) -> None:
    (folder / "quill.py").write_text("mine")
    with pytest.raises(CannotCreate, match=r"quill\.py exists already, and nothing was written"):
        skeleton.write(QUILL, folder)
    assert [path.name for path in folder.iterdir()] == ["quill.py"]


@pytest.mark.parametrize("slug", ["Quill", "7quill", "quill-parcel", "../quill", "", "q" * 40])
def test_a_name_that_is_no_slug_is_refused(folder: Path, slug: str) -> None:
    with pytest.raises(CannotCreate, match="is no slug"):
        skeleton.write(NewCarrier(slug=slug, name="Q", country="NL", example="Q1234567"), folder)
