"""A fact sheet that says something wrong is caught by `python -m carriers check`, and told by file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from carriers import audit, sheets

GOOD = """\
name = "Fern Post"
kind = "post"
countries = ["IE"]
evidence = "recognised"
website = "https://fern.example"
tracking_url = "https://fern.example/track/{number}"
aliases = ["fern"]

[[number]]
name = "Fern parcel"
pattern = 'FP[0-9]{10}'
valid = ["FP1234567890"]
invalid = ["FP123456789"]
confidence = 0.8
note = "the carrier's help page, read 2026-11-23"

[status_source]
document = "https://fern.example/codes"
read_on = 2026-11-23

[status]
PU = "first_mile.picked_up"
DL = "last_mile.delivered"
"""


def problems_of(folder: Path, text: str) -> list[str]:
    (folder / "fern.toml").write_text(text, encoding="utf-8")
    return audit.problems(folder)


def test_a_good_sheet_has_no_problem(tmp_path: Path) -> None:
    assert problems_of(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('DL = "', 'PU = "', "Cannot overwrite a value"),
        ("last_mile.delivered", "last_mile.deliverd", "`code` is 'last_mile.deliverd'"),
        ('DL = "last_mile.delivered"', 'DL = { code = "last_mile.delivered", reason = "bad" }', "`reason` is 'bad'"),
        ('DL = "last_mile.delivered"', 'DL = { code = "last_mile.delivered", why = "x" }', "unknown key `why`"),
        ('DL = "last_mile.delivered"', "DL = 7", "7 is no table"),
        ('["FP1234567890"]', '["FP123456789"]', "'FP123456789' is called valid, but is not"),
        ('["FP123456789"]', '["FP0987654321"]', "'FP0987654321' is called invalid, but is valid"),
        ('["FP1234567890"]', "[]", "there is no valid example"),
        ('["FP1234567890"]', "[7]", "`valid` holds 7, not a text"),
        ("read_on = 2026-11-23\n\n", "\n", "needs [status_source] with `document` and `read_on`"),
        ('document = "https://fern.example/codes"', "", "needs [status_source] with `document` and `read_on`"),
        ("read_on = 2026-11-23\n\n", 'read_on = "2026-11-23"\n\n', "not a date"),
        ('kind = "post"', 'kind = "mail"', "none of post, express, parcel"),
        ('"recognised"', '"sure"', "`evidence` is 'sure'"),
        ('"recognised"', '"documented"', "needs an [api]"),
        ("note = ", "#", "says its source in `note`"),
        ("confidence = 0.8", "confidence = 8", "confidence 8.0 is not between 0 and 1"),
        ("confidence = 0.8", "confidence = true", "`confidence` is True, not a whole number or a number"),
        ("confidence = 0.8", 'confidence = 0.8\ncheck = "mod99"', "no check digit function is called 'mod99'"),
        ("confidence = 0.8", 'confidence = 0.8\ncheck = "luhn"', "check 'luhn' cannot read"),
        ("[0-9]{10}'", "[0-9{10}'", "does not compile"),
        ('countries = ["IE"]', 'countries = ["Ireland"]', "'Ireland' is no ISO 3166-1"),
        ("{number}", "", "`tracking_url` must"),
        ("aliases =", "alias =", "unknown key `alias`"),
        ("aliases =", 'zone = "Ireland/Dublin"\naliases =', "no IANA time zone"),
        ('name = "Fern Post"', "", "`name` is missing"),
        ('"Fern Post"', '"Fern', "fern.toml: "),
    ],
)  # fmt: skip
def test_a_wrong_word_is_named(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    assert right in GOOD
    [problem] = problems_of(tmp_path, GOOD.replace(right, wrong, 1))
    assert said in problem
    assert problem.startswith("fern.toml")


def test_one_bad_sheet_does_not_hide_another(tmp_path: Path) -> None:
    (tmp_path / "moss.toml").write_text("nothing", encoding="utf-8")
    found = problems_of(tmp_path, GOOD.replace("delivered", "deliverd"))
    assert [problem.split(":")[0] for problem in found] == ["fern.toml [status] DL", "moss.toml"]


def test_two_carriers_of_one_name_are_told(tmp_path: Path) -> None:
    (tmp_path / "moss.toml").write_text(GOOD, encoding="utf-8")
    (told,) = [problem for problem in problems_of(tmp_path, GOOD) if "'fernpost'" in problem]
    assert told.endswith(".toml have the same slug, name or alias 'fernpost'")


API = """
[api]
base_url = "https://api.fern.example"
version = "1"
document = "https://fern.example"
read_on = 2026-11-23
times = "local, at the place of the scan"
"""


def test_a_sheet_and_an_adapter_belong_together(tmp_path: Path) -> None:
    (tmp_path / "fern.toml").write_text(GOOD.replace("recognised", "documented") + API, encoding="utf-8")
    assert audit.problems(tmp_path) == ["fern.toml has an [api], but there is no adapters/fern.py"]
    (tmp_path / "moss.py").touch()
    assert "moss.py has no fact sheet moss.toml" in audit.problems(tmp_path)


def test_a_misspelt_code_is_told_what_is_near_it(tmp_path: Path) -> None:
    [told] = problems_of(tmp_path, GOOD.replace("last_mile.delivered", "last_mile.deliverd"))
    assert told == (
        "fern.toml [status] DL: `code` is 'last_mile.deliverd', which there is not; near it are last_mile.delivered, "
        "last_mile.delivered.cod, last_mile.delivered.signed; docs/statuses.md lists all"
    )


def test_a_module_that_cannot_be_imported_is_a_problem_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "fern.toml").write_text(GOOD, encoding="utf-8")
    [told] = audit.class_problems(sheets.read_sheet(tmp_path / "fern.toml"))
    assert told == "fern.py cannot be used: ModuleNotFoundError: No module named 'carriers.adapters.fern'"


def test_an_api_reaches_only_carriers_that_there_are(tmp_path: Path) -> None:
    reaching = API + 'reaches = ["moss", "*"]\ncarrier_keys = { lichen = "17" }\n'
    (tmp_path / "fern.toml").write_text(GOOD.replace("recognised", "documented") + reaching, encoding="utf-8")
    found = audit.problems(tmp_path)
    assert "fern.toml: [api] names the carrier 'moss', of which there is no sheet" in found
    assert "fern.toml: [api] names the carrier 'lichen', of which there is no sheet" in found
