"""Every way a carrier can fail us, named for what the caller does next.

    CarrierError
    ├── NotFound        the carrier does not know the number (yet): keep asking, slower
    ├── TryLater        busy, rate-limited, down, unreachable: ask again after `after_s` seconds
    ├── Refused         credentials, permission or a missing field: stop the account or leg, tell ops
    │   └── AccountRefused  the carrier says in its own words that it is the account: stop all of its calls
    ├── BadAnswer       an answer that this adapter cannot read: keep it raw, tell ops
    └── BadPush         a pushed message whose signature or shape is wrong
    UnknownCarrier      no such carrier in the registry
    MissingField        the carrier needs something beside the number (postal code, phone's last four)

`NotFound` and `TryLater` say nothing about the parcel: they are never shown as silence of the parcel.
"""

from __future__ import annotations


class CarrierError(Exception):
    """A carrier could not, or would not, answer for a number. `detail` is one English line for ops, without secrets."""

    kind = "carrier_error"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class NotFound(CarrierError):
    """The carrier does not know the number, or not yet."""

    kind = "not_found"


class TryLater(CarrierError):
    """The carrier is busy, limits us, is down or cannot be reached. `after_s`: seconds to wait, None if not told."""

    kind = "try_later"

    def __init__(self, detail: str = "", *, after_s: float | None = None) -> None:
        super().__init__(detail)
        self.after_s = after_s


class Refused(CarrierError):
    """The carrier refuses us: wrong credentials, no permission, or a field it wants. Retrying changes nothing."""

    kind = "refused"


class AccountRefused(Refused):
    """The carrier refuses the account whatever the number, and does not say so by HTTP 401 or 403."""


class BadAnswer(CarrierError):
    """The answer breaks a bound, or its shape is not the documented one."""

    kind = "bad_answer"


class BadPush(CarrierError):
    """A pushed message is not what the carrier would send: wrong signature, or not readable."""

    kind = "bad_push"


class UnknownCarrier(CarrierError):
    """No carrier of that slug is in the registry."""

    kind = "unknown_carrier"


class MissingField(CarrierError):
    """The carrier needs a field beside the number. `field` names it, as in the fact sheet's `[[field]]`."""

    kind = "missing_field"

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
