"""Poste Italiane, Poste Delivery Business: a token without "Bearer", one waybill a call, Italian local times."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from carriers import times
from carriers.answers import text_of
from carriers.auth import Token, TokenRequest
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, NotFound, TryLater
from carriers.events import TrackedNumber, TrackingEvent, TrackingResult
from carriers.vocabulary import EventCode

_SCOPE = "https://postemarketplace.onmicrosoft.com/d6a78063-5570-4a87-bbd7-07326e6855d1/.default"
_NO_RESULT = "207"
_NOT_NOW = re.compile(r"unavailable|non disponibil|timeout", re.IGNORECASE)


class PosteSession:
    """`POST /user/sessions`: client credentials in JSON under names of its own; the token goes bare into the header."""

    def token_request(self, credentials: Mapping[str, str]) -> TokenRequest:
        fields = {
            "clientId": credentials["client_id"], "secretId": credentials["client_secret"], "scope": _SCOPE,
            "grantType": "client_credentials",
        }  # fmt: skip
        headers = {"POSTE_clientID": credentials["client_id"], "Content-Type": "application/json"}
        return TokenRequest(path="/user/sessions", headers=headers, body=json.dumps(fields).encode())

    def read_token(self, decoded: Any) -> Token:
        return Token(value=str(decoded["access_token"]), lives_s=float(decoded.get("expires_in") or 600))

    def headers(self, token: Token) -> dict[str, str]:
        return {"Authorization": token.value}


class PosteItaliane(CarrierAdapter):
    slug = "poste_italiane"
    credentials = ("client_id", "client_secret")
    auth = PosteSession()

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        asked = [{"waybillNumber": each.number, "lastTracingState": "N"} for each in numbers]
        body = {"arg0": {"shipmentsData": asked, "statusDescription": "E", "customerType": "DQ"}}
        headers = {
            "POSTE_clientID": access.credentials["client_id"], "Content-Type": "application/json",
            "Accept": "application/json",
        }  # fmt: skip
        path = "/postalandlogistics/parcel/tracking"
        return CarrierRequest(method="POST", path=path, headers=headers, body=json.dumps(body).encode())

    def parse(self, answer: Any) -> list[TrackingResult]:
        told = answer["return"]
        code, said = text_of(told["code"]), json.dumps(told.get("messages") or [], ensure_ascii=False)
        if _NO_RESULT in (code, *(text_of(each.get("code")) for each in told.get("messages") or [])):
            raise NotFound(f"{_NO_RESULT}: {said}")
        if told["outcome"] != "OK" or code != "0":
            raise (TryLater if _NOT_NOW.search(said) else BadAnswer)(f"{code}: {said}")
        return [self._result(item) for item in told.get("shipment") or []]

    def _result(self, item: Any) -> TrackingResult:
        number, rows = item["waybillNumber"], item.get("tracking") or []
        if not rows:
            return TrackingResult(number=number, failure=NotFound("no tracking yet"))
        is_return = item.get("returnFlag") == "S"
        events = tuple(_home(event) if is_return else event for event in oldest_first(map(self._event, rows)))
        return TrackingResult(number=number, events=events, service=item.get("product") or "")

    def _event(self, row: Any) -> TrackingEvent:
        phase = row.get("phase") or ""
        return self.event(
            raw_time=row["data"], local=times.parse_iso(row["data"]), place=row.get("officeDescription") or "",
            country="IT", raw_code=row["status"], raw_text=(row.get("StatusDescription") or "").strip(),
            details={"phase": phase} if phase else {},
        )  # fmt: skip


def _home(event: TrackingEvent) -> TrackingEvent:
    """A shipment that bears the flag of a return was delivered to its sender."""
    return replace(event, code=EventCode.RETURN_COMPLETED, reason=None) if event.code.is_delivery else event
