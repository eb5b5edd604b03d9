"""What a carrier wrote, without what is nobody's business: addresses of mail, telephone numbers, and who signed.

Whoever has the number sees this page, so names and streets must not be on it. Masking too much is the smaller harm.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from carriers import registry

MASK = "•••"

_MAIL = re.compile(r"[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63})+", re.UNICODE)
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
# Seven to fifteen digits, however grouped; dates and times of day are told apart below.
_DIGITS = re.compile(r"(?<![\w])\+?\(?\d(?:[\s.\-/()]{0,3}\d){6,14}(?![\w])", re.ASCII)
_DATE = re.compile(r"(?:19|20)\d\d[.\-/]?[01]\d[.\-/]?[0-3]\d|[0-3]?\d[.\-/][01]?\d[.\-/](?:19|20)?\d\d", re.ASCII)
_CHINESE_DIGITS = re.compile(r"(?<!\d)1[3-9]\d[\d*\-\s]{7,10}\d(?!\d)", re.ASCII)

# "signed by", "received by", "left with", "recipient" in the languages our carriers write; what follows is a name.
_LEADS = "|".join(
    (
        r"signed\s+(?:for\s+)?by|signature|received\s+by|accepted\s+by|collected\s+by|picked\s+up\s+by|delivered\s+to",
        r"left\s+with|given\s+to|handed\s+to|recipient|consignee|addressee|signatory|courier|driver|contact",
        r"unterschrieben\s+von|empfangen\s+von|angenommen\s+von|zugestellt\s+an|empfänger(?:in)?|zusteller(?:in)?",
        r"signé\s+par|reçu\s+par|remis\s+à|livré\s+à|destinataire|firmado\s+por|recibido\s+por|entregado\s+a",
        r"destinatario|firmato\s+da|ricevuto\s+da|consegnato\s+a|assinado\s+por|recebido\s+por|entregue\s+ao?",
        r"destinatário|getekend\s+door|ontvangen\s+door|ontvanger",
    )
)
_CHINESE_LEADS = "签收人|收件人|收货人|代收人|取件人|派送员|派件员|快递员|业务员|联系人|签收方|受取人|簽收人|收件者"
_WORD = r"[^\s,，。.;；:：、()（）\[\]【】!！|/]{1,40}"
_SIGNED = re.compile(
    rf"(?P<lead>\b(?:{_LEADS})\b|(?:{_CHINESE_LEADS}))"
    r"(?P<sep>\s{0,3}(?:[:：,，]|是|为|-|–)?\s{0,3}[【\[(（\"“]?)"
    rf"(?P<name>(?:\w{{1,4}}\.\s?){{0,2}}{_WORD}"
    rf"(?:[ \u00a0](?!(?:at|on|in|um|am|le|à|el|il|em|om|op)\b)(?:\w\.\s?)?{_WORD}){{0,3}})",
    re.IGNORECASE,
)
# Words that may follow such a lead and are no name: roles, places, things.
_NO_NAMES = frozenset(
    word
    for line in (
        "a an the your our their its customer recipient consignee addressee receiver sender shipper buyer neighbour",
        "neighbor neighbours neighbors reception receptionist mailroom mailbox letterbox locker agent carrier courier",
        "driver customs airline partner post office shop store parcelshop parcel depot warehouse front door garage",
        "porch household member family resident security concierge not was is has refused unavailable required",
        "requested contacted confirmed needed obtained nachbar nachbarn empfänger kunde kunden den die der dem einen",
        "eine einem ihre ihren voisin gardien client destinataire le la les un une votre vecino cliente portero el su",
        "una conserje vicino il 本人 家人 他人 邻居 前台 门卫 物业 快递柜 丰巢",
        "驿站 菜鸟驿站 单位 同事 拒收 已 未 的 收发室",
    )
    for word in line.split()
)
# After these a name follows even in small letters; after "recipient" or "courier" a verb is likelier.
_TELLING = frozenset({"by", "von", "par", "por", "da", "door"})
_STREET = re.compile(
    r"\b(?:street|str\.?|road|rd|avenue|ave|boulevard|blvd|lane|drive|court|rue|calle|via|viale|rua|avenida|weg|platz)\b"
    r"|(?:straße|strasse|laan|straat)\b|[路街巷弄号楼室栋]",
    re.IGNORECASE,
)
_NAME = r"[^\W\d_][\w'\-]{0,40}"
_ADDRESS = re.compile(
    rf"\b{_NAME}(?:str\.|stra(?:ß|ss)e|weg|platz|gasse|allee|laan|straat)\s?\d{{1,4}}\s?[a-z]?\b"
    rf"|\b\d{{1,5}}[a-z]?,?\s(?:{_NAME}\s){{1,3}}"
    r"(?:street|st|road|rd|avenue|ave|boulevard|blvd|lane|ln|drive|dr|court|ct|way)\b\.?"
    rf"|\b\d{{1,4}}\s?(?:bis|ter)?,?\s(?:rue|avenue|boulevard|place|chemin|via|viale|calle|rua)\s(?:{_NAME}\s?){{1,4}}"
    rf"|\b(?:via|viale|calle|avenida|rua|rue)\s(?:{_NAME}\s){{1,4}}\d{{1,4}}\b"
    r"|[\u4e00-\u9fff]{1,8}(?:路|街|巷|弄|大道)\d{1,5}(?:号|弄)?[\w\-]{0,12}",
    re.IGNORECASE,
)
_SPACES = re.compile(r"\s+")


def scrubbed(text: str, *, keep: Iterable[str] = ()) -> str:
    """The text with mail addresses, links, telephone numbers and names masked. `keep`: tracking numbers that stay."""
    text = "".join(
        symbol for symbol in text[:2_000] if unicodedata.category(symbol) not in {"Cc", "Cf"} or symbol in "\n\t"
    )
    text = _MAIL.sub(MASK, _LINK.sub(MASK, text))
    text = _SIGNED.sub(_without_name, text)
    text = _ADDRESS.sub(MASK, text)
    kept = frozenset("".join(number.split()) for number in keep)
    text = _CHINESE_DIGITS.sub(lambda found: _without_digits(found, kept), text)
    text = _DIGITS.sub(lambda found: _without_digits(found, kept), text)
    return _SPACES.sub(" ", text).strip()


def place_words(place: str) -> str:
    """A carrier's place text where it names a place, "" where it may be somebody's address."""
    words = scrubbed(place)
    if MASK in words or (_STREET.search(words) and any(symbol.isdigit() for symbol in words)):
        return ""
    return words[:60]


def _without_name(found: re.Match[str]) -> str:
    """Masks what follows the lead, unless it is a role or an ordinary word. A capital after a role begins a name."""
    lead, separator, words = found["lead"], found["sep"], found["name"].split()
    shown: list[str] = []
    while words and _is_no_name(words[0]):
        shown.append(words.pop(0))
    is_told = lead.casefold().split()[-1] in _TELLING or separator.strip()
    if not words or (words[0].isascii() and not words[0][:1].isupper() and (shown or not is_told)):
        return found[0]
    return f"{lead}{separator}{' '.join([*shown, MASK])}"


@cache
def _carriers() -> frozenset[str]:
    """The first word of every carrier's name: "picked up by DHL" names nobody."""
    return frozenset(sheet.name.split()[0].casefold() for sheet in registry.sheets().values())


def _is_no_name(word: str) -> bool:
    bare = word.casefold().strip("\"'“”*.")
    return (
        bare in _NO_NAMES
        or bare in _carriers()
        or any(word.startswith(known) for known in _NO_NAMES if not known.isascii() and len(known) > 1)
    )


def _without_digits(found: re.Match[str], kept: frozenset[str]) -> str:
    text = found[0]
    bare = re.sub(r"\D", "", text)
    if bare in kept or len(bare) < 7:
        return text
    if _DATE.match(text.strip()):
        return text
    return MASK
