"""`python -m carriers new` writes what a contributor fills in, and `check` says what is left."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from carriers import audit, skeleton
from carriers.sheets import read_sheet
from carriers.skeleton import CannotCreate, NewCarrier

QUILL = NewCarrier(slug="quill", name='Quill "Q" Parcel', country="NL", example="QP772046183053")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "carriers" / "adapters").mkdir(parents=True)
    return tmp_path / "carriers" / "adapters"


def test_the_files_are_a_sheet_an_adapter_and_a_first_answer(folder: Path, tmp_path: Path) -> None:
    written = [str(path.relative_to(tmp_path)) for path in skeleton.write(QUILL, folder)]
    assert written == [
        "carriers/adapters/quill.toml",
        "carriers/adapters/quill.py",
        "tests/payloads/quill/delivered.json",
    ]


def test_the_sheet_can_be_read_and_recognises_its_example(folder: Path) -> None:
    skeleton.write(QUILL, folder)
    sheet = read_sheet(folder / "quill.toml")
    assert sheet.name == 'Quill "Q" Parcel'
    assert sheet.numbers[0].pattern.match("QP000000000001")


def test_check_names_every_line_that_is_left_to_fill(folder: Path) -> None:
    skeleton.write(QUILL, folder)
    left = [problem for problem in audit.problems(folder) if "still to be filled in" in problem]
    told = (folder / "quill.toml").read_text() + (folder / "quill.py").read_text()
    assert len(left) == len(re.findall(r"^.*\?\?\?", told, re.MULTILINE)) > 5


def test_a_filled_skeleton_without_an_api_has_no_problem(folder: Path) -> None:
    (path,) = skeleton.write(
        NewCarrier(slug="moss", name="Moss", country="IE", example="MS1234567", has_api=False), folder
    )
    path.write_text(path.read_text().replace("https://???", "https://moss.example").replace("???", "labels"))
    assert audit.problems(folder) == []


def test_nothing_is_overwritten(folder: Path) -> None:
    (folder / "quill.py").write_text("mine")
    with pytest.raises(CannotCreate, match=r"quill\.py exists already"):
        skeleton.write(QUILL, folder)
    assert [path.name for path in folder.iterdir()] == ["quill.py"]


@pytest.mark.parametrize("slug", ["Quill", "7quill", "quill-parcel", "../quill", "", "q" * 40])
def test_a_name_that_is_no_slug_is_refused(folder: Path, slug: str) -> None:
    with pytest.raises(CannotCreate, match="is no slug"):
        skeleton.write(NewCarrier(slug=slug, name="Q", country="NL", example="Q1234567"), folder)
