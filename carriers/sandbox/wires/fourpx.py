"""4PX: `POST /router/api/service?method=...`, signed over parameters and body; the offset in a field of its own."""

from __future__ import annotations

import hashlib
from typing import Any

from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "fourpx"
NUMBERS = {"fourpx": lambda rng: f"4PX{digits(rng, 13)}CN"}
SECRET = "sandbox"  # noqa: S105  what every secret of the sandbox is
WORDS: Words = {
    E.SELLER_ORDER_CREATED: Word("FPX_L_RPIF", "已收到包裹信息"),
    E.FIRST_MILE_PICKED_UP: Word("FPX_C_SPLS", "包裹已由4PX揽收"),
    E.FIRST_MILE_ARRIVED_HUB: Word("FPX_C_AAF", "包裹到达4PX操作中心"),
    E.FIRST_MILE_DEPARTED_HUB: Word("FPX_C_ADFF", "包裹离开4PX操作中心"),
    E.EXPORT_CUSTOMS_PRESENTED: Word("FPX_Q_UEPC", "出口清关中"),
    E.EXPORT_CUSTOMS_RELEASED: Word("FPX_Q_ECC", "出口清关完成"),
    E.LINEHAUL_HANDED_TO_CARRIER: Word("FPX_M_HA", "已交航空公司"),
    E.LINEHAUL_DEPARTED: Word("FPX_M_DFOA", "航班{flight}已从始发机场起飞"),
    E.LINEHAUL_ARRIVED: Word("FPX_M_ATA", "航班{flight}已抵达目的机场"),
    E.IMPORT_CUSTOMS_PRESENTED: Word("FPX_I_CP", "进口清关中"),
    (E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_RECIPIENT_ID_REQUIRED): Word(
        "FPX_I_HCTI", "清关扣留，等待收件人提供税号"
    ),
    (E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID): Word("FPX_I_HCIT", "清关扣留，等待缴纳进口税"),
    E.IMPORT_CUSTOMS_RELEASED: Word("FPX_I_CPC", "进口清关完成"),
    E.LAST_MILE_HANDED_OVER: Word("FPX_D_HODP", "已移交末端派送"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("FPX_D_OFD", "派送中"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word("FPX_D_DDCN", "派送未成功，收件人不在"),
    E.LAST_MILE_DELIVERED: Word("FPX_S_OK", "已妥投"),
}
_SIGNED = ("app_key", "format", "method", "timestamp", "v")
_CHANNELS = {"laposte": "La Poste", "royalmail": "Royal Mail"}


def signature(query: dict[str, str], body: str, secret: str) -> str:
    """md5 over each signed parameter's name and value by the alphabet, the body and the secret."""
    parts = [name + query.get(name, "") for name in _SIGNED]
    return hashlib.md5(("".join(parts) + body + secret).encode(), usedforsecurity=False).hexdigest()


def _said(data: Any) -> Answer:
    return answer_json(200, {"result": "1", "msg": "System processing succeeded", "errors": [], "data": data})


def _refused(code: str, message: str) -> Answer:
    errors = [{"errorCode": code, "errorMsg": message}]
    return answer_json(200, {"result": "0", "msg": message, "errors": errors, "data": None})


def _track(leg: ParcelLeg, version: int) -> bytes:
    rows = []
    for told in reversed(leg.known(version)):
        word, local = word_of(WORDS, told), told.city.local(told.at)
        rows.append({
            "businessLinkCode": word.code, "occurDatetime": local.strftime("%Y-%m-%d %H:%M:%S"),
            "timeZone": f"UTC{local:%z}"[:6] + ":" + f"{local:%z}"[3:], "occurLocation": told.city.name,
            "country": told.city.country, "destinationCountry": leg.destination.country,
            "trackingContent": word.text.format(flight=told.scan.flight),
        })  # fmt: skip
    data = {"deliveryOrderNo": leg.number, "trackingList": rows}
    return dump({"result": "1", "msg": "System processing succeeded", "errors": [], "data": data})


def _order(leg: ParcelLeg, version: int) -> Answer:
    """The order: the number of the last mile, once 4PX has it."""
    following = leg.told_next(version)
    consignment = {
        "4px_tracking_no": leg.number, "ref_no": f"SO-{leg.number[3:9]}", "consignment_status": "V",
        "logistics_channel_no": following.number if following else "",
        "logistics_channel_name": _CHANNELS.get(following.carrier, following.carrier) if following else "",
    }  # fmt: skip
    return _said([{"consignment_info": consignment}])


def handle(request: Request, desk: Desk) -> Answer:
    if request.path != "/router/api/service" or request.method != "POST":
        return answer_json(404, {"result": "0", "msg": "Not Found", "errors": [], "data": None})
    query, asked = request.query(), request.json()
    if not is_sandbox(query.get("app_key", "")):
        return _refused("FOP000002", "app_key is invalid")
    if query.get("sign") != signature(query, request.body.decode("utf-8", "replace"), SECRET):
        return failure("wrong_credentials")
    if not isinstance(asked, dict):
        return _refused("FOP000010", "parameter error")
    if query.get("method") == "tr.order.tracking.get":
        number = str(asked.get("deliveryOrderNo") or "")
        body = desk.piece(SLUG, number, _track)
        return Answer(200, body) if body else _said({"deliveryOrderNo": number, "trackingList": []})
    if query.get("method") == "ds.xms.order.get":
        found = desk.find(SLUG, str(asked.get("request_no") or ""))
        return _order(*found) if found else _refused("DS000033", "订单不存在")
    return _refused("FOP000004", "method parameter error")


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _refused("FOP000003", "sign is invalid")
    message = "Too many requests" if kind == "rate_limit" else "Service unavailable"
    status = 429 if kind == "rate_limit" else 503
    return answer_json(status, {"result": "0", "msg": message, "errors": [], "data": None})
