"""The files with which a new carrier begins: `python -m carriers new SLUG`.

What the contributor has to find out stands as `???`, and `python -m carriers check` names each that is left. With every
`???` taken as it stands the files fit together: adapter, recorded answers and test; wire, story and asker.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from string import Template

from carriers.sandbox.cities import CITIES
from carriers.sheets import FOLDER, read_sheet

TO_FILL = "???"
TEXTS = Path(__file__).parent / "skeletons"  # of string.Template
# Where files are written beside the adapters, from the checkout.
PLACES = (
    "tests/payloads/*/*",
    "tests/carriers/adapters/test_*.py",
    "carriers/sandbox/wires/[!_]*.py",
    "carriers/sandbox/stories/[!_]*.py",
    "tests/carriers/sandbox/askers/[!_]*.py",
)
_SLUG = re.compile(r"[a-z][a-z0-9_]{1,28}")
_RECOGNISED = re.compile(r'^evidence = "recognised".*$', re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCarrier:
    """What is known before anything is written. `example` is a number as it stands on a label."""

    slug: str
    name: str
    country: str
    example: str
    has_api: bool = True
    is_xml: bool = False


class CannotCreate(ValueError):
    """The skeleton would overwrite something, or its name is none; the message says what would do."""


def write(new: NewCarrier, folder: Path = FOLDER, root: Path | None = None) -> list[Path]:
    """Writes the files and returns their paths; `root` is the checkout. Writes nothing where one exists already."""
    if not _SLUG.fullmatch(new.slug):
        raise CannotCreate(f"{new.slug!r} is no slug: begin with a letter, then a-z, 0-9 and _ (such as quill_parcel)")
    sheet = _filled("sheet.toml", new) + (_filled("sheet_api.toml", new) if new.has_api else "")
    beside = _with_api(new, folder, root or folder.parents[1]) if new.has_api else {}
    return _write_all({folder / f"{new.slug}.toml": sheet} | beside)


def recognised(slug: str, folder: Path = FOLDER) -> bool:
    """Whether there is a sheet of this carrier already, and no adapter: `extend` goes on from it."""
    return (folder / f"{slug}.toml").is_file() and not (folder / f"{slug}.py").exists()


def known(slug: str, folder: Path = FOLDER, *, is_xml: bool = False) -> NewCarrier:
    """What the sheet of a carrier says that a skeleton wants. Raises FactSheetError."""
    sheet = read_sheet(folder / f"{slug}.toml")
    examples = [text for fact in sheet.numbers for text in fact.valid]
    examples += [f"RR123456785{country}" for country in sheet.post_of]  # S10, whose check digit the serial decides
    country = sheet.countries[0] if sheet.countries else TO_FILL
    example = examples[0] if examples else TO_FILL
    return NewCarrier(slug=slug, name=sheet.name, country=country, example=example, is_xml=is_xml)


def extend(new: NewCarrier, folder: Path = FOLDER, root: Path | None = None) -> list[Path]:
    """Adds the half about the API to the sheet of a carrier that is recognised only, and writes the rest."""
    path = folder / f"{new.slug}.toml"
    written = _write_all(_with_api(new, folder, root or folder.parents[1]))
    text = _RECOGNISED.sub('evidence = "documented"', path.read_text(encoding="utf-8"))
    path.write_text(text.rstrip("\n") + "\n" + _filled("sheet_api.toml", new), encoding="utf-8")
    return [path, *written]


def write_sandbox(new: NewCarrier, folder: Path = FOLDER, root: Path | None = None) -> list[Path]:
    """Writes the carrier's wire, a story with it, and who asks the wire in the tests."""
    root = root or folder.parents[1]
    sandbox, askers = root / "carriers" / "sandbox", root / "tests" / "carriers" / "sandbox" / "askers"
    return _write_all(
        {
            sandbox / "wires" / f"{new.slug}.py": _filled(f"wire_{_extension(new)}.py", new),
            sandbox / "stories" / f"{new.slug}.py": _filled("story.py", new),
            askers / f"{new.slug}.py": _filled(f"asker_{_extension(new)}.py", new),
        }
    )


def _with_api(new: NewCarrier, folder: Path, root: Path) -> dict[Path, str]:
    answers, ext = root / "tests" / "payloads" / new.slug, _extension(new)
    return {
        folder / f"{new.slug}.py": _filled(f"adapter_{ext}.py", new),
        answers / f"delivered.{ext}": _filled(f"delivered_{ext}", new),
        answers / f"unknown_number.{ext}": _filled(f"unknown_number_{ext}", new),
        root / "tests" / "carriers" / "adapters" / f"test_{new.slug}.py": _filled("test.py", new),
    }


def _filled(name: str, new: NewCarrier) -> str:
    return Template((TEXTS / f"{name}.txt").read_text(encoding="utf-8")).substitute(_words(new))


def _write_all(files: dict[Path, str]) -> list[Path]:
    for path in files:
        if path.exists():
            raise CannotCreate(f"{path} exists already, and nothing was written")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(files)


def _words(new: NewCarrier) -> dict[str, str]:
    city_key = next((key for key, city in CITIES.items() if city.country == new.country), TO_FILL)
    return {
        "slug": new.slug,
        "name": new.name.replace("\\", "\\\\").replace('"', '\\"'),
        "class_name": "".join(part.capitalize() for part in new.slug.split("_")),
        "title": new.name.replace('"', "'").replace("\\", ""),
        "country": new.country,
        "example": new.example,
        "pattern": re.sub(r"[0-9]+", lambda found: f"[0-9]{{{len(found[0])}}}", new.example),
        "maker": _maker(new.example),
        "today": f"{datetime.now(UTC):%Y-%m-%d}",
        "evidence": "documented" if new.has_api else "recognised",
        "ext": _extension(new),
        "city_key": city_key,
        "city": CITIES[city_key].name if city_key in CITIES else TO_FILL,
    }


def _extension(new: NewCarrier) -> str:
    return "xml" if new.is_xml else "json"


def _maker(example: str) -> str:
    """Python that makes numbers of the example's shape: the letters as they stand, and as many digits."""
    parts = re.findall(r"[0-9]+|[^0-9]+", example)
    return " + ".join(f"digits(rng, {len(part)})" if part.isdigit() else f'"{part}"' for part in parts)
