"""SF Express: `POST /std/service`, EXP_RECE_SEARCH_ROUTES: a signed form, JSON inside JSON, China's wall clock."""

from __future__ import annotations

import base64
import hashlib
import json
from itertools import count
from typing import Any
from urllib.parse import quote_plus

from carriers.sandbox.cities import CITIES
from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "sf_express"
NUMBERS = {"sf_express": lambda rng: "SF" + str(rng.randrange(1, 7)) + digits(rng, 12)}
NEEDS = ("phone_last4",)
_REQUESTS = count(1)
BATCH = 10
CHECK_WORD = "sandbox"
# `code` is "first/secondary/opCode" of a route.
WORDS: Words = {
    E.FIRST_MILE_PICKED_UP: Word("1/101/54", "顺丰速运 已收取快件"),
    E.FIRST_MILE_ARRIVED_HUB: Word("2/201/31", "快件到达【{city}集散中心】", E.ANY_IN_TRANSIT),
    E.FIRST_MILE_DEPARTED_HUB: Word("2/201/36", "快件离开【{city}集散中心】，正发往下一站", E.ANY_IN_TRANSIT),
    E.IMPORT_CUSTOMS_PRESENTED: Word("2/204/604", "快件在【{city}】清关中"),
    E.IMPORT_CUSTOMS_RELEASED: Word("2/205/606", "快件在【{city}】已清关"),
    (E.IMPORT_CUSTOMS_INSPECTION, Reason.CUSTOMS_QUARANTINE): Word("2/204/619", "快件在【{city}】检疫查验中"),
    (E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID): Word("2/204/613", "快件在【{city}】待缴纳关税"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("3/301/44", "快件正在派送途中，请保持电话畅通"),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("4/401/80", "快件已派送至（顺丰自助柜），请凭取件码取件"),
    E.LAST_MILE_DELIVERED_COLLECTED: Word(
        "4/401/80", "快件已从自助柜取出，感谢使用顺丰", E.LAST_MILE_DELIVERED_COLLECTED
    ),
    E.LAST_MILE_DELIVERED: Word("4/401/80", "您的快件已派送至本人"),
}
_NAMES = {
    "101": "已揽收", "201": "运输中", "204": "清关中", "205": "已清关", "301": "派送中", "401": "已签收",
}  # fmt: skip
_FIRST_NAMES = {"1": "已揽收", "2": "运送中", "3": "派送中", "4": "已签收"}


def digest_of(message: str, timestamp: str, check_word: str) -> str:
    """base64(md5(urlencode(msgData + timestamp + checkword))), encoded as Java's URLEncoder does."""
    encoded = quote_plus(message + timestamp + check_word, safe="*").replace("~", "%7E")
    return base64.b64encode(hashlib.md5(encoded.encode(), usedforsecurity=False).digest()).decode()


def _outer(code: str, message: str, data: str) -> Answer:
    asked = f"{next(_REQUESTS):032x}"
    value = {"apiErrorMsg": message, "apiResponseID": asked, "apiResultCode": code, "apiResultData": data}
    return answer_json(200, value)


def _routes(leg: ParcelLeg, version: int) -> bytes:
    china = CITIES["shenzhen"]
    rows: list[dict[str, Any]] = []
    for told in leg.known(version):
        word = word_of(WORDS, told)
        first, secondary, operation = word.code.split("/")
        rows.append({
            "acceptAddress": f"{told.city.zh}市" if told.city.country == "CN" else told.city.zh,
            "acceptTime": china.local(told.at).strftime("%Y-%m-%d %H:%M:%S"),
            "remark": word.text.format(city=told.city.zh),
            "opCode": operation,
            "firstStatusCode": first, "firstStatusName": _FIRST_NAMES[first],
            "secondaryStatusCode": secondary, "secondaryStatusName": _NAMES[secondary],
        })  # fmt: skip
    return dump({"mailNo": leg.number, "routes": rows})


def push(leg: ParcelLeg, version: int, secret: str) -> tuple[bytes, dict[str, str]]:  # noqa: ARG001  unsigned
    """The newest route. SF signs nothing."""
    route = json.loads(_routes(leg, version))["routes"][-1]
    kept = {name: route[name] for name in ("acceptAddress", "acceptTime", "remark", "opCode")}
    told = {
        "mailno": leg.number,
        "orderid": "",
        "id": f"{leg.key:09d}{version:06d}",
        "reasonCode": "",
        "reasonName": "",
    }
    return dump({"Body": {"WaybillRoute": [told | kept]}}), {"Content-Type": "application/json;charset=UTF-8"}


def _search(asked: dict[str, Any], desk: Desk) -> Answer:
    numbers = asked.get("trackingNumber")
    numbers = [numbers] if isinstance(numbers, str) else numbers
    if not isinstance(numbers, list) or not numbers or len(numbers) > BATCH:
        return _outer("A1000", "", dump({"success": False, "errorCode": "S0002", "errorMsg": "参数错误"}).decode())
    phone = str(asked.get("checkPhoneNo") or "")
    parts = []
    for number in map(str, numbers):
        found = desk.find(SLUG, number)
        # Without the right last four digits the carrier lists no routes: the number looks unknown.
        if found is None or phone != found[0].phone_last4:
            parts.append(dump({"mailNo": number, "routes": []}))
        else:
            parts.append(desk.world.piece(found[0], found[1], _routes))
    routes = b",".join(parts).decode()
    data = f'{{"success":true,"errorCode":"S0000","errorMsg":null,"msgData":{{"routeResps":[{routes}]}}}}'
    return _outer("A1000", "", data)


def handle(request: Request, desk: Desk) -> Answer:
    if request.path != "/std/service" or request.method != "POST":
        return answer_json(404, {"apiResultCode": "A1009", "apiErrorMsg": "服务不存在"})
    form = request.form()
    message, timestamp = form.get("msgData", ""), form.get("timestamp", "")
    if not is_sandbox(form.get("partnerID", "")):
        return _outer("A1004", "合作伙伴编码不存在", "")
    if form.get("msgDigest") != digest_of(message, timestamp, CHECK_WORD):
        return failure("wrong_credentials")
    if form.get("serviceCode") != "EXP_RECE_SEARCH_ROUTES":
        return _outer("A1005", "服务代码错误", "")
    try:
        asked = json.loads(message)
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        return _outer("A1001", "必传参数不可为空", "")
    return _search(asked, desk)


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _outer("A1006", "数字签名无效", "")
    if kind == "rate_limit":
        return answer_json(429, {"apiResultCode": "A1011", "apiErrorMsg": "访问频率超限", "apiResultData": ""})
    return answer_json(503, {"apiResultCode": "A1099", "apiErrorMsg": "系统繁忙", "apiResultData": ""})
