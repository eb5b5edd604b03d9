"""The buyer's page from memory: a WSGI wrapper before Django, so that a known page costs no middleware and no SQL.

Two layers: three seconds in the process, about a minute in Redis under the key that the writer deletes after its commit
(tracking.shipments.live). A page is stored only against a lease: who renders puts a token under the key first, and
stores only if the token is still there. A commit in between has deleted it, so an old page never comes after the news
of a new one.

Without Redis every page is rendered from PostgreSQL.

A page that is read leaves a hint for the schedule (tracking.shipments.watching), once a minute a process and shipment.
"""

from __future__ import annotations

import gzip
import json
import secrets
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import redis
from django.conf import settings

from tracking import clock
from tracking.portal import language
from tracking.rules.shipment_number import ALPHABET, LENGTH
from tracking.shipments.live import PAGE_KEY, redis_client
from tracking.shipments.scheduling import watching

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

IN_PROCESS_S = 3.0
IN_REDIS_S = 60
_LEASE_MS = 10_000
_MOST_IN_PROCESS = 512
_MOST_HINTED = 20_000
_AFTER_FAILURE_S = 2.0  # Redis is left alone this long after it failed, so that a hung one slows nobody
_PREFIX = "/t/"
_SYMBOLS = frozenset(ALPHABET)
_LEASE_MARK, _GZIP_MARK = b"lease:", b"\x1f\x8b"
_STORE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('set', KEYS[1], ARGV[2], 'EX', ARGV[3]) end"
_OWN_HEADERS = frozenset({"content-length", "content-encoding", "date", "etag", "vary", "set-cookie", "x-request-id"})


class StoredPage:
    """A rendered page: its tag, its headers, and its body packed; unpacked only for the few who ask for that."""

    __slots__ = ("_plain", "etag", "headers", "packed", "packed_headers")

    def __init__(
        self, *, etag: str, headers: Sequence[tuple[str, str]], packed: bytes, plain: bytes | None = None
    ) -> None:
        self.etag = etag
        self.headers = [*headers, ("ETag", etag), ("Vary", "Accept-Language, Accept-Encoding")]
        self.packed = packed
        # Nearly everybody asks for this answer, so it is ready.
        self.packed_headers = [*self.headers, ("Content-Encoding", "gzip"), ("Content-Length", str(len(packed)))]
        self._plain = plain

    @property
    def plain(self) -> bytes:
        """The body as it was rendered."""
        if self._plain is None:
            self._plain = gzip.decompress(self.packed)
        return self._plain

    def dump(self) -> bytes:
        """One line of JSON, then the packed body."""
        return json.dumps({"etag": self.etag, "headers": self.headers[:-2]}).encode() + b"\n" + self.packed

    @classmethod
    def load(cls, blob: bytes) -> StoredPage:
        """The inverse of `dump`. Raises ValueError."""
        head, _, packed = blob.partition(b"\n")
        if not packed.startswith(_GZIP_MARK):
            raise ValueError("not a stored page")
        told = json.loads(head)
        headers = [(str(name), str(value)) for name, value in told["headers"]]
        return cls(etag=told["etag"], headers=headers, packed=packed)


