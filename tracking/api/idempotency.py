"""`Idempotency-Key` on POST: a request that may be sent again. Same key and request: same answer, for a day.

The row is written in the transaction of the effect: a process that dies in between leaves neither. Only what
succeeded is kept: a refused request changed nothing, and may be mended and sent again under its key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.db import connection, transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from tracking.api.errors import ApiError, ErrorType
from tracking.shipments.errors import Invalid
from tracking.shipments.models import IdempotencyKey

if TYPE_CHECKING:
    from tracking.accounts.models import Merchant
    from tracking.api.authentication import Program

KEPT_FOR = timedelta(hours=24)
HEADER = "Idempotency-Key"

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def once(view: View) -> View:
    """A POST method in one transaction, done once for each Idempotency-Key."""

    @wraps(view)
    def wrapper(self: Any, request: Request, **kwargs: Any) -> HttpResponseBase:
        key = _key(request)
        with transaction.atomic():
            if key is None:
                return view(self, request, **kwargs)
            merchant = cast("Program", request.user).merchant
            _lock(merchant, key)
            known = IdempotencyKey.objects.filter(merchant=merchant, key=key).first()
            digest = _digest(request)
            if known is not None and timezone.now() - known.created_at < KEPT_FOR:
                return _answered_before(known, digest)
            if known is not None:
                known.delete()
            answer = view(self, request, **kwargs)
            _keep(merchant, key, digest, answer)
            return answer

    return wrapper  # type: ignore[return-value]


def _key(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise Invalid(HEADER, "is not 1 to 255 printable ASCII characters", "Send a fresh UUID for each new request.")
    return key


def _lock(merchant: Merchant, key: str) -> None:
    """Held until the transaction ends, however it ends. Raises ApiError 409 where another request holds it."""
    digest = hashlib.blake2b(f"{merchant.pk} {key}".encode(), digest_size=8).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(digest, "big", signed=True)])
        (is_held,) = cursor.fetchone()
    if not is_held:
        message = "The first request with this Idempotency-Key is still under way. Send it again in a second."
        raise ApiError(409, ErrorType.IDEMPOTENCY_IN_PROGRESS, message)


def _digest(request: Request) -> str:
    head = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(head + request._request.body).hexdigest()


def _answered_before(known: IdempotencyKey, digest: str) -> HttpResponse:
    if known.request_digest != digest:
        message = (
            "This Idempotency-Key was used for another request (other address or body). "
            "Send the first request unchanged, or a fresh key."
        )
        raise ApiError(422, ErrorType.IDEMPOTENCY_MISMATCH, message)
    kept: dict[str, Any] = known.answer or {}
    headers = {**kept["headers"], "Idempotent-Replayed": "true"}
    return HttpResponse(kept["body"], content_type="application/json", status=known.http_status, headers=headers)


def _keep(merchant: Merchant, key: str, digest: str, answer: HttpResponseBase) -> None:
    """Kept as text: a JSON column would order the answer's fields anew."""
    if not isinstance(answer, Response):
        raise TypeError(f"only a Response can be kept, not {type(answer).__name__}")
    body = JSONRenderer().render(answer.data).decode() if answer.data is not None else ""
    IdempotencyKey.objects.create(
        merchant=merchant,
        key=key,
        request_digest=digest,
        http_status=answer.status_code,
        answer={"body": body, "headers": {name: answer[name] for name in ("Location",) if name in answer}},
    )
