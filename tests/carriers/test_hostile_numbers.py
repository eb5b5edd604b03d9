"""A number is a number and nothing else: whatever stands in it, every carrier's request keeps its shape.

The request for a harmless number and that for a hostile one, as they arrived over HTTP, are taken apart to the last
text (path, query, form, JSON, XML, one inside another). They differ in the number alone, and it arrives as it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carriers import registry
from tests.carriers.road import Asked, Reply, Road, road

HARMLESS = "AB123456785CD"
HOSTILE = [
    "../x", "..%2Fx", "a b", "?&=", "#x", "%00", "a/b/c", ";x=1", "\\", '"', "'", "<x>", "]]>", "&amp;", "&#60;", "{}",
    '","x":"y', "<!--", "a\r\nX-Other: y", "\t", "番号一二三四五", "\u202e12345", "\U0001f4e6", "é", "+", "1+1", "%",
    "9" * 40, "A" * 40, "null", "0", "-1",
]  # fmt: skip
# Asked as a batch is: the comma between two numbers cannot be told from one within. None is ever in a number of ours.
SIGNS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters=",")
# Signatures, digests and request ids differ with what they are made over.
_DIGEST = re.compile(r"[A-Za-z0-9+/=;_-]{20,}")


@pytest.fixture(scope="module")
def carriers() -> Iterator[Road]:
    with road() as made:
        yield made


def texts(request: Asked) -> dict[str, str]:
    """Every text of a request, by where it stands."""
    path, _, query = request.target.partition("?")
    found = {"method": request.method}
    found |= {f"path/{place}": unquote(step) for place, step in enumerate(path.split("/"))}
    for place, (key, value) in enumerate(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))):
        found |= dict(inside(f"query/{place}/{key}", value))
    for key, value in request.headers.items():
        if key not in ("Content-Length", "Host"):
            found[f"header/{key}"] = value
    is_form = request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
    body = request.body.decode()
    if is_form:
        for place, (key, value) in enumerate(parse_qsl(body, keep_blank_values=True, strict_parsing=True)):
            found |= dict(inside(f"form/{place}/{key}", value))
    else:
        found |= dict(inside("body", body))
    return found


def inside(at: str, text: str) -> Iterator[tuple[str, str]]:
    """A text, or the texts of the JSON or XML that it holds."""
    if text[:1] in ("{", "[") and len(text) > 2 and (value := as_json(text)) is not None:
        yield from leaves(at, value)
    elif text[:1] == "<" and (root := as_xml(text)) is not None:
        for place, element in enumerate(root.iter()):
            yield f"{at}/{place}/{element.tag}", element.text or ""
            yield from ((f"{at}/{place}/{element.tag}/@{key}", value) for key, value in element.attrib.items())
    else:
        yield at, text


def leaves(at: str, value: Any) -> Iterator[tuple[str, str]]:
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if rows is None:
        yield at, value if isinstance(value, str) else json.dumps(value)
    else:
        for key, item in rows:
            yield from leaves(f"{at}/{key}", item)


def as_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def as_xml(text: str) -> ET.Element | None:
    try:
        return ET.fromstring(text)  # noqa: S314  what our own adapter wrote
    except ET.ParseError:
        return None


def differences(harmless: Asked, hostile: Asked, number: str) -> dict[str, tuple[str | None, str | None]]:
    """Where the requests differ in more than the number: as they should read, and as they do."""
    number = number.replace("\r\n", "\n")  # which XML says is one
    should = {at: text.replace(HARMLESS, number) for at, text in texts(harmless).items()}
    reads = {at: text.replace("\r\n", "\n") for at, text in texts(hostile).items()}
    return {
        at: (should.get(at), reads.get(at))
        for at in should.keys() | reads.keys()
        if should.get(at) != reads.get(at)
        and not (_DIGEST.fullmatch(should.get(at) or "") and _DIGEST.fullmatch(reads.get(at) or ""))
    }


@pytest.mark.parametrize("slug", registry.ADAPTERS)
def test_a_hostile_number_stays_within_its_place(carriers: Road, slug: str) -> None:
    carriers.track(slug, Reply(status=404), HARMLESS)
    [harmless, *_] = carriers.asked
    assert any(HARMLESS in text for text in texts(harmless).values())
    for number in HOSTILE:
        carriers.track(slug, Reply(status=404), number)
        [hostile, *_] = carriers.asked
        assert (number, differences(harmless, hostile, number)) == (number, {})


@pytest.mark.parametrize("slug", registry.ADAPTERS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(number=st.text(SIGNS, min_size=1, max_size=40).filter(lambda text: text.strip(".") == text == text.strip()))
def test_any_text_stays_within_its_place(carriers: Road, slug: str, number: str) -> None:
    carriers.track(slug, Reply(status=404), HARMLESS)
    [harmless, *_] = carriers.asked
    carriers.track(slug, Reply(status=404), number)
    [hostile, *_] = carriers.asked
    assert differences(harmless, hostile, number) == {}
