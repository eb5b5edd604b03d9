"""YunExpress, old OMS: `GET api/Tracking/GetTrackInfo`, `POST api/Waybill/GetCarrier`; Basic of "code&secret".

Its pushes are the new open platform's: enciphered and signed with the encrypt key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import timedelta
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from carriers.sandbox.cities import GMT, City
from carriers.sandbox.clock import iso
from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "yunexpress"
NUMBERS = {"yunexpress": lambda rng: "YT" + str(rng.randrange(20, 27)) + digits(rng, 14)}
_REQUESTS = count(1)
# `code` is TrackingStatus: 10 announced, 20 moving, 30 to collect, 40 failed, 50 delivered, 60 exception,
# 80 customs inspection, 90 returned, 100 cancelled.
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("10", "快件电子信息已收到"),
    E.FIRST_MILE_PICKED_UP: Word("20", "快件已揽收"),
    E.FIRST_MILE_ARRIVED_HUB: Word("20", "快件到达云途{city}转运中心"),
    E.FIRST_MILE_DEPARTED_HUB: Word("20", "快件离开云途{city}转运中心"),
    E.EXPORT_CUSTOMS_PRESENTED: Word("20", "快件已提交出口报关"),
    E.EXPORT_CUSTOMS_RELEASED: Word("20", "出口清关完成"),
    E.LINEHAUL_HANDED_TO_CARRIER: Word("20", "快件已交航空公司"),
    E.LINEHAUL_DEPARTED: Word("20", "航班{flight}已起飞"),
    E.LINEHAUL_DELAYED: Word("20", "航班延误"),
    (E.LINEHAUL_DELAYED, Reason.TRANSPORT_FLIGHT_CANCELLED): Word("20", "航班取消，等待重新配舱"),
    E.LINEHAUL_ARRIVED: Word("20", "航班{flight}已抵达目的地机场"),
    E.IMPORT_CUSTOMS_PRESENTED: Word("20", "进口清关中"),
    (E.IMPORT_CUSTOMS_INSPECTION, Reason.CUSTOMS_INSPECTION): Word("80", "海关查验"),
    (E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_INVOICE_MISSING): Word(
        "60", "海关扣件：缺少商业发票，请补充资料"
    ),
    (E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID): Word(
        "60", "海关扣件：待缴税，请收件人缴纳进口关税"
    ),
    E.IMPORT_CUSTOMS_RELEASED: Word("20", "进口清关完成"),
    E.LAST_MILE_HANDED_OVER: Word("20", "快件已转交末端派送商"),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("20", "快件到达{city}派送网点"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("20", "快件派送中"),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("30", "快件等待收件人自取"),
    E.LAST_MILE_ATTEMPT_FAILED_ABSENT: Word("40", "派送失败：收件人不在"),
    E.LAST_MILE_DELIVERED: Word("50", "快件已签收"),
    (E.ANY_LOST, Reason.CARRIER_LOST): Word("60", "快件遗失"),
}
# PackageState: 0 unknown, 1 submitted, 2 moving, 3 signed, 4 received, 5 cancelled, 6 delivery failed, 7 returned.
_PACKAGE_STATE = {"10": 1, "40": 6, "50": 3}
_ZERO = timedelta()
LAST_MILE = {
    "dhl_parcel_de": ("DHL", "敦豪", "https://www.dhl.de"),
    "usps": ("USPS", "美国邮政", "https://www.usps.com"),
    "royalmail": ("Royal Mail", "英国皇家邮政", "https://www.royalmail.com"),
    "laposte": ("La Poste", "法国邮政", "https://www.laposte.fr"),
    "canadapost": ("Canada Post", "加拿大邮政", "https://www.canadapost-postescanada.ca"),
    "amazon": ("Amazon Logistics", "亚马逊物流", "https://track.amazon.com"),
    "colissimo": ("Colissimo", "法国邮政包裹", "https://www.laposte.fr"),
    "correos": ("Correos", "西班牙邮政", "https://www.correos.es"),
    "ninja_van": ("Ninja Van", "能者物流", "https://www.ninjavan.co"),
    "nova_poshta": ("Nova Poshta", "新邮", "https://novaposhta.ua"),
    "nz_post": ("NZ Post", "新西兰邮政", "https://www.nzpost.co.nz"),
    "ontrac": ("OnTrac", "OnTrac", "https://www.ontrac.com"),
    "postnl": ("PostNL", "荷兰邮政", "https://www.postnl.nl"),
}


def _is_allowed(request: Request) -> bool:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        code, _, secret = base64.b64decode(token).decode().partition("&")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return kind.lower() == "basic" and is_sandbox(code, secret)


def _stamp(desk: Desk) -> str:
    """What every answer ends with and no two share."""
    return f'"RequestId":"{next(_REQUESTS):016x}","TimeStamp":"{iso(desk.now)}"'


def _envelope(desk: Desk, code: str, message: str, items: bytes, *, key: str = "Item", status: int = 200) -> Answer:
    head = f'{{"{key}":'.encode()
    return Answer(status, head + items + f',"Code":"{code}","Message":"{message}",{_stamp(desk)}}}'.encode())


def _offset(city: City, epoch_s: float) -> str:
    """Hours east, "+8", as the newer API prints it; minutes only where there are some."""
    minutes = int((city.local(epoch_s).utcoffset() or _ZERO).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")


def _track(leg: ParcelLeg, version: int) -> bytes:
    rows = []
    state = 1
    for told in leg.known(version):
        word = word_of(WORDS, told)
        state = _PACKAGE_STATE.get(word.code, 2)
        text = word.text.format(city=told.city.zh, flight=told.scan.flight)
        rows.append({
            "ProcessDate": told.city.local(told.at).strftime("%Y-%m-%dT%H:%M:%S"),
            "ProcessContent": text,
            "ProcessLocation": told.city.zh if told.city.country in ("CN", "HK") else told.city.name,
            "TrackingStatus": word.code,
            "TrackNodeCode": "ZC" if told.scan.what is E.FIRST_MILE_PICKED_UP else "",
            "ProcessTimezone": _offset(told.city, told.at),
        })  # fmt: skip
    following = leg.told_next(version)
    item = {
        "CountryCode": leg.destination.country,
        "WaybillNumber": leg.number,
        "TrackingNumber": following.number if following else leg.number,
        "CreatedBy": "sandbox",
        "PackageState": state,
        "OrderTrackingDetails": rows,
    }
    return dump(item)


def push(leg: ParcelLeg, version: int, secret: str) -> tuple[bytes, dict[str, str]]:
    following, rows = leg.told_next(version), []
    for told in leg.known(version):
        text = word_of(WORDS, told).text.format(city=told.city.zh, flight=told.scan.flight)
        rows.append({
            "track_node_code": "", "track_node_description": text,
            "process_time": f"{told.city.local(told.at):%Y-%m-%d %H:%M:%S}",
            "process_utc_time": f"{GMT.local(told.at):%Y-%m-%d %H:%M:%S}",
            "process_city": told.city.name, "process_country": told.city.country, "process_location": told.city.name,
        })  # fmt: skip
    data: dict[str, Any] = {
        "tracking_number": following.number if following else leg.number, "waybill_number": leg.number,
        "package_status": "T", "destination_code": leg.destination.country,
        "last_mile_name": LAST_MILE[following.carrier][0] if following and following.carrier in LAST_MILE else None,
        "track_events": rows,
    }  # fmt: skip
    body = dump({"encrypt": _enciphered(dump({"data_code": "tisPushData", "data": data}), secret)})
    stamp = str(int(leg.changes[version - 1] * 1000))
    signature = hashlib.sha256((stamp + secret).encode() + body).hexdigest()
    return body, {
        "Content-Type": "application/json", "X-Openapi-Request-Timestamp": stamp, "X-Openapi-Signature": signature,
    }  # fmt: skip


def _enciphered(clear: bytes, key: str) -> str:
    """Base64 of an initial vector and AES-256-CBC, padded as PKCS#7 does."""
    first, missing = hashlib.md5(clear, usedforsecurity=False).digest(), 16 - len(clear) % 16
    cipher = Cipher(AES(hashlib.sha256(key.encode()).digest()), CBC(first)).encryptor()
    return base64.b64encode(first + cipher.update(clear + bytes([missing]) * missing) + cipher.finalize()).decode()


