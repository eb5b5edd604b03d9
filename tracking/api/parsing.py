"""JSON bodies within the bounds of carriers' answers: 32 levels, UTF-8, no NUL, no half surrogate, no NaN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from carriers import bounds
from carriers.errors import BadAnswer


class BoundedJSONParser(BaseParser):
    """application/json; what breaks a bound, or is no JSON, is a ParseError that says where."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002  DRF's signature
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> Any:
        try:
            return bounds.decode_json(stream.read())
        except BadAnswer as error:
            # The bounds were written for carriers' answers, and say so.
            raise ParseError(error.detail.replace("the answer", "it", 1)) from error
