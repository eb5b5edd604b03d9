"""What an adapter is: how to ask a carrier, and how to read its answer. No I/O, no clock, no `try`.

`KeyError`, `TypeError`, `ValueError` and the like out of `parse` become `BadAnswer`; errors that the carrier *says* are
raised by `parse` itself, by name (`NotFound`, `TryLater`, `Refused`), from the body alone, so that a recorded answer
reads as a live one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qsl

from carriers import bounds, places, times
from carriers.answers import checked, documented, encode, oldest_first, only
from carriers.auth import AuthFlow
from carriers.errors import BadAnswer, BadPush, CarrierError, NotFound, Refused, TryLater
from carriers.events import Place, TimePrecision, TrackedNumber, TrackingEvent, TrackingResult
from carriers.facts import FactSheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """With what an account asks, and when. `now` is aware, UTC: some carriers sign it."""

    credentials: Mapping[str, str]
    now: datetime
    base_url: str | None = None  # of the account; else CARRIER_<SLUG>_URL, CARRIER_URLS, the fact sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierRequest:
    """One HTTP request. `path` is relative to the carrier's base address and begins with "/".

    `is_optional`: a second look whose failure must not lose the first answer; the adapter is then sent status 0 and no
    body.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    is_optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, undecoded. Header names are lower case; `status` is 0 where an optional request failed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


# What a status means where the body does not say it in the carrier's documented way.
_STATUS_ERRORS: dict[int, type[CarrierError]] = {
    204: NotFound, 401: Refused, 403: Refused, 404: NotFound, 408: TryLater, 425: TryLater, 429: TryLater,
}  # fmt: skip


class CarrierAdapter(ABC):
    """One carrier's API. A subclass gives `request` and `parse`; a carrier of several calls overrides `calls`."""

    slug: ClassVar[str]
    credentials: ClassVar[tuple[str, ...]] = ()
    answer_format: ClassVar[Literal["json", "xml"]] = "json"
    auth: ClassVar[AuthFlow | None] = None

    def __init__(self, facts: FactSheet) -> None:
        self.facts = facts

    @abstractmethod
    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        """The request that asks for these numbers; at most `facts.api.batch` of them."""

    @abstractmethod
    def parse(self, answer: Any) -> list[TrackingResult]:
        """Every number's result in a decoded answer (JSON value or XML element). Raises the error that it tells."""

    def calls(
        self, numbers: Sequence[TrackedNumber], access: Access
    ) -> Generator[CarrierRequest, Answer, list[tuple[TrackingResult, bytes]]]:
        """Yields each request, is sent its answer, returns each number's result with the raw bytes that told it."""
        answer = yield self.request(numbers, access)
        return self.read_each(answer, numbers)

    def split(self, decoded: Any, numbers: Sequence[str]) -> dict[str, Any]:
        """A batch's answer as one answer per number, each of which `parse` reads by itself."""
        return dict.fromkeys(numbers, decoded)

    def decode(self, body: bytes) -> Any:
        """The body as JSON or XML, within the bounds. Raises BadAnswer."""
        return bounds.decode_xml(body) if self.answer_format == "xml" else bounds.decode_json(body)

    def read(self, body: bytes) -> list[TrackingResult]:
        """Decodes and parses one raw answer; whatever goes wrong is a CarrierError."""
        return self._parse(self.decode(body))

    def read_each(self, answer: Answer, numbers: Sequence[TrackedNumber]) -> list[tuple[TrackingResult, bytes]]:
        """Each asked number's result and raw answer. A number that the answer leaves out is NotFound."""
        asked = [number.number for number in numbers]
        try:
            decoded = self.decode(answer.body)
            if len(asked) == 1:
                return [(only(self._parse(decoded), asked[0]), answer.body)]
            pieces = documented(self.split, decoded, asked)
            if not pieces:
                self._parse(decoded)  # an error for the whole batch raises here
        except BadAnswer as error:
            raise error_of_status(answer) or error from error
        read = []
        for number in asked:
            if number not in pieces:
                read.append((TrackingResult(number=number, failure=NotFound("left out of the answer")), b""))
                continue
            body = encode(pieces[number])
            try:
                read.append((only(self._parse(pieces[number]), number), body))
            except CarrierError as error:
                read.append((TrackingResult(number=number, failure=error), body))
        return read

    def event(
        self,
        *,
        raw_time: str,
        local: datetime | None = None,
        offset_min: int | None = None,
        precision: TimePrecision = TimePrecision.SECOND,
        place: str = "",
        country: str | None = None,
        raw_code: str = "",
        raw_text: str = "",
        **more: Any,
    ) -> TrackingEvent:
        """An event from what the carrier printed: meaning from the fact sheet, place and instant resolved.

        `local` naive, or aware (then its offset is the carrier's); None keeps the event without an instant. `country`
        is the carrier's own word for where (ISO alpha-2), a hint for `place`. `more`: further fields of TrackingEvent.
        Raises TypeError where a code or a wording is no text.
        """
        for text in (raw_code, raw_text):
            if not isinstance(text, str):
                raise TypeError(f"{str(text)[:40]} is no text")
        meaning = self.facts.meaning(raw_code, raw_text)
        where = places.resolve(place, country) if place or country else None
        fields: dict[str, Any] = {
            "code": meaning.code, "reason": meaning.reason, "language": self.facts.language, **more,
        }  # fmt: skip
        return TrackingEvent(
            time=times.event_time(
                raw_time, local, offset_min=offset_min, place=where, carrier_zone=self.facts.zone, precision=precision
            ),
            place=where,
            raw_code=raw_code,
            raw_text=raw_text,
            **fields,
        )

    def _parse(self, decoded: Any) -> list[TrackingResult]:
        return checked(documented(self.parse, decoded))


