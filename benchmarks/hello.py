"""The least that a server can do, on the same granian as the pages: `/hello` is a view of Django's without middleware,
everything else is answered without Django."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracking.settings")
settings.ROOT_URLCONF = __name__
settings.MIDDLEWARE = []


def hello(_request: HttpRequest) -> HttpResponse:
    """Two words."""
    return HttpResponse("hello, world", content_type="text/plain", headers={"Content-Length": "12"})


urlpatterns = [path("hello", hello)]
_django = get_wsgi_application()


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Two words, with Django or without."""
    if environ["PATH_INFO"] == "/hello":
        return _django(environ, start_response)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "12")])
    return [b"hello, world"]
