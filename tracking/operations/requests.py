"""One log line for each request, and the id under which all lines of a request are found."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from tracking import logs

logger = logging.getLogger(__name__)

HEADER = "X-Request-Id"
_WELL_FORMED = re.compile(r"[A-Za-z0-9-]{8,64}")
# Asked every few seconds by machines.
_QUIET = frozenset({"health", "ready", "metrics"})


class RequestLog:
    """Method, route, status and milliseconds. The route's name, never the path: that may hold a parcel's number."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        request_id = _id_of(request)
        request.request_id = request_id  # type: ignore[attr-defined]
        with logs.bound(request_id=request_id):
            response = self._get_response(request)
            ms = round((time.perf_counter() - began) * 1000)
            route = request.resolver_match.view_name if request.resolver_match else "(no route)"
            logger.log(
                logging.DEBUG if route in _QUIET else logging.INFO,
                "%s %s %d in %d ms",
                request.method,
                route,
                response.status_code,
                ms,
                extra={"fields": {"method": request.method, "route": route, "status": response.status_code, "ms": ms}},
            )
        response.headers[HEADER] = request_id
        return response


def _id_of(request: HttpRequest) -> str:
    """The proxy's id of the request, where there is a proxy of ours and the id is well-formed; else a new one."""
    given = request.headers.get(HEADER, "")
    return given if settings.TRUSTED_PROXIES and _WELL_FORMED.fullmatch(given) else uuid4().hex
