"""Which language a reader gets: `?lang=` first, then what the browser asks for. The address remembers it, no cookie."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import parse_qs

from django.conf import settings
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

_TAGS = {"zh-hans": "zh-Hans"}
_RIGHT_TO_LEFT = frozenset({"ar", "he", "fa", "ur"})


def chosen(query: str, accept: str) -> str:
    """Our language code for a query string and an Accept-Language header."""
    if "lang=" in query:
        asked = parse_qs(query, max_num_fields=50).get("lang", [""])[0] if query.count("&") < 50 else ""
        if (language := _supported(asked.lower())) is not None:
            return language
    return _accepted(accept)


def asked_for(query: str) -> str:
    """The language that the address itself asks for, "" where it leaves it to the browser."""
    return chosen(query, "") if "lang=" in query else ""


def tag(language: str) -> str:
    """BCP 47, for `lang` and Content-Language: “zh-Hans”."""
    return _TAGS.get(language, language)


def direction(language: str) -> str:
    """“ltr” or “rtl”."""
    return "rtl" if language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


@lru_cache(maxsize=1024)
def _accepted(header: str) -> str:
    for wanted, _weight in parse_accept_lang_header(header[:500]):
        if wanted == "*":
            break
        if (language := _supported(wanted)) is not None:
            return language
    return settings.LANGUAGE_CODE


def _supported(wanted: str) -> str | None:
    try:
        return get_supported_language_variant(wanted) if wanted else None
    except LookupError:
        return None
