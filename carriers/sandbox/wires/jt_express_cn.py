"""J&T Express China: `POST .../logistics/trace`, `bizContent` signed in the headers; China's clock, no offset."""

from __future__ import annotations

import base64
import hashlib
import json
from urllib.parse import urlencode

from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "jt_express_cn"
NUMBERS = {"jt_express_cn": lambda rng: "JT" + digits(rng, 13)}
PRIVATE_KEY = "sandbox"
BATCH = 30
WORDS: Words = {
    E.FIRST_MILE_PICKED_UP: Word("快件揽收", "【{city}】的网点已揽收"),
    E.FIRST_MILE_DEPARTED_HUB: Word("发件扫描", "快件离开【{city}转运中心】", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_HUB: Word("到件扫描", "快件到达【{city}转运中心】", E.ANY_IN_TRANSIT),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("出仓扫描", "业务员正在派件，电话请保持畅通"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word("问题件扫描", "派件未成功：收件人不在家"),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("代理点收入扫描", "快件已存放至驿站，请凭取件码领取"),
    E.LAST_MILE_DELIVERED_COLLECTED: Word("快件签收", "您的快件已在驿站取件，感谢使用"),
    E.LAST_MILE_DELIVERED: Word("快件签收", "您的快件已签收"),
}


def digest_of(content: str, private_key: str) -> str:
    """base64(md5(content + private key))."""
    return base64.b64encode(hashlib.md5((content + private_key).encode(), usedforsecurity=False).digest()).decode()


def _bill(leg: ParcelLeg, version: int) -> bytes:
    details = []
    for told in reversed(leg.known(version)):
        word = word_of(WORDS, told)
        details.append({
            "scanTime": told.city.local(told.at).strftime("%Y-%m-%d %H:%M:%S"), "scanType": word.code,
            "scanTypeCode": None, "desc": word.text.format(city=told.city.zh), "scanNetworkTypeName": "网点",
            "scanNetworkName": f"{told.city.zh}市网点", "scanNetworkProvince": "",
            "scanNetworkCity": f"{told.city.zh}市", "scanNetworkArea": "",
        })  # fmt: skip
    return dump({"billCode": leg.number, "details": details})


def push(leg: ParcelLeg, version: int, secret: str) -> tuple[bytes, dict[str, str]]:
    content = _bill(leg, version).decode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "digest": digest_of(content, secret)}
    return urlencode({"bizContent": content}).encode(), headers


def _refused(code: str, message: str) -> Answer:
    return answer_json(200, {"code": code, "msg": message, "data": None})


def handle(request: Request, desk: Desk) -> Answer:
    if request.path != "/webopenplatformapi/api/logistics/trace" or request.method != "POST":
        return answer_json(404, {"code": "0", "msg": "Not Found", "data": None})
    content = request.form().get("bizContent", "")
    if not is_sandbox(request.headers.get("apiaccount", "")):
        return _refused("145003012", "API account does not exist")
    if request.headers.get("digest") != digest_of(content, PRIVATE_KEY):
        return failure("wrong_credentials")
    if not request.headers.get("timestamp"):
        return _refused("145003050", "illegal parameters")
    try:
        numbers = [number for number in str(json.loads(content)["billCodes"]).split(",") if number]
    except (ValueError, KeyError, TypeError):
        numbers = []
    if not numbers or len(numbers) > BATCH:
        return _refused("145003050", "illegal parameters")
    bills = [bill for number in numbers if (bill := desk.piece(SLUG, number, _bill))]
    if not bills:
        return _refused("999001030", "数据未找到")
    return Answer(200, b'{"code":"1","msg":"success","data":[' + b",".join(bills) + b"]}")


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _refused("145003030", "headers signature verification failed")
    busy = {"code": "145005000", "msg": "系统错误", "data": None}
    return answer_json(429 if kind == "rate_limit" else 503, busy)