def _carriers(numbers: list[str], desk: Desk) -> Answer:
    items = []
    for number in numbers:
        found = desk.find(SLUG, number)
        following = found[0].told_next(found[1]) if found else None
        if following is None:
            continue
        english, chinese, website = LAST_MILE[following.carrier]
        items.append({
            "OrderCode": number, "OrderCodeType": "Y",
            "CarrierCode": english.replace(" ", "").upper(), "CarrierCName": chinese, "CarrierEName": english,
            "CarrierPhone": "", "CarrierWebsite": website,
        })  # fmt: skip
    code, message = ("0000", "提交成功！") if items else ("1006", "未查询到末端派送商")
    return _envelope(desk, code, message, dump(items), key="Items")


def handle(request: Request, desk: Desk) -> Answer:
    if not _is_allowed(request):
        return failure("wrong_credentials")
    path = request.path.lower()
    if path in ("/api/tracking/gettrackinfo", "/api/tracking/gettrackallinfo") and request.method == "GET":
        query = {name.lower(): value for name, value in request.query().items()}
        body = desk.piece(SLUG, query.get("ordernumber", ""), _track)
        if body is None:
            return _envelope(desk, "1006", "未查询到该单号的轨迹信息", b"null")
        return _envelope(desk, "0000", "提交成功！", body)
    if path == "/api/waybill/getcarrier" and request.method == "POST":
        asked = request.json()
        numbers = asked.get("OrderNumbers") if isinstance(asked, dict) else asked
        if not isinstance(numbers, list) or not all(isinstance(number, str) for number in numbers):
            return _envelope(desk, "1001", "参数错误", b"null")
        return _carriers(numbers, desk)
    return answer_json(404, {"Message": "找不到与请求匹配的 HTTP 资源。", "MessageDetail": "找不到匹配的操作。"})


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return answer_json(401, {"Item": None, "Code": "401", "Message": "授权验证失败"})
    if kind == "rate_limit":
        return answer_json(429, {"Item": None, "Code": "429", "Message": "请求过于频繁"})
    return answer_json(503, {"Message": "服务暂不可用"})
