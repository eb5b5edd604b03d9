"""Cainiao LINK: `POST /gateway/link.do`, a form with JSON inside, signed; action codes, the offset beside the time."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from urllib.parse import urlencode

from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "cainiao"
NUMBERS = {"cainiao": lambda rng: "LP00" + digits(rng, 12)}
SECRET = "sandbox"  # noqa: S105  what every secret of the sandbox is
WORDS: Words = {
    E.SELLER_ORDER_CREATED: Word("CONSIGN", "商家已发货，等待揽收"),
    E.FIRST_MILE_PICKED_UP: Word("PU_PICKUP_SUCCESS", "包裹已揽收"),
    E.FIRST_MILE_ARRIVED_HUB: Word("SC_INBOUND_SUCCESS", "包裹已到达分拨中心"),
    E.FIRST_MILE_DEPARTED_HUB: Word("SC_OUTBOUND_SUCCESS", "包裹已离开分拨中心"),
    E.EXPORT_CUSTOMS_PRESENTED: Word("CC_EX_START", "出口清关开始"),
    E.EXPORT_CUSTOMS_RELEASED: Word("CC_EX_SUCCESS", "出口清关完成"),
    E.LINEHAUL_HANDED_TO_CARRIER: Word("LH_HO_AIRLINE", "已交给航空公司"),
    E.LINEHAUL_DEPARTED: Word("LH_DEPART", "航班已起飞"),
    E.LINEHAUL_ARRIVED: Word("LH_ARRIVE", "航班已抵达"),
    E.IMPORT_CUSTOMS_PRESENTED: Word("CC_IM_START", "进口清关开始"),
    (E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID): Word(
        "CC_IM_FAILURE", "清关异常，待收件人缴纳关税"
    ),
    (E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_RECIPIENT_ID_REQUIRED): Word(
        "CC_IM_FAILURE", "清关异常，需要收件人提供身份证件"
    ),
    E.IMPORT_CUSTOMS_RELEASED: Word("CC_IM_SUCCESS", "进口清关完成"),
    E.LAST_MILE_HANDED_OVER: Word("GTMS_ACCEPT", "已由目的国配送商揽收"),
    E.LAST_MILE_ARRIVED_HUB: Word("GTMS_SC_ARRIVE", "到达目的国分拨中心"),
    E.LAST_MILE_DEPARTED_HUB: Word("GTMS_SC_DEPART", "离开目的国分拨中心"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("GTMS_DO_DEPART", "派送中"),
    # The station has signed: to a reader of the text alone a delivery, and none.
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("GTMS_STA_SIGNED", "已签收，包裹已送达自提点"),
    E.LAST_MILE_DELIVERED_COLLECTED: Word("GSTA_SIGN", "收件人已自提"),
    E.LAST_MILE_DELIVERED: Word("GTMS_SIGNED", "包裹已妥投"),
}
_PARTNERS = {"royalmail": "Royal Mail", "laposte": "La Poste"}


def digest_of(content: str, secret: str) -> str:
    """base64(md5(content + secret))."""
    return base64.b64encode(hashlib.md5((content + secret).encode(), usedforsecurity=False).digest()).decode()


def _data(leg: ParcelLeg, version: int) -> bytes:
    rows: list[dict[str, Any]] = []
    for told in reversed(leg.known(version)):
        word, local = word_of(WORDS, told), told.city.local(told.at)
        rows.append({
            "time": local.strftime("%Y-%m-%d %H:%M:%S"), "timeZone": f"GMT{local:%z}"[:6] + ":00",
            "actionCode": word.code, "desc": f"[{told.city.name}] {word.text}", "standerdDesc": None,
        })  # fmt: skip
    following = leg.told_next(version)
    partner = _PARTNERS.get(following.carrier, following.carrier) if following else ""
    return dump({
        "success": "true", "orderCode": leg.number, "mailNo": leg.number,
        "originCountry": leg.origin.country, "destCountry": leg.destination.country,
        "realMailNo": f"{partner} {following.number}" if following else None,
        "copyRealMailNo": following.number if following else None,
        "destCpInfo": {"cpName": partner} if following else None,
        "traceDetailList": rows,
    })  # fmt: skip


def push(leg: ParcelLeg, version: int, secret: str) -> tuple[bytes, dict[str, str]]:
    content = _data(leg, version).decode()
    form = {
        "msg_type": "CNGE_TRACK_NOTIFY", "logistics_interface": content, "data_digest": digest_of(content, secret),
    }  # fmt: skip
    return urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}


def _refused(code: str, message: str) -> Answer:
    return answer_json(200, {"success": "false", "errorCode": code, "errorMsg": message})


def handle(request: Request, desk: Desk) -> Answer:
    if request.path != "/gateway/link.do" or request.method != "POST":
        return answer_json(404, {"success": "false", "errorCode": "S01", "errorMsg": "Not Found"})
    form = request.form()
    content = form.get("logistics_interface", "")
    if not is_sandbox(form.get("logistic_provider_id", "")):
        return _refused("S03", "非法的物流公司")
    if form.get("data_digest") != digest_of(content, SECRET):
        return failure("wrong_credentials")
    if form.get("msg_type") != "cnge.track.get":
        return _refused("S04", "非法的通知类型")
    try:
        asked = json.loads(content)
        number = str(asked.get("orderCode") or asked.get("mailNo") or "")
    except (ValueError, AttributeError):
        return _refused("S01", "非法的JSON格式")
    body = desk.piece(SLUG, number, _data) or dump({"success": "false", "errorCode": "B0404", "errorMsg": "订单不存在"})
    return Answer(200, b'{"success":"true","errorCode":null,"errorMsg":null,"data":' + body + b"}")


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _refused("S02", "非法的数字签名")
    busy = {"success": "false", "errorCode": "S07", "errorMsg": "系统异常，请重试"}
    return answer_json(429 if kind == "rate_limit" else 503, busy)
