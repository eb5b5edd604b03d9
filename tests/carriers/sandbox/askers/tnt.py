from __future__ import annotations

from collections.abc import Sized
from urllib.parse import urlencode

from ..conftest import Asker, Said, basic

STORY = ("tnt_customs_papers_manchester", 0)
TELLS_AN_ESTIMATE = False
REFUSED = 200


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    asked = (
        f"<TrackRequest><SearchCriteria><ConsignmentNumber>{number}</ConsignmentNumber></SearchCriteria></TrackRequest>"
    )
    headers = {"Authorization": basic(key, key), "Content-Type": "application/x-www-form-urlencoded"}
    return asker.call("POST", "/tnt/expressconnect/track.do", headers, urlencode({"xml_in": asked}).encode())


def rows(said: Said) -> Sized:
    found: Sized = said.body.split(b"<StatusData>")[1:]
    return found


def is_unknown(said: Said) -> bool:
    return b"<SummaryCode>CNF</SummaryCode>" in said.body