class CachedPages:
    """Answers for known pages; everything else goes on to the application."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._pages: dict[str, tuple[float, StoredPage]] = {}
        self._hinted: dict[str, float] = {}  # number -> when its reader is worth another hint
        self._redis_again_at = 0.0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        key = _key(environ)
        if key is None:
            return self._application(environ, start_response)
        # A page that has just heard news asks past this process's memory, and so does a reload.
        held = None if "no-cache" in environ.get("HTTP_CACHE_CONTROL", "") else self._held(key)
        if held is not None:
            return self._shown(held, environ, start_response)
        stored, lease = self._fetched(key)
        if stored is None:
            return self._rendered(key, lease, environ, start_response)
        self._hold(key, stored)
        return self._shown(stored, environ, start_response)

    def _shown(self, page: StoredPage, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        number = environ["PATH_INFO"][len(_PREFIX) :]
        now = time.monotonic()
        if self._hinted.get(number, 0.0) <= now:
            self._hint(number, now)
        return _answered(page, environ, start_response)

    def _hint(self, number: str, now: float) -> None:
        while len(self._hinted) >= _MOST_HINTED:
            self._hinted.pop(next(iter(self._hinted), ""), None)
        self._hinted[number] = now + watching.HINT_EVERY_S
        if now < self._redis_again_at:
            return
        try:
            watching.note([number])
        except redis.RedisError:
            self._redis_again_at = now + _AFTER_FAILURE_S

    def _held(self, key: str) -> StoredPage | None:
        found = self._pages.get(key)
        if found is None:
            return None
        if found[0] < time.monotonic():
            self._pages.pop(key, None)
            return None
        return found[1]

    def _hold(self, key: str, page: StoredPage) -> None:
        while len(self._pages) >= _MOST_IN_PROCESS:
            self._pages.pop(next(iter(self._pages), ""), None)
        self._pages[key] = (time.monotonic() + IN_PROCESS_S / max(clock.speed(), 1.0), page)

    def _fetched(self, key: str) -> tuple[StoredPage | None, bytes]:
        """The page in Redis; else a lease to store it, b"" where another renders it just now or Redis is away."""
        if time.monotonic() < self._redis_again_at:
            return None, b""
        try:
            client = redis_client()
            blob = client.get(key)
            if isinstance(blob, bytes) and not blob.startswith(_LEASE_MARK):
                return StoredPage.load(blob), b""
            lease = _LEASE_MARK + secrets.token_bytes(12)
            return None, lease if client.set(key, lease, nx=True, px=_LEASE_MS) else b""
        except redis.RedisError:
            self._redis_again_at = time.monotonic() + _AFTER_FAILURE_S
        except (ValueError, KeyError, OSError):  # a page of another release
            pass
        return None, b""

    def _rendered(
        self, key: str, lease: bytes, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """The application's answer; a page is stored on its way out, in full even if the reader had it already."""
        if_none_match = environ.pop("HTTP_IF_NONE_MATCH", None)
        is_head = environ["REQUEST_METHOD"] == "HEAD"
        environ["REQUEST_METHOD"] = "GET"
        told: dict[str, Any] = {}

        def remember(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Any:
            told.update(status=status, headers=headers)
            return lambda _data: None

        chunks = self._application(environ, remember)
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        if not told["status"].startswith("200 "):
            start_response(told["status"], told["headers"])
            return [b"" if is_head else body]
        page = _stored(told["headers"], body)
        self._store(key, lease, page)
        environ["REQUEST_METHOD"] = "HEAD" if is_head else "GET"
        if if_none_match is not None:
            environ["HTTP_IF_NONE_MATCH"] = if_none_match
        return self._shown(page, environ, start_response)

    def _store(self, key: str, lease: bytes, page: StoredPage) -> None:
        if not lease:
            return
        life_s = max(int(IN_REDIS_S / max(clock.speed(), 1.0)), 2)
        try:
            if redis_client().eval(_STORE, 1, key, lease, page.dump(), life_s):
                self._hold(key, page)
        except redis.RedisError:
            self._redis_again_at = time.monotonic() + _AFTER_FAILURE_S


def _key(environ: WSGIEnvironment) -> str | None:
    """The page's key for a GET of a canonical number; None for everything that Django must see."""
    path = environ.get("PATH_INFO", "")
    if not path.startswith(_PREFIX) or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        return None
    number = path[len(_PREFIX) :]
    if len(number) != LENGTH + 1 or not _SYMBOLS.issuperset(number):
        return None
    if settings.SECURE_SSL_REDIRECT and environ.get("HTTP_X_FORWARDED_PROTO", environ["wsgi.url_scheme"]) != "https":
        return None
    chosen = language.chosen(environ.get("QUERY_STRING", ""), environ.get("HTTP_ACCEPT_LANGUAGE", ""))
    return PAGE_KEY.format(number=number, language=chosen)


def _stored(headers: list[tuple[str, str]], body: bytes) -> StoredPage:
    etag = next((value for name, value in headers if name.lower() == "etag"), "")
    kept = [(name, value) for name, value in headers if name.lower() not in _OWN_HEADERS]
    return StoredPage(etag=etag, headers=kept, packed=gzip.compress(body, 6, mtime=0), plain=body)


def _answered(page: StoredPage, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    if "HTTP_IF_NONE_MATCH" in environ and page.etag and page.etag in environ["HTTP_IF_NONE_MATCH"]:
        start_response("304 Not Modified", page.headers)
        return [b""]
    if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
        body, headers = page.packed, page.packed_headers
    else:
        body = page.plain
        headers = [*page.headers, ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]
