"""Correios, API Rastro: `GET /srorastro/v1/objetos?codigosObjetos=a,b` (50 at most), Bearer; local times, no offset."""

from __future__ import annotations

from typing import Any

from carriers.sandbox.cities import CITIES
from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import s10
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "correios"
NUMBERS = {"correios": s10("PM", "BR")}
BATCH = 50
TOKEN_S = 86_400
# `code` is "codigo/tipo"; a wording after "|" is the detail.
WORDS: Words = {
    E.FIRST_MILE_PICKED_UP: Word("PO/01", "Objeto postado"),
    E.FIRST_MILE_ARRIVED_EXPORT_OFFICE: Word("PAR/18", "Objeto recebido na unidade de exportação no país de origem"),
    E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE: Word("PAR/16", "Objeto recebido pelos Correios do Brasil"),
    E.IMPORT_CUSTOMS_PRESENTED: Word("PAR/21", "Encaminhado para fiscalização aduaneira"),
    (E.IMPORT_CUSTOMS_INSPECTION, Reason.CUSTOMS_QUARANTINE): Word(
        "FC/34", "Objeto encaminhado para fiscalização - VIGIAGRO"
    ),
    (E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID): Word(
        "PAR/17", "Aguardando pagamento|Acesse o ambiente Minhas Importações"
    ),
    E.ANY_RESUMED: Word("PAR/31", "Pagamento confirmado"),
    E.IMPORT_CUSTOMS_RELEASED: Word("PAR/10", "Fiscalização aduaneira finalizada"),
    E.LAST_MILE_ARRIVED_HUB: Word("RO/01", "Objeto em transferência - por favor aguarde", E.ANY_IN_TRANSIT),
    E.LAST_MILE_DEPARTED_HUB: Word("RO/01", "Objeto em transferência - por favor aguarde", E.ANY_IN_TRANSIT),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("OEC/01", "Objeto saiu para entrega ao destinatário"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word(
        "BDE/20", "Carteiro não atendido|Será realizada nova tentativa de entrega"
    ),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("LDI/01", "Objeto aguardando retirada no endereço indicado"),
    E.LAST_MILE_DELIVERED: Word("BDE/01", "Objeto entregue ao destinatário"),
    (E.RETURN_STARTED, Reason.CONSIGNEE_REFUSED): Word(
        "BDE/04", "Cliente recusou-se a receber o objeto|Objeto será devolvido ao remetente"
    ),
    E.RETURN_COMPLETED: Word("BDE/23", "Objeto entregue ao remetente"),
}


def _event(told: Told) -> dict[str, Any]:
    word, city = word_of(WORDS, told), told.city
    kind, _, number = word.code.partition("/")
    text, _, detail = word.text.partition("|")
    unit: dict[str, Any] = {"nome": city.country_name.upper(), "tipo": "País", "endereco": {}}
    if city.country == "BR":
        address = {"cidade": city.name.upper(), "uf": city.region}
        unit = {"nome": f"CDD {city.name.upper()}", "tipo": "Unidade de Distribuição", "endereco": address}
    when = city.local(told.at).replace(tzinfo=None).isoformat()
    event = {"codigo": kind, "tipo": number, "dtHrCriado": when, "descricao": text, "unidade": unit}
    return event | ({"detalhe": detail} if detail else {})


def _object(leg: ParcelLeg, version: int) -> bytes:
    item: dict[str, Any] = {
        "codObjeto": leg.number,
        "tipoPostal": {"sigla": leg.number[:2], "descricao": "PACKET STANDARD", "categoria": "OBJETO INTERNACIONAL"},
        "eventos": [_event(told) for told in reversed(leg.known(version))],
    }
    if leg.eta is not None:
        item["dtPrevista"] = f"{leg.destination.local(leg.eta).date().isoformat()}T23:59:59"
    return dump(item)


def _unknown(number: str) -> bytes:
    return dump({"codObjeto": number, "mensagem": "SRO-020: Objeto não encontrado na base de dados dos Correios."})


def _refused(status: int, message: str, path: str = "/srorastro/v1/objetos") -> Answer:
    return answer_json(status, {"msgs": [message], "date": "01/06/2026 10:00:00", "method": "GET", "path": path})


def handle(request: Request, desk: Desk) -> Answer:
    if request.path == "/token/v1/autentica/cartaopostagem":
        return _token(request, desk)
    if request.path != "/srorastro/v1/objetos":
        return _refused(404, "Rota não encontrada", request.path)
    if not desk.tokens.holds(SLUG, request.bearer()):
        return failure("wrong_credentials")
    if request.headers.get("accept-language") not in ("pt-BR", "en", "es-ES"):
        return _refused(400, "SRO-018: Permitido apenas os valores pt-BR, en e es-ES para o idioma")
    numbers = [number for number in request.query().get("codigosObjetos", "").split(",") if number]
    if not numbers or len(numbers) > BATCH:
        return _refused(400, f"SRO-001: informe de 1 a {BATCH} objetos")
    pieces = [desk.piece(SLUG, number, _object) or _unknown(number) for number in numbers]
    head = f'{{"versao":"3.5.38","quantidade":{len(numbers)},"objetos":['.encode()
    return Answer(200, head + b",".join(pieces) + b'],"resultado":"Todos os Eventos"}')


def _token(request: Request, desk: Desk) -> Answer:
    card = str((request.json() or {}).get("numero", ""))
    if request.method != "POST" or not is_sandbox(*request.basic(), card):
        return _refused(401, "GTW-001: Usuário ou código de acesso inválido.", request.path)
    token, lives = desk.tokens.issue(SLUG, TOKEN_S)
    ends = CITIES["sao_paulo"].local(desk.now + lives).replace(tzinfo=None).isoformat()
    return answer_json(201, {"ambiente": "PRODUCAO", "perfil": "PJ", "token": token, "expiraEm": ends})


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _refused(401, "GTW-006: Token inválido.")
    if kind == "rate_limit":
        return _refused(429, "Limite de requisições excedido")
    return _refused(503, "Serviço indisponível")
