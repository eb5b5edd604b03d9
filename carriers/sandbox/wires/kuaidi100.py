"""Kuaidi100: `POST /poll/query.do`, a signed form with JSON inside; an aggregator's states, times without an offset.

`POST /poll` subscribes a number: what is known of it is then pushed, as a form signed with the subscription's salt.
"""

from __future__ import annotations

import hashlib
import json
from urllib.parse import urlencode

from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import s10
from carriers.sandbox.parcels import ParcelLeg
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "kuaidi100"
IS_AGGREGATOR = True
NUMBERS = {"kuaidi100": s10("LX", "CN")}  # China Post's
KEY = "sandbox"
# Its keys of carriers that stories reach through it: under any other than these and `auto` a number has no result.
_KEYS = {"china_post": "youzhengguoji", "yto": "yuantong"}
WORDS: Words = {
    E.FIRST_MILE_PICKED_UP: Word("103", "【{city}】已收寄"),
    E.FIRST_MILE_ARRIVED_HUB: Word("0", "到达【{city}邮件处理中心】", E.ANY_IN_TRANSIT),
    E.FIRST_MILE_DEPARTED_HUB: Word("1002", "离开【{city}邮件处理中心】，正发往下一站", E.ANY_IN_TRANSIT),
    E.EXPORT_CUSTOMS_PRESENTED: Word("8", "【{city}】送交出口海关"),
    (E.EXPORT_CUSTOMS_HELD, Reason.CUSTOMS_INSPECTION): Word("13", "【{city}】出口海关留存待验"),
    E.EXPORT_CUSTOMS_RELEASED: Word("12", "【{city}】出口海关放行"),
    E.LINEHAUL_HANDED_TO_CARRIER: Word("0", "【{city}】航空公司接收"),
    E.LINEHAUL_DEPARTED: Word("1002", "【{city}】航空公司启运"),
    E.LINEHAUL_ARRIVED: Word("1002", "飞机进港【{city}】"),
    E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE: Word("0", "到达【{city}】进口互换局"),
    E.IMPORT_CUSTOMS_PRESENTED: Word("11", "【{city}】送交进口海关"),
    (E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID): Word(
        "13", "【{city}】清关异常，待收件人缴纳关税"
    ),
    (E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_RECIPIENT_ID_REQUIRED): Word(
        "13", "【{city}】清关异常，需要收件人提供身份证"
    ),
    E.IMPORT_CUSTOMS_RELEASED: Word("12", "【{city}】进口海关放行"),
    E.LAST_MILE_HANDED_OVER: Word("7", "【{city}】已转交当地邮政投递"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("5", "【{city}】快递员正在派件"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word("206", "【{city}】投递失败，收件人不在家"),
    (E.LAST_MILE_ATTEMPT_FAILED_REFUSED, Reason.CONSIGNEE_REFUSED): Word("203", "【{city}】收件人拒收"),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("501", "【{city}】已送达驿站，请凭取件码领取"),
    E.LAST_MILE_DELIVERED_COLLECTED: Word("304", "【{city}】已从驿站取出"),
    E.LAST_MILE_DELIVERED_SIGNED: Word("301", "【{city}】已签收，签收人：本人"),
    E.LAST_MILE_DELIVERED: Word("3", "【{city}】已签收"),
    E.RETURN_IN_TRANSIT: Word("6", "【{city}】退回途中"),
    E.RETURN_COMPLETED: Word("4", "【{city}】退回件已签收"),
}
_STATES = {
    "0": "在途", "1002": "干线", "103": "揽收", "8": "清关", "11": "清关中", "12": "已清关", "13": "清关异常",
    "7": "转投", "5": "派件", "206": "无法联系", "203": "拒签", "501": "投柜或驿站", "304": "投柜或站签收",
    "301": "本人签收", "3": "签收", "6": "退回", "4": "退签",
}  # fmt: skip


def sign_of(param: str, key: str, customer: str) -> str:
    """md5(param + key + customer) in capitals."""
    return hashlib.md5((param + key + customer).encode(), usedforsecurity=False).hexdigest().upper()


def _data(leg: ParcelLeg, version: int) -> bytes:
    rows = []
    for told in reversed(leg.known(version)):
        word = word_of(WORDS, told)
        at = told.city.local(told.at).strftime("%Y-%m-%d %H:%M:%S")
        rows.append({
            "time": at, "ftime": at, "context": word.text.format(city=told.city.zh), "statusCode": word.code,
            "status": _STATES[word.code], "areaCode": None, "areaName": None, "areaCenter": None, "areaPinYin": None,
            "location": told.city.zh,
        })  # fmt: skip
    return dump({
        "message": "ok", "nu": leg.number, "ischeck": str(int(rows[0]["statusCode"] in {"3", "301", "304"})),
        "com": _KEYS.get(leg.carrier, leg.carrier), "status": "200", "state": rows[0]["statusCode"],
        "condition": "00", "isLoop": False, "data": rows,
    })  # fmt: skip


def _refused(code: str, message: str) -> Answer:
    return answer_json(200, {"result": False, "returnCode": code, "message": message})


def push(leg: ParcelLeg, version: int, secret: str) -> tuple[bytes, dict[str, str]]:
    param = dump({
        "status": "polling", "billstatus": "change", "message": "", "autoCheck": "0", "comOld": "", "comNew": "",
        "lastResult": json.loads(_data(leg, version)), "destResult": None,
    }).decode()  # fmt: skip
    form = {"sign": sign_of(param, secret, ""), "param": param}
    return urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}


def _subscribe(request: Request, desk: Desk) -> Answer:
    form = request.form()
    try:
        asked = json.loads(form.get("param", ""))
        number, more = str(asked["number"]), asked["parameters"]
        url, salt = str(more["callbackurl"]), str(more.get("salt") or "")
    except (ValueError, KeyError, TypeError):
        return _refused("701", "拒绝订阅的快递公司")
    if not is_sandbox(str(asked.get("key"))) or form.get("schema") != "json":
        return _refused("601", "POLL:KEY 过期")
    if not asked.get("company") and more.get("autoCom") != "1":
        return _refused("700", "订阅方的订阅数据存在错误")
    if not desk.subscribe(SLUG, number, url, salt):
        return _refused("600", "您不是合法的订阅者")
    return answer_json(200, {"result": True, "returnCode": "200", "message": "提交成功"})


def handle(request: Request, desk: Desk) -> Answer:
    if (request.method, request.path) == ("POST", "/poll"):
        return _subscribe(request, desk)
    if request.path != "/poll/query.do" or request.method != "POST":
        return answer_json(404, {"result": False, "returnCode": "404", "message": "Not Found"})
    form = request.form()
    param, customer = form.get("param", ""), form.get("customer", "")
    if not is_sandbox(customer) or form.get("sign") != sign_of(param, KEY, customer):
        return failure("wrong_credentials")
    try:
        asked = json.loads(param)
        number, com = str(asked["num"]), str(asked["com"])
    except (ValueError, KeyError, TypeError):
        return _refused("400", "提交的数据不完整")
    found = desk.find(SLUG, number)
    is_known = found is not None and com in ("auto", _KEYS.get(found[0].carrier, com))
    body = desk.piece(SLUG, number, _data) if is_known else None
    return Answer(200, body) if body else _refused("500", "查询无结果，请隔段时间再查")


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _refused("503", "验证签名失败。")
    busy = {"result": False, "returnCode": "502", "message": "服务器繁忙"}
    return answer_json(429 if kind == "rate_limit" else 503, busy)
