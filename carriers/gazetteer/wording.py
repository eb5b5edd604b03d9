"""The words around a place name: what carriers call their buildings, how they separate, how they write postal codes."""

from __future__ import annotations

import re
from collections.abc import Callable

# Stripped from both ends of a piece that is no city as it stands ("College Station" is one). None may be a
# code of a state or country, as "CO", "DO" and "AC" are.
FACILITIES = frozenset(
    """
    international intl isc imc hub distribution distributing center centre ctr cntr sorting sort facility
    facilities mail processing process plant pdc rdc ndc scf national regional network gateway airport airpt apt
    air depot station terminal warehouse post office branch postal delivery unit annex logistics express parcel
    parcels exchange inward outward oe ooe ems amc transit service services point parcelshop shop locker customs
    clearance import export cargo freight dc fc sdc ldc dspo spdo hwdc worldwide usps dhl ups fedex smartpost
    gls dpd tnt chronopost colissimo agency carrier operations ops ltd inc gmbh cdd cte ctce ctc cee agf unidade
    agencia tratamento distribuicao correios centro operacional plataforma plateforme colis pfc pic bureau
    agence poste paketzentrum briefzentrum zustellbasis ipz pz bz zb zsp filiale postfiliale logistikzentrum
    verteilzentrum sortierzentrum sucursal oficina cta centrum filial magazyn oddzial sortownia tri city
    municipality district prefecture province county shi qu greater area metro ankunft abgang sorteercentrum
    arrived departed
    """.split()  # noqa: SIM905 - a hundred quotes hide the words
)
# Between a facility word and the name: "Centre de tri de Lyon".
LINKS = frozenset(
    ["de", "do", "da", "du", "des", "di", "del", "of", "the", "at", "in", "to", "from", "via", "d", "and"]
)

_HAN_FACILITY = re.compile(
    "(?:国际|國際|中心|转运|轉運|集散|分拨|分撥|分拣|分揀|处理|處理|邮件|郵件|邮政|郵政|速递|速遞|快递|快遞|快件|航空|营业|營業|揽投|"
    "投递|投遞|派送|配送|运营|運營|仓库|倉庫|仓|倉|口岸|海关|海關|机场|機場|中转|中轉|分公司|公司|网点|網點|服务|服務|互换|交换|"
    "枢纽|樞紐|操作|出口|进口|进境|出境|保税区|站|点|點|部|局|场|場|处|所)+$"
)
_HAN = re.compile("[\u3400-\u9fff]")
_HAN_STREETS = frozenset("路街道巷里村桥楼")

# A house word of one country's carriers tells the country where nothing else does.
_HOUSES = (
    (re.compile(r"\bUSPS\b"), "US"),
    (re.compile(r"\b(?:HWDC|Worldwide D\.?C\.?|DSPO|SPDO)\b", re.IGNORECASE), "GB"),
    (re.compile(r"[a-z]\)? (?:DO|MC|PDO)$"), "GB"),
    (re.compile(r"\((?:PZ|BZ|ZB|ZSP|GVZ)\)|\b(?:Paketzentrum|Briefzentrum|Zustellbasis|IPZ)\b"), "DE"),
    (re.compile(r"\bCHRONOPOST\b", re.IGNORECASE), "FR"),
    (re.compile(r"^(?:CDD|CTCE|CTE|CTC|CEE|AGF) |^Unidade de (?:Tratamento|Distribui)", re.IGNORECASE), "BR"),
)
_GB_HOUSE = re.compile(r"(?<=[a-z)]) (?:DO|MC|PDO)$")

_SEPARATORS = re.compile(r"\s*(?:[,;/|:\[\]()（）【】「」，、；：<>《》\n\t]|(?<=\s)[-–—]+(?=\s)|[–—]|->)\s*")
_CODE_DASH = re.compile(r"^([A-Z]{2})-(?=\w{3})|(?<=\w{3})-([A-Z]{2})$")
_EDGE = " .-*#'\"_+"

_ZIP = re.compile(r"(?<![\w-])([A-Z]{2})([ ,.]{1,3})(\d{5})(?:-?\d{4})?(?![\w-])")
_POSTAL_CODES = (
    (re.compile(r"(?<!\w)[ABCEGHJ-NPRSTVXY]\d[A-Z][ -]?\d[A-Z]\d(?!\w)"), "CA"),
    (re.compile(r"(?<!\w)[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}(?!\w)"), "GB"),
    (re.compile(r"(?<![\w-])\d{5}-\d{3}(?![\w-])"), "BR"),
)
_DUTCH = re.compile(r"\d{4} ?[A-Z]{2}")  # "4817 BL" is no Saint Barthélemy
_NUMBER = re.compile(r"(?<![\w-])\d{4,6}(?![\w-])")


def house_country(text: str) -> str | None:
    """The country whose carriers have such houses ("(USPS)", "Stafford DO", "Rodgau (PZ)"); None for any other."""
    return next((alpha2 for pattern, alpha2 in _HOUSES if pattern.search(text)), None)


def pieces(text: str) -> list[tuple[str, str]]:
    """(separator before it, piece) in order; no piece is empty. "CN-Shenzhen" is two, "Aix-en-Provence" one."""
    text = _GB_HOUSE.sub("", text)
    text = _CODE_DASH.sub(lambda match: f"{match[1]} / " if match[1] else f" / {match[2]}", text)
    found, start, before = [], 0, ""
    for match in _SEPARATORS.finditer(text):
        found.append((before, text[start : match.start()].strip(_EDGE)))
        before, start = match[0].strip(), match.end()
    found.append((before, text[start:].strip(_EDGE)))
    return [(separator, piece) for separator, piece in found if piece and not _DUTCH.fullmatch(piece)]


def take_zip(text: str) -> tuple[str, str, str]:
    """(text without it, state, ZIP code) of the last "NY 11430" in a text; empty state and code where there is none."""
    match = None
    for match in _ZIP.finditer(text):  # noqa: B007
        pass
    if match is None:
        return text, "", ""
    return f"{text[: match.end(1)]} , {text[match.end() :]}", match[1], match[3]


def take_postal_code(text: str) -> tuple[str, str | None, str]:
    """(text without it, country, postal code) for the codes whose shape one country has: Canada, the UK, Brazil."""
    for pattern, alpha2 in _POSTAL_CODES:
        match = pattern.search(text)
        if match:
            return f"{text[: match.start()]} , {text[match.end() :]}", alpha2, match[0]
    return text, None, ""


def numbers(text: str) -> list[str]:
    """The numbers that may be postal codes of a country that is not yet known."""
    return _NUMBER.findall(text)


def is_han(text: str) -> bool:
    """Whether Chinese characters are in it."""
    return _HAN.search(text) is not None


def han_chain(piece: str, is_name: Callable[[str], bool]) -> list[str]:
    """The known names that a Chinese text begins with, from the widest: "广东省深圳市宝安营业点" -> ["广东省", "深圳"].

    A name that a street bears ("南京路") is none.
    """
    text = _HAN_FACILITY.sub("", piece.replace(" ", "")) or piece
    found, start = [], 0
    while start < len(text):
        for end in range(min(len(text), start + 9), start + 1, -1):
            if text[end : end + 1] not in _HAN_STREETS and is_name(text[start:end].removesuffix("市")):
                break
        else:
            break
        found.append(text[start:end].removesuffix("市"))
        start = end
    return found
