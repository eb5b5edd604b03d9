"""How the API describes itself: the key, the answers that every endpoint may give, the document and its page."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from csp.constants import SELF
from csp.decorators import csp_replace
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from tracking.api.endpoint import Endpoint
from tracking.api.serializers.answers import ProblemAnswer

_PROBLEMS = {
    400: "Something in the request cannot be taken; `fields` names it and the cure.",
    401: "No key, or one that is unknown, revoked or expired.",
    403: "The key lacks the scope.",
    404: "There is no such thing, or it is another merchant's.",
    409: "The first request with this Idempotency-Key is still under way.",
    415: "The body is not JSON.",
    422: "This Idempotency-Key was used for another request.",
    429: "Too many requests, or the rate limiter is away; `Retry-After` says how long to wait.",
}
_IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Makes the request safe to repeat for 24 hours: the same key and body give the same answer.",
)


View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`Authorization: Bearer tl_...`."""

    target_class = "tracking.api.authentication.BearerAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002  its signature
        return {"type": "http", "scheme": "bearer", "description": "A key of your merchant: `tl_...`."}


def describe(
    name: str, summary: str, answer: Any, *, status: int = 200, body: Any = None, **more: Any
) -> Callable[[View], View]:
    """Describes one method of an endpoint: its answer, and the refusals that it may give.

    `also`: answers of other statuses, such as a dry run's.
    """
    takes_body = body is not None
    problems = [400, 401, 403, 404, 429]
    also = more.pop("also", {})
    parameters = list(more.pop("parameters", []))
    if more.pop("is_idempotent", False):
        problems += [409, 422]
        parameters.append(_IDEMPOTENCY_KEY)
    if takes_body:
        problems.append(415)
    refusals = {code: OpenApiResponse(ProblemAnswer, description=_PROBLEMS[code]) for code in sorted(problems)}
    decorate: Callable[[View], View] = extend_schema(
        operation_id=name,
        summary=summary,
        request=body,
        responses={status: answer, **also, **refusals},
        parameters=parameters,
        **more,
    )
    return decorate


@cache
def _document() -> dict[str, Any]:
    """Made once in a process: it depends on the code alone."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return schema


class Schema(Endpoint):
    """The OpenAPI document, open to all."""

    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (JSONRenderer,)

    @extend_schema(exclude=True)
    def get(self, _: Request) -> Response:
        return Response(_document(), headers={"Cache-Control": "public, max-age=300"})


class _SwaggerPage(SpectacularSwaggerSplitView):
    permission_classes = ()
    authentication_classes = ()
    throttle_classes = ()
    url_name = "api:schema"
    title = "Throughline API v1"


# Swagger's page styles itself from within and draws images from data; nothing of it comes from another site.
_DOCS_POLICY = {
    "default-src": [SELF],
    "script-src": [SELF],
    "style-src": [SELF, "'unsafe-inline'"],
    "img-src": [SELF, "data:"],
    "connect-src": [SELF],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": [SELF],
}


@csp_replace(_DOCS_POLICY)
def docs_page(request: HttpRequest) -> HttpResponseBase:
    """The document, readable and ready to try, from our own static files."""
    return _SwaggerPage.as_view()(request)
