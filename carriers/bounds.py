"""Turns the bytes of a carrier's answer into JSON or XML, within bounds that no answer may break.

5 MB, 32 levels, no NUL, no lone surrogate, no NaN or infinity, no DTD, UTF-8. What breaks one is `BadAnswer`.
"""

from __future__ import annotations

import json
import math
import re
import xml.etree.ElementTree as ET
from typing import Any, NoReturn
from xml.parsers import expat

from carriers.errors import BadAnswer

MAX_BYTES = 5_000_000
MAX_DEPTH = 32
_SURROGATE = re.compile("[\ud800-\udfff]")


def check_size(body: bytes) -> None:
    """Raises BadAnswer where the body is over MAX_BYTES."""
    if len(body) > MAX_BYTES:
        raise BadAnswer(f"the answer has {len(body):,} bytes; {MAX_BYTES:,} are the most that is read")


def decode_json(body: bytes) -> Any:
    """The decoded JSON value. Raises BadAnswer, naming the bound that broke."""
    check_size(body)
    text = _text(body)
    # json.loads recurses: measure the nesting before it does, on the text, ignoring brackets inside strings.
    if _depth(text) > MAX_DEPTH:
        raise BadAnswer(f"the answer is nested deeper than {MAX_DEPTH} levels")
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except BadAnswer:
        raise
    except ValueError as error:
        raise BadAnswer(f"the answer is not JSON: {str(error)[:120]}") from error
    if "\\u" in text:  # only an escape can smuggle in what the UTF-8 check has already refused
        _refuse_unstorable(value)
    return value


def decode_xml(body: bytes) -> ET.Element:
    """The root element, namespaces stripped from every tag. Raises BadAnswer, naming the bound that broke."""
    check_size(body)
    _text(body)
    builder = ET.TreeBuilder()
    parser = expat.ParserCreate(encoding="utf-8")
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise BadAnswer(f"the answer is nested deeper than {MAX_DEPTH} levels")
        builder.start(tag.rpartition(":")[2], attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag.rpartition(":")[2])

    def refuse_doctype(*_: object) -> NoReturn:
        raise BadAnswer("the answer declares a DTD, which is never read")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        parser.Parse(body, True)
        return builder.close()
    except (expat.ExpatError, AssertionError) as error:
        raise BadAnswer(f"the answer is not XML: {str(error)[:120]}") from error


def _text(body: bytes) -> str:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadAnswer(f"the answer is not UTF-8: byte {error.start} is {body[error.start]:#04x}") from error
    if "\0" in text:
        raise BadAnswer("the answer holds a NUL character")
    return text


# Possessive, and an unclosed string runs to the end: one pass over any text, however it is broken.
_STRING_OR_BRACKET = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)


def _depth(text: str) -> int:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return 0
    depth = deepest = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        first = text[match.start()]
        if first in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > MAX_DEPTH:
                return deepest
        elif first in "]}":
            depth -= 1
    return deepest


def _refuse_constant(name: str) -> NoReturn:
    raise BadAnswer(f"the answer holds {name}, which is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise BadAnswer(f"the answer holds the number {text[:20]}, which is infinite here")
    return value


def _refuse_unstorable(value: Any) -> None:
    """PostgreSQL stores neither NUL nor a lone surrogate; both can hide in an escape."""
    if isinstance(value, str):
        if "\0" in value or _SURROGATE.search(value):
            raise BadAnswer("the answer holds an escaped NUL or half a surrogate pair")
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_unstorable(key)
            _refuse_unstorable(item)
    elif isinstance(value, list):
        for item in value:
            _refuse_unstorable(item)
