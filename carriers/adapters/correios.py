"""Correios (Brazil), API Rastro: fifty objects a call, a token for the postage card, Portuguese; local times."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from carriers import times
from carriers.answers import text_of
from carriers.auth import Token, TokenRequest, basic
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused
from carriers.events import TrackedNumber, TrackingEvent, TrackingResult
from carriers.vocabulary import EventCode

# Unknown; malformed; the gateway's word on the token. The rest is told by the HTTP status.
_ERRORS: dict[str, type[CarrierError]] = {"SRO-020": NotFound, "SRO-009": NotFound, "GTW": Refused}
# The carrier's table gives the three one meaning; the sheet lists them once.
_OUTCOMES = {"BDI": "BDE", "BDR": "BDE"}
_TURNS_BACK = {EventCode.RETURN_STARTED, EventCode.LAST_MILE_PICKUP_MISSED}


class PostageCardToken:
    """`POST /token/v1/autentica/cartaopostagem`: Basic for the user, the postage card in the body."""

    def token_request(self, credentials: Mapping[str, str]) -> TokenRequest:
        authorization = basic(credentials["username"], credentials["access_code"])
        body = json.dumps({"numero": credentials["postage_card"]}).encode()
        headers = {"Authorization": authorization, "Content-Type": "application/json"}
        return TokenRequest(path="/token/v1/autentica/cartaopostagem", headers=headers, body=body)

    def read_token(self, decoded: Any) -> Token:
        """It lives a day (`expiraEm`, local time); an hour of it is used, which needs no clock."""
        return Token(value=str(decoded["token"]), lives_s=3600.0)

    def headers(self, token: Token) -> dict[str, str]:
        return {"Authorization": f"Bearer {token.value}"}


class Correios(CarrierAdapter):
    slug = "correios"
    credentials = ("username", "access_code", "postage_card")
    auth = PostageCardToken()

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:  # noqa: ARG002
        codes = ",".join(asked.number for asked in numbers)
        headers = {"Accept": "application/json", "Accept-Language": "pt-BR"}
        query = {"codigosObjetos": codes, "resultado": "T"}
        return CarrierRequest(method="GET", path="/srorastro/v1/objetos", query=query, headers=headers)

    def parse(self, answer: Any) -> list[TrackingResult]:
        if "msgs" in answer:
            raise _error(" ".join(text_of(message) for message in answer["msgs"]))
        return [self._result(item) for item in answer["objetos"]]

    def split(self, decoded: Any, numbers: Sequence[str]) -> dict[str, Any]:
        items = decoded.get("objetos") or []
        return {item["codObjeto"]: {"objetos": [item]} for item in items if item["codObjeto"] in numbers}

    def _result(self, item: Any) -> TrackingResult:
        number, rows = item["codObjeto"], item.get("eventos") or []
        if not rows:
            return TrackingResult(number=number, failure=_error(text_of(item["mensagem"])))
        return TrackingResult(
            number=number,
            events=tuple(_with_way_back(oldest_first(self._event(row) for row in rows))),
            estimated_delivery=times.estimated_delivery(item.get("dtPrevista")),
            service=(item.get("tipoPostal") or {}).get("descricao") or "",
        )

    def _event(self, row: Any) -> TrackingEvent:
        (place, country), kind = _where(row.get("unidade") or {}), text_of(row["codigo"])
        text = ". ".join(part for part in (row["descricao"].strip(), (row.get("detalhe") or "").strip()) if part)
        return self.event(
            raw_time=row["dtHrCriado"], local=times.parse_iso(row["dtHrCriado"]), place=place, country=country,
            raw_code=f"{_OUTCOMES.get(kind, kind)}/{text_of(row['tipo'])}", raw_text=text, is_correction=kind == "EST",
            details={"codigo": kind} if kind in _OUTCOMES else {},
        )  # fmt: skip


def _where(unit: Any) -> tuple[str, str | None]:
    """A unit in Brazil has a town; one abroad is a country's name, whose local time it then is."""
    address = unit.get("endereco") or {}
    town = ", ".join(address[key] for key in ("cidade", "uf") if address.get(key))
    return (town, "BR") if town else (unit.get("nome") or "", None)


def _error(text: str) -> CarrierError:
    return next((kind(text) for start, kind in _ERRORS.items() if text.startswith(start)), BadAnswer(text))


def _with_way_back(events: Iterable[TrackingEvent]) -> Iterator[TrackingEvent]:
    """Once it turns back, RO and DO go on as on the way out; what is to be disregarded may have been the turn."""
    is_returning = False
    for event in events:
        is_returning = not event.is_correction and (is_returning or event.code in _TURNS_BACK)
        is_back = is_returning and event.code is EventCode.ANY_IN_TRANSIT
        yield replace(event, code=EventCode.RETURN_IN_TRANSIT) if is_back else event
