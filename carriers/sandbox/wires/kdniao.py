"""KDNiao: `POST /Ebusiness/EbusinessOrderHandle.aspx`, a signed form with JSON inside; an aggregator's actions.

`POST /api/dist` subscribes a number; it is pushed to the address that stands in the account (`/sandbox/listeners`).
"""

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

SLUG = "kdniao"
IS_AGGREGATOR = True
NUMBERS = {"kdniao": lambda rng: "YT" + digits(rng, 13)}  # YTO's
API_KEY = "sandbox"
_CODES = {"yto": "YTO", "china_post": "EMS"}
WORDS: Words = {
    E.FIRST_MILE_PICKED_UP: Word("1", "【{city}市】已揽收"),
    E.FIRST_MILE_ARRIVED_HUB: Word("204", "【{city}市】邮件到达【{city}邮件处理中心】", E.ANY_IN_TRANSIT),
    E.FIRST_MILE_DEPARTED_HUB: Word("206", "【{city}市】快件离开【{city}转运中心】"),
    E.ANY_IN_TRANSIT: Word("204", "【{city}市】快件到达【{city}转运中心】"),
    # Customs' numbers do not say of which country: the words do.
    E.EXPORT_CUSTOMS_PRESENTED: Word("605", "【{city}市】送交出口海关"),
    (E.EXPORT_CUSTOMS_HELD, Reason.CUSTOMS_INSPECTION): Word("604", "【{city}市】出口海关留存待验"),
    E.EXPORT_CUSTOMS_RELEASED: Word("603", "【{city}市】出口海关放行"),
    E.LINEHAUL_HANDED_TO_CARRIER: Word("2", "【{city}市】航空公司接收"),
    E.LINEHAUL_DEPARTED: Word("220", "【{city}市】航空公司启运"),
    E.LINEHAUL_ARRIVED: Word("221", "【{city}】飞机进港"),
    E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE: Word("2", "到达【{city}】进口互换局"),
    E.IMPORT_CUSTOMS_PRESENTED: Word("605", "【{city}】送交进口海关"),
    E.IMPORT_CUSTOMS_RELEASED: Word("603", "【{city}】进口海关放行"),
    E.LAST_MILE_ARRIVED_HUB: Word("201", "【{city}市】快件到达派件城市"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("202", "【{city}市】业务员正在派件，如不在家可存放至驿站"),
    (E.LAST_MILE_ATTEMPT_FAILED_REFUSED, Reason.CONSIGNEE_REFUSED): Word("404", "【{city}市】收件人拒收"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word("416", "【{city}市】收件人不在家"),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("211", "【{city}市】快件已由驿站代收，请及时取件"),
    E.LAST_MILE_DELIVERED_COLLECTED: Word("311", "【{city}市】快件已从驿站取出"),
    E.LAST_MILE_DELIVERED_SIGNED: Word("301", "【{city}市】已签收，签收人：本人"),
    E.RETURN_IN_TRANSIT: Word("407", "【{city}市】快件退回途中"),
    E.RETURN_COMPLETED: Word("406", "【{city}市】退回件已签收"),
}


def digest_of(content: str, api_key: str) -> str:
    """base64 of the hexadecimal md5(content + key)."""
    text = hashlib.md5((content + api_key).encode(), usedforsecurity=False).hexdigest()
    return base64.b64encode(text.encode()).decode()


def _waybill(leg: ParcelLeg, version: int) -> bytes:
    traces: list[dict[str, Any]] = []
    for told in leg.known(version):
        word, local = word_of(WORDS, told), told.city.local(told.at)
        is_abroad = told.city.country != "CN"
        trace = {
            "AcceptTime": local.strftime("%Y-%m-%d %H:%M:%S"), "AcceptStation": word.text.format(city=told.city.zh),
            "Location": told.city.zh if is_abroad else f"{told.city.zh}市", "Action": word.code, "Remark": None,
        }  # fmt: skip
        # Rows of cross-border parcels tell the offset.
        traces.append(trace | ({"Timezone": local.isoformat()[-6:]} if leg.destination.country != "CN" else {}))
    state = traces[-1]["Action"]
    return dump({
        "EBusinessID": "sandbox", "OrderCode": "", "ShipperCode": _CODES.get(leg.carrier, leg.carrier),
        "LogisticCode": leg.number, "Success": True, "Reason": None, "State": state[0], "StateEx": state,
        "Location": traces[-1]["Location"], "Traces": traces,
    })  # fmt: skip


def _without(reason: str, *, is_success: bool, number: str = "") -> Answer:
    value = {"EBusinessID": "sandbox", "Success": is_success, "Reason": reason, "State": "0", "Traces": []}
    return answer_json(200, value | ({"LogisticCode": number} if number else {}))


def push(leg: ParcelLeg, version: int, secret: str) -> tuple[bytes, dict[str, str]]:
    row = json.loads(_waybill(leg, version))
    content = dump({"EBusinessID": "sandbox", "PushTime": "", "Count": "1", "Data": [row]}).decode()
    form = {"RequestType": "101", "RequestData": content, "DataSign": digest_of(content, secret)}
    return urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}


def handle(request: Request, desk: Desk) -> Answer:
    is_subscription = request.path == "/api/dist"
    if not (is_subscription or request.path == "/Ebusiness/EbusinessOrderHandle.aspx") or request.method != "POST":
        return answer_json(404, {"Success": False, "Reason": "Not Found", "Traces": []})
    form = request.form()
    content = form.get("RequestData", "")
    if not is_sandbox(form.get("EBusinessID", "")) or form.get("DataSign") != digest_of(content, API_KEY):
        return failure("wrong_credentials")
    try:
        asked = json.loads(content)
        number, shipper = str(asked["LogisticCode"]), str(asked.get("ShipperCode") or "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return _without("参数错误", is_success=False)
    if is_subscription:
        is_taken = bool(shipper) and desk.subscribe(SLUG, number, "", "")
        reason = "" if is_taken else "没有可用套餐" if shipper else "快递公司编码不正确"
        return answer_json(200, {"EBusinessID": "sandbox", "UpdateTime": "", "Success": is_taken, "Reason": reason})
    # 8001 wants the carrier's code, 8002 finds it by the number; the account has another type only if it says so.
    if not shipper and form.get("RequestType") != "8002":
        return _without("快递公司编码不正确", is_success=False)
    found = desk.find(SLUG, number)
    is_known = found is not None and shipper in ("", _CODES.get(found[0].carrier, shipper))
    body = desk.piece(SLUG, number, _waybill) if is_known else None
    return Answer(200, body) if body else _without("暂无轨迹信息", is_success=True, number=number)


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _without("非法参数：数据签名DataSign验证失败", is_success=False)
    busy = {"Success": False, "Reason": "系统繁忙，请稍后再试", "Traces": []}
    return answer_json(429 if kind == "rate_limit" else 503, busy)
