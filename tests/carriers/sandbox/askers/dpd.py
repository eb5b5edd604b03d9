from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("dpd_refused_madrid", 1)
TELLS_AN_ESTIMATE = False
REFUSED = 200


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    body = (
        '<getParcelLifeCycle xmlns="https://cloud.dpd.com/"><getParcelLifeCycleRequest>'
        f"<PartnerCredentials><Name>{key}</Name><Token>{key}</Token></PartnerCredentials>"
        f"<UserCredentials><cloudUserID>{key}</cloudUserID><Token>{key}</Token></UserCredentials>"
        f"<ParcelNo>{number}</ParcelNo></getParcelLifeCycleRequest></getParcelLifeCycle>"
    )
    return asker.call("POST", "/dpd/services/v1/DPDCloudService.asmx", {"Content-Type": "text/xml"}, body.encode())


def rows(said: Said) -> Sized:
    found: Sized = said.body.split(b"<statusHasBeenReached>true")[1:]
    return found


def is_unknown(said: Said) -> bool:
    return b"<ErrorCode>CLOUD_PARCELLIFECYCLE_PARCELNO</ErrorCode>" in said.body