@dataclass(frozen=True, slots=True, kw_only=True)
class PushMessage:
    """What a carrier posted to us. Header names are lower case; `secret` is the account's push secret."""

    headers: Mapping[str, str]
    body: bytes
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """Where a carrier is asked to push to, and the secret with which it is to sign."""

    url: str
    secret: str


class PushAdapter(ABC):
    """The part of an adapter whose carrier pushes. `push_credential` names the account's credential that signs.

    `signed_by` are the headers (lower case) or form fields of which one bears the signature: a push without any of them
    is unsigned, and no more than a hint to ask the carrier.
    """

    facts: FactSheet
    push_credential: ClassVar[str] = "push_secret"
    signed_by: ClassVar[tuple[str, ...]] = ()
    push_field: ClassVar[str] = ""  # where a push is a form, its field that holds the JSON
    acknowledgement: ClassVar[bytes] = b'{"received": true}'  # the JSON that the carrier takes for "yes"
    # False where pushes go to the address in the account at the carrier, which no call tells: a number that is
    # subscribed counts as pushed only once a push has come.
    tells_address: ClassVar[bool] = True
    subscription_lasts: ClassVar[timedelta | None] = None  # after so long it has ended and is asked for again

    @abstractmethod
    def verify(self, message: PushMessage) -> None:
        """Raises BadPush where the signature does not hold. Compares in constant time."""

    @abstractmethod
    def parse_push(self, answer: Any) -> list[TrackingResult]:
        """Every number's result in a decoded push."""

    def is_signed(self, message: PushMessage) -> bool:
        """True where the message bears a signature, whatever it is worth."""
        if not self.signed_by or any(name in message.headers for name in self.signed_by):
            return True
        form = dict(parse_qsl(message.body.decode("utf-8", "replace"))) if message.body[:1] not in b"{[" else {}
        return any(name in form for name in self.signed_by)

    def opened(self, message: PushMessage) -> bytes:
        """The body of a verified message in clear. Raises BadPush where it cannot be deciphered."""
        return message.body

    def acknowledge(self, body: bytes) -> bytes:  # noqa: ARG002  only where the answer depends on what was pushed
        """What a kept message (in clear) is answered with."""
        return self.acknowledgement

    def subscription(self, asked: TrackedNumber, access: Access, callback: Callback) -> CarrierRequest | None:  # noqa: ARG002
        """The request that has the carrier push this number; None where it is not to be asked for it."""
        return None

    def read_subscription(self, answer: Any) -> None:
        """Raises the error that an answer to `subscription` tells. A number that is subscribed already is no error."""
        raise NotImplementedError(f"{type(self).__name__} subscribes to nothing")

    def split_push(self, decoded: Any) -> dict[str, Any]:  # noqa: ARG002  only where a push tells of several numbers
        """A push of several numbers as one message per number, each of which `parse_push` reads by itself."""
        return {}

    def push_id(self, decoded: Any) -> str | None:  # noqa: ARG002  carriers with an id of their own override it
        """The carrier's own id of this message, where it has one; else None, and the body's hash stands in."""
        return None

    def decode_push(self, body: bytes) -> Any:
        """The pushed JSON: the body, or the one field of a form that `push_field` names. Raises BadAnswer."""
        form = dict(parse_qsl(body.decode("utf-8", "replace"))) if self.push_field and body[:1] not in b"{[" else {}
        return bounds.decode_json(form[self.push_field].encode() if self.push_field in form else body)

    def read_push(self, body: bytes) -> list[TrackingResult]:
        """Decodes and parses a push. Raises BadPush."""
        try:
            return checked(documented(self.parse_push, self.decode_push(body)))
        except BadAnswer as error:
            raise BadPush(error.detail) from error


def error_of_status(answer: Answer) -> CarrierError | None:
    """The error that the HTTP status alone tells, None for a status that promises an answer."""
    if 300 <= answer.status < 400:
        return BadAnswer(f"HTTP {answer.status}: redirects are not followed")
    if answer.status < 400 and answer.status not in _STATUS_ERRORS:
        return None
    detail = f"HTTP {answer.status}"
    kind = _STATUS_ERRORS.get(answer.status, TryLater if answer.status >= 500 else BadAnswer)
    if kind is TryLater:
        return TryLater(detail, after_s=times.retry_after_s(answer.headers.get("retry-after")))
    return kind(detail)


__all__ = [
    "Access", "Answer", "Callback", "CarrierAdapter", "CarrierRequest", "Place", "PushAdapter", "PushMessage",
    "error_of_status", "oldest_first",
]  # fmt: skip
