"""Correos (Spain), localizador: one number a call, Basic; always HTTP 200, the envelope's `codError` decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from carriers import times
from carriers.answers import text_of
from carriers.auth import basic
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, NotFound
from carriers.events import TimePrecision, TrackedNumber, TrackingEvent, TrackingResult

# A unit that is no office: the sender's own announcement.
_NOWHERE = "NO_OFI"


class Correos(CarrierAdapter):
    slug = "correos"
    credentials = ("username", "password")

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        authorization = basic(access.credentials["username"], access.credentials["password"])
        return CarrierRequest(
            method="GET", path=f"/canonico/eventos_envio_servicio_auth/{quote(asked.number, safe='')}",
            query={"codIdioma": "ES", "indUltEvento": "N"},
            headers={"Authorization": authorization, "Accept": "application/json"},
        )  # fmt: skip

    def parse(self, answer: Any) -> list[TrackingResult]:
        """A list of one shipment; some answers are the shipment itself."""
        return [self._result(item) for item in (answer if isinstance(answer, list) else [answer])]

    def _result(self, item: Any) -> TrackingResult:
        error = item["error"]
        if text_of(error["codError"]) != "0":
            kind = NotFound if text_of(error["codError"]) == "3" else BadAnswer
            raise kind(f"{error['codError']}: {error.get('desError') or ''}".strip())
        events = oldest_first(self._event(row) for row in item.get("eventos") or [])
        return TrackingResult(number=item["codEnvio"], events=events)

    def _event(self, row: Any) -> TrackingEvent:
        day, clock, unit = row["fecEvento"], row.get("horEvento") or "", row.get("unidad") or ""
        summary, text = (" ".join((row.get(key) or "").split()) for key in ("desTextoResumen", "desTextoAmpliado"))
        date = "-".join(reversed(day.split("/")))  # 27/04/2026
        return self.event(
            raw_time=f"{day} {clock}".strip(),
            local=times.parse_iso(f"{date}T{clock}" if clock else date),
            precision=TimePrecision.SECOND if clock else TimePrecision.DAY,
            place="" if unit == _NOWHERE else unit,
            country="ES",
            raw_code=row.get("codEvento") or "",
            raw_text=". ".join(part for part in dict.fromkeys((summary.rstrip("."), text.rstrip("."))) if part),
        )
