from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("customs_issue_toronto", 0)
REFUSED = 200


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    body = (
        f"<TrackRequest><Login><Username>{key}</Username><Password>{key}</Password></Login>"
        f"<TrackingNumber>{number}</TrackingNumber><RetrievalType>Historical</RetrievalType></TrackRequest>"
    )
    return asker.call("POST", "/landmark_global/v2/Track.php", {"Content-Type": "text/xml"}, body.encode())


def rows(said: Said) -> Sized:
    found: Sized = said.body.split(b"<Event>")[1:]
    return found


def is_unknown(said: Said) -> bool:
    return b"The tracking number could not be found." in said.body
