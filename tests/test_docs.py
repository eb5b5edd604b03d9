"""The documents say what the code does: generated pages are fresh, and every link between pages leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from carriers.vocabulary import Status
from scripts import make_docs

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
