"""Whether a reading says only what the carrier said: every word of an event stands in the answer that told it.

The rule, for all carriers alike:

- each alphanumeric word of an event's raw code, text, time, id and details, of its place, of the number and service of
  the result and of the number of its next leg is a part of some text, number or key of the answer (in any case;
  "BDE/01" may be composed of two, "005" be a padded "5"), and no list or object of the answer is printed in their
  place;
- there are no more events than the answer has objects or elements;
- an event without a code and a text means nothing: it is `unknown`;
- an instant has a wall clock, an offset and a printed time behind it.

A message may have none but a code: its text is then the standard's, and its place the city of the code in brackets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from html import unescape
from typing import Any
from xml.etree.ElementTree import Element

from carriers import registry
from carriers.events import TimeSource, TrackingEvent, TrackingResult
from carriers.messages import Reading
from carriers.vocabulary import EventCode

# What an adapter writes itself, and why.
OWN_WORDS = {
    "correios": {"bde"},  # three codes with one meaning, listed once in its sheet
}
_WORD = re.compile(r"(?:(?!(?<=\d)t(?=\d))[^\W_])+")  # the "t" of a time stands between two words
_BRACKETED = re.compile(r"[{\[].*")
_CITY = re.compile(r"[^()]+ \(([^()]+)\)")
_GAPS = re.compile(r"[\s?-]+")  # numbers are told without them; "?" escapes in EDIFACT
_TAG = re.compile(r"<[^<>]*>")


@dataclass(slots=True)
class Said:
    """The texts, numbers and keys of decoded answers, a line each and in lower case; and how many objects there are."""

    text: str
    objects: int

    @classmethod
    def by(cls, *answers: Any) -> Said:
        """What JSON values, XML elements or plain texts say."""
        objects, words = 0, []
        for answer in answers:
            for item in _parts(answer):
                if item is None:
                    objects += 1
                else:
                    words.append(item)
        text = "\n".join(words)
        if "&" in text:
            text += "\n" + unescape(text)
        if "<" in text:
            text += "\n" + _TAG.sub("", text)
        return cls(text=text.casefold(), objects=objects)

    def has(self, told: str, own: Collection[str] = ()) -> bool:
        """All words of a text were said."""
        told = told.casefold()
        if told in self.text:
            return True
        words = _WORD.findall(told) + [piece[:2] for piece in _BRACKETED.findall(told)]
        return all(word in self.text or word in own or word.lstrip("0") in self.text for word in words)


def _parts(value: Any) -> Iterator[str | None]:
    """Every text in it; None stands for an object or element."""
    if isinstance(value, dict):
        yield None
        yield from value
        for item in value.values():
            yield from _parts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _parts(item)
    elif isinstance(value, str):
        yield value
        if value[:1] in ("{", "[") and (inner := _inner(value)) is not None:
            yield from _parts(inner)
    elif isinstance(value, Element):
        for element in value.iter():
            yield None
            yield from (element.tag, element.text or "", element.tail or "", *element.attrib.values())
    elif value is not None:
        yield str(value)


def _inner(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def inventions(results: Iterable[TrackingResult], said: Said, slug: str = "", asked: Collection[str] = ()) -> list[str]:
    """What the results of a carrier, asked for these numbers, say that it did not."""
    found, own = [], OWN_WORDS.get(slug, set())
    count = 0
    for result in results:
        count += len(result.events)
        told = {"service": result.service}
        told |= {"number": result.number} if result.number not in asked else {}
        told |= {"next leg": result.next_leg.number} if result.next_leg else {}
        found += [f"{name} {text!r}" for name, text in told.items() if not said.has(text)]
        for event in result.events:
            found += of_event(event, said, own)
    if count > said.objects:
        found.append(f"{count} events of {said.objects} objects")
    return found


def message_inventions(reading: Reading, said: Said, words: Collection[str]) -> list[str]:
    """What the events of a message say that it did not; `words` are the standard's own for its codes."""
    found, signs = [], _GAPS.sub("", said.text)
    for told in reading.events:
        event, numbers = replace(told.event, details={}), (*told.references, *told.wholes)  # "2 of 24", "18.5 kg"
        found += [f"reference {each.value!r}" for each in numbers if _GAPS.sub("", each.value.casefold()) not in signs]
        head, _, rest = event.raw_text.partition(": ")  # the line after an event may say more of it
        if head in words:
            event = replace(event, raw_text=rest)
        if event.place is not None and (city := _CITY.fullmatch(event.place.text)):
            event = replace(event, place=replace(event.place, text=city[1]))
        found += of_event(event, said)
    return found


def of_event(event: TrackingEvent, said: Said, own: Collection[str] = ()) -> Iterator[str]:
    """What an event says that the carrier did not."""
    time = event.time
    told = {"code": event.raw_code, "text": event.raw_text, "time": time.raw}
    told |= {"place": event.place.text} if event.place else {}
    # An aggregator's provider is told by our slug, where we know the carrier.
    told |= {name: text for name, text in event.details.items() if name != "provider" or text not in registry.sheets()}
    told |= {"id": event.native_id or ""}
    for name, text in told.items():
        if text and not said.has(text, own):
            yield f"{name} {text[:60]!r}"
    if not event.raw_code and not event.raw_text and event.code is not EventCode.UNKNOWN:
        yield f"{event.code} without a word"
    if (time.instant is None) != (time.source is TimeSource.UNKNOWN):
        yield f"an instant by {time.source}"
    if time.instant is not None and (time.local is None or time.offset_min is None):
        yield "an instant without a clock and its offset"
    if time.local is not None and not time.raw.strip():
        yield f"the time {time.local} without a word"
