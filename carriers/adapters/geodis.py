"""GEODIS recherche-envoi (France): JSON with a hash of key, time and body in a header; local times, newest first."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from carriers import places, times
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused
from carriers.events import TrackedNumber, TrackingEvent, TrackingResult

_SERVICE = "api/zoomclient/recherche-envoi"
_LANGUAGE = "fr"
# The codes of its errors are not published: their wording decides.
_ERRORS: tuple[tuple[re.Pattern[str], type[CarrierError]], ...] = (
    (
        re.compile(r"(?i)authentifi|\bhash|signature|cl[ée] (api|invalide)|acc[èe]s (refus|interdit)"),
        Refused,
    ),
    (re.compile(r"(?i)non trouv|introuvable|aucun|inexistant|inconnu|n'existe pas"), NotFound),
)
_PLACE = re.compile(r"(.*?)\s*\(([A-Z]{2})\)")


class Geodis(CarrierAdapter):
    slug = "geodis"
    credentials = ("login", "api_key")

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        login, key = access.credentials["login"], access.credentials["api_key"]
        body = json.dumps({"noSuivi": asked.number}, ensure_ascii=False, separators=(",", ":"))
        stamp = str(int(access.now.timestamp() * 1000))
        proof = hashlib.sha256(";".join((key, login, stamp, _LANGUAGE, _SERVICE, body)).encode()).hexdigest()
        headers = {
            "Accept": "application/json", "Content-Type": "application/json; charset=utf-8",
            "X-GEODIS-Service": ";".join((login, stamp, _LANGUAGE, proof)),
        }  # fmt: skip
        return CarrierRequest(method="POST", path=f"/services/{_SERVICE}", headers=headers, body=body.encode())

    def parse(self, answer: Any) -> list[TrackingResult]:
        sent = answer.get("contenu")
        if not answer["ok"] or not sent:
            detail = f"{answer.get('codeErreur')}: {answer.get('texteErreur')}"
            is_said = answer.get("codeErreur") or answer.get("texteErreur")
            kind = next((kind for pattern, kind in _ERRORS if pattern.search(detail)), BadAnswer)
            raise kind(detail) if is_said else NotFound("no consignment in the answer")
        return [
            TrackingResult(
                number=sent["noSuivi"],
                events=oldest_first(self._event(row) for row in sent.get("listSuivis") or ()),
                estimated_delivery=times.estimated_delivery(sent.get("dateLivraisonPrevue")),
                origin_country=_country(sent.get("expediteur")),
                destination_country=_country(sent.get("destinataire")),
                service=(sent.get("prestationCommerciale") or {}).get("libelle") or "",
            )
        ]

    def _event(self, row: Mapping[str, Any]) -> TrackingEvent:
        raw = f"{row['dateSuivi']}T{row['heureSuivi']}"
        centre = row.get("libelleCentre") or ""
        where = _PLACE.fullmatch(centre)
        return self.event(
            raw_time=raw,
            local=times.parse_iso(raw),
            place=where[1] if where else centre,
            country=where[2] if where else None,
            raw_code=row.get("codeSituationJustification") or "",
            raw_text=row.get("libelleSuivi") or row.get("libelleCourtSuivi") or "",
        )


def _country(party: Mapping[str, Any] | None) -> str | None:
    return places.country_code(((party or {}).get("pays") or {}).get("code") or "")
