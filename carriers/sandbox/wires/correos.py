"""Correos, localizador: `GET /canonico/eventos_envio_servicio_auth/{n}`, Basic; dd/mm/yyyy on Spain's clock."""

from __future__ import annotations

from random import Random
from typing import Any

from carriers.sandbox.cities import CITIES
from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "correos"
_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def correos_23(rng: Random) -> str:
    """A product, a label code, sixteen digits, and the letter at the sum of the signs' codes modulo 23."""
    body = "PQ4F6P" + digits(rng, 16)
    return body + _LETTERS[sum(map(ord, body)) % 23]


NUMBERS = {"correos": correos_23}
# A wording after "|" is the long text; events that the carrier lists nowhere come without a code.
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("A090000V", "Prerregistrado|Envío prerregistrado en el sistema"),
    E.FIRST_MILE_PICKED_UP: Word("A010000V", "Admitido.|Admitido."),
    E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE: Word("", "En tránsito|Llegada a la oficina internacional de destino"),
    E.IMPORT_CUSTOMS_PRESENTED: Word("E000001V", "En aduana|Envío presentado en aduana"),
    (E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID): Word(
        "", "Pendiente de pago|Envío pendiente del pago de derechos e impuestos"
    ),
    (E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_INVOICE_MISSING): Word(
        "", "En aduana|Envío en aduana, pendiente de factura"
    ),
    E.IMPORT_CUSTOMS_RELEASED: Word("", "Despachado de aduana|Despachado de aduana"),
    E.LAST_MILE_ARRIVED_HUB: Word("P040000V", "Clasificado|Envío clasificado en Centro Logístico", E.ANY_IN_TRANSIT),
    E.LAST_MILE_DEPARTED_HUB: Word("P101120V", "En tránsito|Envío en camino a la unidad de reparto"),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("G01L010V", "En unidad de reparto|En unidad de reparto"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("H020000V", "En reparto|Envío en reparto"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word(
        "H010930R", "Intento de entrega|Realizado intento de entrega. Destinatario ausente"
    ),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("H01I350V", "A disposición del destinatario|A disposición en la oficina"),
    E.LAST_MILE_DELIVERED: Word("I010000V", "Entregado|Envío entregado al destinatario o autorizado"),
    E.LAST_MILE_DELIVERED_COLLECTED: Word("IPUDO02V", "Entregado|Envío entregado en oficina"),
    E.RETURN_STARTED: Word("O140000V", "En devolución|Envío en devolución"),
    E.RETURN_COMPLETED: Word("I020000V", "Entregado al remitente|Envío entregado al remitente"),
}


def _event(told: Told) -> dict[str, Any]:
    word, is_home = word_of(WORDS, told), told.city.country == "ES"
    summary, _, text = word.text.partition("|")
    local = (told.city if is_home else CITIES["madrid"]).local(told.at)
    return {
        "fecEvento": f"{local:%d/%m/%Y}", "horEvento": f"{local:%H:%M:%S}", "codEvento": word.code,
        "fase": "2", "color": word.code[-1:] or "V", "desTextoResumen": summary, "desTextoAmpliado": text,
        "codired": "", "unidad": f"UR {told.city.name.upper()}" if is_home else "NO_OFI",
    }  # fmt: skip


def _shipment(leg: ParcelLeg, version: int) -> bytes:
    events = [_event(told) for told in leg.known(version)]
    return dump([
        {
            "codEnvio": leg.number, "nombre_cliente": "", "peso": "420", "fec_entregasum": "", "enviosAsociados": None,
            "eventos": events, "error": {"codError": "0", "desError": ""},
            "resumen_ultimo": events[-1]["desTextoResumen"],
        }
    ])  # fmt: skip


def handle(request: Request, desk: Desk) -> Answer:
    head, _, number = request.path.rpartition("/")
    if head != "/canonico/eventos_envio_servicio_auth" or not number:
        return answer_json(404, {"error": "Not Found"})
    if not is_sandbox(*request.basic()):
        return failure("wrong_credentials")
    if (body := desk.piece(SLUG, number, _shipment)) is not None:
        return Answer(200, body)
    error = {"codError": "3", "desError": "Sin Trazabilidad en Minerva."}
    return answer_json(200, [{"codEnvio": number, "eventos": None, "error": error, "resumen_ultimo": None}])


def failure(kind: str) -> Answer:
    status = {"wrong_credentials": 401, "rate_limit": 429}.get(kind, 503)
    return answer_json(status, {"status": status, "error": kind.replace("_", " ")})
