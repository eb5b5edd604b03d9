"""Every word of the buyer's page exists in every language, whole."""

from __future__ import annotations

import gettext
import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract
from django.conf import settings
from django.utils.translation.template import templatize

from carriers.vocabulary import EventCode, Phase, Reason, Status

ROOT = Path(__file__).resolve().parents[3]
OTHERS = [code for code, _ in settings.LANGUAGES if code != "en"]
KEYWORDS = {"_": None, "gettext": None, "gettext_noop": None, "ngettext": (1, 2)}
# Words of another country's usage, not of translation: names and what has no other form.
SAME_IN_ALL: frozenset[str] = frozenset()


def catalogue(language: str) -> dict[str, str]:
    folder = ROOT / "locale" / {"zh-hans": "zh_Hans"}.get(language, language) / "LC_MESSAGES"
    with (folder / "django.mo").open("rb") as file:
        found = gettext.GNUTranslations(file)
    return {key[0] if isinstance(key, tuple) else key: text for key, text in found._catalog.items()}  # type: ignore[attr-defined]


def messages_of_the_buyers_pages() -> set[str]:
    sources = [
        *(ROOT / "tracking/portal/buyer").glob("*.py"),
        ROOT / "tracking/portal/vocabulary_labels.py",
        ROOT / "tracking/portal/wording.py",
        *(ROOT / "templates/portal/buyer").glob("*.html"),
        *(ROOT / "templates/errors").glob("*.html"),
        ROOT / "templates/portal/base.html",
    ]
    found: set[str] = set()
    for path in sources:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            text = templatize(text, origin=str(path))
        for _line, message, _comments, _context in extract("python", io.BytesIO(text.encode()), KEYWORDS):
            found.add(message[0] if isinstance(message, tuple) else message)
    return found - {""}


def test_the_messages_are_found() -> None:
    found = messages_of_the_buyers_pages()
    assert len(found) > 400
    assert {"Journey", "Cleared customs, on its way to {to}", "Ask %(shop)s", "A strike"} <= found


@pytest.mark.parametrize("language", OTHERS)
def test_no_label_and_no_sentence_is_untranslated(language: str) -> None:
    known = catalogue(language)
    missing = sorted(text for text in messages_of_the_buyers_pages() if not known.get(text))
    assert missing == [], "run `make messages` and translate"


@pytest.mark.parametrize("language", OTHERS)
def test_no_label_of_the_vocabulary_is_left_in_english(language: str) -> None:
    known = catalogue(language)
    for word in [*Status, *Phase, *EventCode, *Reason]:
        assert known.get(word.label), word
        assert known[word.label] != word.label or word.label in SAME_IN_ALL


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_placeholders_of_its_message(language: str) -> None:
    holes = re.compile(r"\{\w+\}|%\(\w+\)s")
    for message, text in catalogue(language).items():
        if message:
            # A language without plurals may leave the count of "1 day" out; none may invent one.
            assert set(holes.findall(text)) <= set(holes.findall(message)), message
            assert set(holes.findall(message)) - set(holes.findall(text)) <= {"{count}", "{n}"}, message


def test_the_labels_file_is_the_vocabularys() -> None:
    from scripts.make_vocabulary_labels import TARGET, source

    assert TARGET.read_text(encoding="utf-8") == source(), "run scripts/make_vocabulary_labels.py"
