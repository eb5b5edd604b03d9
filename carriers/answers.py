"""What every answer goes through on its way to results: its shape, its texts, its order, and whose it is."""

from __future__ import annotations

import html
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from carriers.errors import BadAnswer, NotFound
from carriers.events import EventTime, TrackingEvent, TrackingResult

_Read = TypeVar("_Read")
_MARKUP = re.compile(r"<[^<>]*>")


def documented(read: Callable[..., _Read], *answer: Any) -> _Read:
    """What `read` makes of an answer; an answer of another shape than it knows is BadAnswer."""
    try:
        return read(*answer)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise BadAnswer(f"not the documented shape: {type(error).__name__}: {str(error)[:120]}") from error


def checked(results: list[TrackingResult]) -> list[TrackingResult]:
    """The results, without an estimate that outlived the delivery. Raises BadAnswer."""
    for result in results:
        _check_texts(result)
    return [replace(result, estimated_delivery=None) if _is_delivered(result) else result for result in results]


def _is_delivered(result: TrackingResult) -> bool:
    """A delivery is among the events, and has not been taken back."""
    is_delivered = False
    for event in result.events:
        is_delivered = not event.is_correction and (is_delivered or event.code.is_delivery)
    return is_delivered


def _check_texts(result: TrackingResult) -> None:
    """Raises BadAnswer where the carrier put something else in the place of a text."""
    leg = result.next_leg
    texts: list[Any] = [result.number, result.service, result.origin_country or "", result.destination_country or ""]
    texts += [leg.number, leg.carrier_name] if leg is not None else []
    for event in result.events:
        texts += [event.raw_code, event.raw_text, event.time.raw, event.place.text if event.place else ""]
        texts += [event.native_id or "", *event.details.values()]
    for text in texts:
        if not isinstance(text, str):
            raise BadAnswer(f"not the documented shape: {str(text)[:40]} is no text")


def oldest_first(events: Iterable[TrackingEvent]) -> tuple[TrackingEvent, ...]:
    """Events in the carrier's own order, whichever way its answer runs, numbered from the oldest."""
    ordered = list(events)
    if len(ordered) > 1 and _is_later(ordered[0].time, ordered[-1].time):
        ordered.reverse()
    return tuple(replace(event, sequence=place) for place, event in enumerate(ordered))


def _is_later(one: EventTime, other: EventTime) -> bool:
    if one.instant is not None and other.instant is not None:
        return one.instant > other.instant
    return one.local is not None and other.local is not None and one.local > other.local


def only(results: list[TrackingResult], number: str) -> TrackingResult:
    """The asked number's result. A lone result is it under whatever number; of several, one must bear the number."""
    if not results:
        raise NotFound("the answer is empty")
    if len(results) == 1:
        return results[0]
    for result in results:
        if _bare(result.number) == _bare(number):
            return result
    raise BadAnswer(f"{len(results)} shipments in the answer, none of them the number asked for")


def _bare(number: str) -> str:
    return "".join(character for character in number.upper() if character.isalnum())


def text_of(value: Any) -> str:
    """What a carrier printed in the place of a text: its numbers as text, "" for null.

    Raises TypeError for a list or an object, of which `str` would make Python's words and not the carrier's.
    """
    if isinstance(value, dict | list):
        raise TypeError(f"{str(value)[:40]} is no text")
    return "" if value is None else str(value)


def encode(piece: Any) -> bytes:
    """A decoded answer as bytes that `parse` reads again."""
    if isinstance(piece, ET.Element):
        return bytes(ET.tostring(piece, encoding="utf-8"))
    return json.dumps(piece, ensure_ascii=False, separators=(",", ":")).encode()


def child_text(element: ET.Element, path: str) -> str:
    """The text of an XML element's child, without doubled spaces; "" where there is none."""
    return " ".join((element.findtext(path) or "").split())


def without_markup(text: str) -> str:
    """A wording without HTML tags, entities and doubled spaces."""
    return " ".join(html.unescape(_MARKUP.sub("", text)).split())
