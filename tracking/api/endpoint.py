"""What every endpoint does around its own few lines: who calls, how often, with which right, in whose scope."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, ClassVar
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_scopes import scope
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.views import APIView

from tracking.accounts.models import Merchant
from tracking.accounts.permissions import Action
from tracking.api.authentication import Program
from tracking.api.bodies import gather_chunks
from tracking.api.throttling import Allowance


class Endpoint(APIView):
    """A view in its merchant's scope. `actions` names what each method does; a method without one is denied."""

    actions: ClassVar[Mapping[str, Action]] = {}
    http_method_names = ["get", "post", "patch", "put", "delete"]
    _scopes: ExitStack

    @property
    def merchant(self) -> Merchant:
        """Whose key was sent."""
        user = self.request.user
        if not isinstance(user, Program):
            raise TypeError("no merchant without a key: this endpoint is open to all")
        return user.merchant

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with ExitStack() as self._scopes:
            return super().dispatch(request, *args, **kwargs)

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        if not getattr(request, "request_id", None):
            request.request_id = uuid4().hex  # type: ignore[attr-defined]
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002  DRF's signature
        self.format_kwarg = None
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        try:
            self.perform_authentication(request)
        except AuthenticationFailed:
            self.check_throttles(request)  # guessing keys is counted by address
            raise
        self.check_throttles(request)
        self.check_permissions(request)
        if request.method in ("POST", "PATCH"):
            gather_chunks(request._request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
            _ = request._request.body  # within DATA_UPLOAD_MAX_MEMORY_SIZE; the parser's own reading knows no bound
        if isinstance(request.user, Program):
            self._scopes.enter_context(scope(merchant=request.user.merchant))

    def finalize_response(  # type: ignore[override]  # an answer given before is an HttpResponse
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        answer: HttpResponseBase = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[arg-type]
        answer.headers.setdefault("X-Request-Id", str(getattr(request, "request_id", "")))
        answer.headers.setdefault("Cache-Control", "no-store")
        allowance = getattr(request, "allowance", None)
        if isinstance(allowance, Allowance):
            for name, value in allowance.headers().items():
                answer.headers[name] = value
        return answer
