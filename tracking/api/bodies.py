"""Bodies sent in pieces (`Transfer-Encoding: chunked`): Django reads what Content-Length says, and they have none."""

from __future__ import annotations

from io import BytesIO

from django.http import HttpRequest

from tracking.api.errors import ApiError, ErrorType

_PIECE = 65_536


def gather_chunks(request: HttpRequest, most: int) -> None:
    """Gives a chunked request its body, of `most` bytes at most, and a length. Raises ApiError; leaves others alone."""
    if request.META.get("CONTENT_LENGTH") or "chunked" not in request.headers.get("Transfer-Encoding", "").lower():
        return
    if not request.META.get("wsgi.input_terminated"):  # then nobody knows where such a body ends
        raise ApiError(400, ErrorType.INVALID_REQUEST, "Send the body with a Content-Length.")
    pieces, size = [], 0
    while piece := request.META["wsgi.input"].read(_PIECE):
        size += len(piece)
        if size > most:
            raise ApiError(413, ErrorType.BODY_TOO_LARGE, f"A body may have {most:,} bytes here.")
        pieces.append(piece)
    request.META["CONTENT_LENGTH"] = str(size)
    request._stream = BytesIO(b"".join(pieces))  # where WSGIRequest keeps it
