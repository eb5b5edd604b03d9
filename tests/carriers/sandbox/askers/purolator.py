from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said, basic

STORY = ("new_number_to_calgary", 2)


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    headers = {
        "Authorization": basic(key, key), "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": '"http://purolator.com/pws/service/v1/TrackPackagesByPin"',
    }  # fmt: skip
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="http://purolator.com/pws/datatypes/v1">'
        f"<e:Body><TrackPackagesByPinRequest><PINs><PIN><Value>{number}</Value></PIN></PINs>"
        "</TrackPackagesByPinRequest></e:Body></e:Envelope>"
    )
    return asker.call("POST", "/purolator/PWS/V1/Tracking/TrackingService.asmx", headers, body.encode())


def rows(said: Said) -> Sized:
    found: Sized = said.body.split(b"<Scan>")[1:]
    return found


def is_unknown(said: Said) -> bool:
    return said.status == 200 and b"No scan details are available for this PIN" in said.body
