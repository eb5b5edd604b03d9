"""One shape for everything that goes wrong: what it is, in words, which field, and what to do about it.

{"error": {"type", "message", "fields": [{"field", "problem", "cure"}], "request_id"}}; docs/api.md lists the types.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from tracking.api.field_problems import FieldProblem, field_problems
from tracking.shipments.errors import Invalid

logger = logging.getLogger(__name__)

RETRY_AFTER_S = 5  # while Redis or PostgreSQL is away


class ErrorType(StrEnum):
    """What went wrong, for programs; never renamed within v1."""

    INVALID_REQUEST = "invalid_request"
    MALFORMED_JSON = "malformed_json"
    UNAUTHENTICATED = "unauthenticated"
    SCOPE_MISSING = "scope_missing"
    BAD_SIGNATURE = "bad_signature"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_ACCEPTABLE = "not_acceptable"
    IDEMPOTENCY_IN_PROGRESS = "idempotency_in_progress"
    BODY_TOO_LARGE = "body_too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    IDEMPOTENCY_MISMATCH = "idempotency_mismatch"
    RATE_LIMITED = "rate_limited"
    INTERNAL_ERROR = "internal_error"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is answered: the HTTP status, the type and words; `headers` go with it."""

    status: int
    type: ErrorType
    message: str
    fields: tuple[FieldProblem, ...] = ()
    headers: Mapping[str, str] | None = None

    def as_json(self, request_id: str) -> dict[str, Any]:
        """The one shape."""
        return {
            "error": {
                "type": self.type.value,
                "message": self.message,
                "fields": [{"field": item.field, "problem": item.problem, "cure": item.cure} for item in self.fields],
                "request_id": request_id,
            }
        }


class ApiError(exceptions.APIException):
    """A problem that the API itself raises, by type."""

    def __init__(
        self, status: int, error_type: ErrorType, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.problem = Problem(status=status, type=error_type, message=message, headers=headers)


def not_found(message: str) -> ApiError:
    """404: it is not there, or it is another merchant's; nobody is told which."""
    return ApiError(404, ErrorType.NOT_FOUND, message)


def answer_problem(error: Exception, context: Mapping[str, Any]) -> Response:
    """The answer to whatever a view raised (REST_FRAMEWORK's EXCEPTION_HANDLER); its writes are rolled back by then."""
    request = context["request"]
    problem = problem_of(error, request)
    if problem.status >= 500:
        logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return Response(problem.as_json(request_id(request)), status=problem.status, headers=dict(problem.headers or {}))


def request_id(request: Any) -> str:
    """The id under which the logs know this request."""
    return str(getattr(request, "request_id", "") or getattr(getattr(request, "_request", None), "request_id", ""))


def problem_of(error: Exception, request: Any) -> Problem:  # noqa: PLR0912  one branch a kind of error: a table in all but name
    """What an exception means to the caller."""
    match error:
        case ApiError():
            return error.problem
        case Invalid():
            field = FieldProblem(field=error.field, problem=error.detail, cure=error.cure)
            return _invalid((field,))
        case exceptions.ValidationError():
            return _invalid(field_problems(error.get_full_details()))
        case exceptions.ParseError():
            message = f"The body is not readable JSON: {error.detail}"
            return Problem(status=400, type=ErrorType.MALFORMED_JSON, message=message)
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            headers = {"WWW-Authenticate": 'Bearer realm="api"'}
            return Problem(status=401, type=ErrorType.UNAUTHENTICATED, message=str(error.detail), headers=headers)
        case exceptions.PermissionDenied() | PermissionDenied():
            return Problem(status=403, type=ErrorType.SCOPE_MISSING, message=str(getattr(error, "detail", error)))
        case Http404() | exceptions.NotFound():
            return Problem(status=404, type=ErrorType.NOT_FOUND, message="There is nothing here under that name.")
        case exceptions.MethodNotAllowed():
            return _method_not_allowed(request)
        case exceptions.NotAcceptable():
            message = "Answers are JSON. Send `Accept: application/json`, or no Accept header."
            return Problem(status=406, type=ErrorType.NOT_ACCEPTABLE, message=message)
        case RequestDataTooBig():
            return Problem(
                status=413, type=ErrorType.BODY_TOO_LARGE, message="The body is too large. Send less at a time."
            )
        case exceptions.UnsupportedMediaType():
            message = "Bodies are JSON. Send `Content-Type: application/json`."
            return Problem(status=415, type=ErrorType.UNSUPPORTED_MEDIA_TYPE, message=message)
        case exceptions.Throttled():
            return _rate_limited(error)
        case OperationalError() | InterfaceError():
            message = "The database is away for a moment; nothing was changed. Send the request again."
            headers = {"Retry-After": str(RETRY_AFTER_S)}
            return Problem(status=503, type=ErrorType.UNAVAILABLE, message=message, headers=headers)
    message = "Something broke on our side; nothing was changed. If it happens again, tell us the request_id."
    return Problem(status=500, type=ErrorType.INTERNAL_ERROR, message=message)


def _invalid(fields: tuple[FieldProblem, ...]) -> Problem:
    first = fields[0]
    more = f" (and {len(fields) - 1} more)" if len(fields) > 1 else ""
    where = f"{first.field}: " if first.field else ""
    return Problem(status=400, type=ErrorType.INVALID_REQUEST, message=f"{where}{first.problem}{more}", fields=fields)


def _method_not_allowed(request: Any) -> Problem:
    view = request.parser_context["view"]
    allowed = ", ".join(view.allowed_methods)
    message = f"{request.method} does nothing here. This address takes {allowed}."
    return Problem(status=405, type=ErrorType.METHOD_NOT_ALLOWED, message=message, headers={"Allow": allowed})


def _rate_limited(error: exceptions.Throttled) -> Problem:
    wait_s = max(int(getattr(error, "wait", None) or 1), 1)
    return Problem(
        status=429,
        type=ErrorType.RATE_LIMITED,
        message=str(getattr(error, "why", "")) or f"Too many requests. Wait {wait_s} s, then go on.",
        headers={"Retry-After": str(wait_s)},
    )
