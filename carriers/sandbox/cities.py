"""The places of the stories, each with its real zone, as the carriers there would print them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class City:
    """A place of a scan. `zh` is its Chinese name, `region` the postal one (state, province)."""

    name: str
    country: str
    region: str
    postal: str
    zone: str
    zh: str
    country_name: str

    def local(self, epoch_s: float) -> datetime:
        """The wall clock there, aware, whole seconds."""
        return datetime.fromtimestamp(int(epoch_s), _zone(self.zone))


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _cities() -> dict[str, City]:
    china, germany, states = "Asia/Shanghai", "Europe/Berlin", "United States"
    rows = {
        "shenzhen": ("Shenzhen", "CN", "GD", "518000", china, "深圳", "China"),
        "guangzhou": ("Guangzhou", "CN", "GD", "510000", china, "广州", "China"),
        "hangzhou": ("Hangzhou", "CN", "ZJ", "310000", china, "杭州", "China"),
        "shanghai": ("Shanghai", "CN", "SH", "200000", china, "上海", "China"),
        "beijing": ("Beijing", "CN", "BJ", "100000", china, "北京", "China"),
        "hong_kong": ("Hong Kong", "HK", "", "", "Asia/Hong_Kong", "香港", "Hong Kong"),
        "tokyo": ("Tokyo", "JP", "", "100-0001", "Asia/Tokyo", "东京", "Japan"),
        "auckland": ("Auckland", "NZ", "", "1010", "Pacific/Auckland", "奥克兰", "New Zealand"),
        "dubai": ("Dubai", "AE", "", "", "Asia/Dubai", "迪拜", "United Arab Emirates"),
        "liege": ("Liege", "BE", "", "4000", "Europe/Brussels", "列日", "Belgium"),
        "frankfurt": ("Frankfurt", "DE", "", "60549", germany, "法兰克福", "Germany"),
        "leipzig": ("Leipzig", "DE", "", "04103", germany, "莱比锡", "Germany"),
        "berlin": ("Berlin", "DE", "", "10115", germany, "柏林", "Germany"),
        "hamburg": ("Hamburg", "DE", "", "20095", germany, "汉堡", "Germany"),
        "munich": ("Munich", "DE", "", "80331", germany, "慕尼黑", "Germany"),
        "paris": ("Paris", "FR", "", "75001", "Europe/Paris", "巴黎", "France"),
        "lyon": ("Lyon", "FR", "", "69001", "Europe/Paris", "里昂", "France"),
        "madrid": ("Madrid", "ES", "", "28001", "Europe/Madrid", "马德里", "Spain"),
        "seville": ("Sevilla", "ES", "", "41001", "Europe/Madrid", "塞维利亚", "Spain"),
        "milan": ("Milano", "IT", "MI", "20121", "Europe/Rome", "米兰", "Italy"),
        "turin": ("Torino", "IT", "TO", "10121", "Europe/Rome", "都灵", "Italy"),
        "oslo": ("Oslo", "NO", "", "0150", "Europe/Oslo", "奥斯陆", "Norway"),
        "kyiv": ("Kyiv", "UA", "", "01001", "Europe/Kyiv", "基辅", "Ukraine"),
        "sydney": ("Sydney", "AU", "NSW", "2000", "Australia/Sydney", "悉尼", "Australia"),
        "melbourne": ("Melbourne", "AU", "VIC", "3000", "Australia/Melbourne", "墨尔本", "Australia"),
        "warsaw": ("Warsaw", "PL", "", "00-001", "Europe/Warsaw", "华沙", "Poland"),
        "prague": ("Prague", "CZ", "", "110 00", "Europe/Prague", "布拉格", "Czechia"),
        "london": ("London", "GB", "", "EC1A 1BB", "Europe/London", "伦敦", "United Kingdom"),
        "manchester": ("Manchester", "GB", "", "M1 1AE", "Europe/London", "曼彻斯特", "United Kingdom"),
        "los_angeles": ("Los Angeles", "US", "CA", "90052", "America/Los_Angeles", "洛杉矶", states),
        "chicago": ("Chicago", "US", "IL", "60607", "America/Chicago", "芝加哥", states),
        "memphis": ("Memphis", "US", "TN", "38118", "America/Chicago", "孟菲斯", states),
        "louisville": ("Louisville", "US", "KY", "40214", "America/Kentucky/Louisville", "路易斯维尔", states),
        "new_york": ("New York", "US", "NY", "10001", "America/New_York", "纽约", states),
        "honolulu": ("Honolulu", "US", "HI", "96813", "Pacific/Honolulu", "檀香山", states),
        "toronto": ("Toronto", "CA", "ON", "M5H 2N2", "America/Toronto", "多伦多", "Canada"),
        "mississauga": ("Mississauga", "CA", "ON", "L4W 1A1", "America/Toronto", "密西沙加", "Canada"),
        "vancouver": ("Vancouver", "CA", "BC", "V6B 1A1", "America/Vancouver", "温哥华", "Canada"),
        "sao_paulo": ("Sao Paulo", "BR", "SP", "01001-000", "America/Sao_Paulo", "圣保罗", "Brazil"),
        "curitiba": ("Curitiba", "BR", "PR", "80010-000", "America/Sao_Paulo", "库里蒂巴", "Brazil"),
        "utrecht": ("Utrecht", "NL", "", "3511 AA", "Europe/Amsterdam", "乌得勒支", "Netherlands"),
        "brussels": ("Brussels", "BE", "", "1000", "Europe/Brussels", "布鲁塞尔", "Belgium"),
        "malmo": ("Malmö", "SE", "", "211 20", "Europe/Stockholm", "马尔默", "Sweden"),
        "riyadh": ("Riyadh", "SA", "", "11564", "Asia/Riyadh", "利雅得", "Saudi Arabia"),
        "singapore": ("Singapore", "SG", "", "018956", "Asia/Singapore", "新加坡", "Singapore"),
        "calgary": ("Calgary", "CA", "AB", "T2P 1J9", "America/Edmonton", "卡尔加里", "Canada"),
    }
    return {key: City(*row) for key, row in rows.items()}


class _Cities(dict[str, City]):
    def __missing__(self, key: str) -> City:
        raise KeyError(f"no city of the sandbox is called {key!r}: add its row to carriers/sandbox/cities.py")


CITIES: dict[str, City] = _Cities(_cities())
GMT = City("", "", "", "", "UTC", "", "")
