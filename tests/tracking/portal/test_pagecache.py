"""The page's cache, as the server runs it: through the WSGI application."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
import redis
from django_scopes import scope

from carriers.vocabulary import EventCode as Code
from tests.tracking.shipments.telling import event, told
from tracking.accounts.models import Merchant
from tracking.portal import pagecache
from tracking.portal.pagecache import CachedPages
from tracking.shipments import live, services
from tracking.shipments.live import News, redis_client
from tracking.shipments.models import Shipment
from tracking.shipments.recording.door import record_result
from tracking.shipments.services import LegSpec

pytestmark = pytest.mark.django_db(transaction=True)


class Reader:
    """Asks a WSGI application as a server would."""

    def __init__(self, application: Any) -> None:
        self.application = application

    def get(self, path: str, method: str = "GET", query: str = "", **headers: str) -> tuple[int, dict[str, str], bytes]:
        told: dict[str, Any] = {}
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query,
            "SERVER_NAME": "testserver", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "http", "wsgi.input": BytesIO(), "wsgi.errors": BytesIO(),
            "REMOTE_ADDR": "127.0.0.1", **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }  # fmt: skip

        def start(status: str, found: list[tuple[str, str]], exc_info: Any = None) -> None:
            told.update(status=int(status[:3]), headers={name.lower(): value for name, value in found})

        body = b"".join(self.application(environ, start))
        return told["status"], told["headers"], body


@pytest.fixture
def reader() -> Reader:
    """A fresh process's application: nothing in its memory."""
    from tracking.wsgi import application

    return Reader(CachedPages(application._application))


@pytest.fixture
def parcel(reader: Reader) -> Iterator[Shipment]:
    for key in redis_client().scan_iter("page:*"):
        redis_client().delete(key)
    merchant = Merchant.objects.create(name="Halden", slug="halden")
    with scope(merchant=merchant):
        parcel = services.register_shipment(
            merchant, origin_country="CN", destination_country="DE", destination_city="Berlin",
            legs=[LegSpec(number="YT2630600000000001", carrier="yunexpress")],
        )  # fmt: skip
        yield parcel


@pytest.fixture
def no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2)
    monkeypatch.setattr(pagecache, "redis_client", lambda: gone)


def test_the_second_reader_costs_no_query(parcel: Shipment, reader: Reader, django_assert_num_queries: Any) -> None:
    first = reader.get(f"/t/{parcel.number}")
    with django_assert_num_queries(0):
        second = reader.get(f"/t/{parcel.number}")
        from_redis = Reader(CachedPages(reader.application._application)).get(f"/t/{parcel.number}")
    assert first[0] == second[0] == from_redis[0] == 200
    assert first[2] == second[2] == from_redis[2]


def test_a_cached_page_has_every_header_of_a_fresh_one(parcel: Shipment, reader: Reader) -> None:
    fresh, cached = reader.get(f"/t/{parcel.number}")[1], reader.get(f"/t/{parcel.number}")[1]
    assert fresh == cached
    for name in (
        "content-security-policy",
        "x-content-type-options",
        "x-frame-options",
        "referrer-policy",
        "x-robots-tag",
    ):
        assert cached[name]
    assert cached["cache-control"] == "private, no-store"
    assert "set-cookie" not in cached


def test_pages_are_kept_apart_by_language(parcel: Shipment, reader: Reader) -> None:
    english = reader.get(f"/t/{parcel.number}")[2].decode()
    chinese = reader.get(f"/t/{parcel.number}", accept_language="zh-CN")[2].decode()
    asked = reader.get(f"/t/{parcel.number}", query="lang=zh-hans")[2].decode()
    assert "Waiting for the first scan" in english
    assert "等待首次扫描" in chinese
    assert "等待首次扫描" in asked


def test_the_page_comes_packed_to_who_can_unpack(parcel: Shipment, reader: Reader) -> None:
    plain = reader.get(f"/t/{parcel.number}")[2]
    status, headers, packed = reader.get(f"/t/{parcel.number}", accept_encoding="gzip, br")
    assert (status, headers["content-encoding"]) == (200, "gzip")
    assert gzip.decompress(packed) == plain
    assert int(headers["content-length"]) == len(packed)
    assert len(packed) < 20_000


def test_who_has_it_gets_304_and_head_gets_no_body(parcel: Shipment, reader: Reader) -> None:
    _, headers, _ = reader.get(f"/t/{parcel.number}")
    assert reader.get(f"/t/{parcel.number}", if_none_match=headers["etag"])[::2] == (304, b"")
    assert reader.get(f"/t/{parcel.number}", method="HEAD")[::2] == (200, b"")


def test_news_reaches_who_asks_past_this_process(parcel: Shipment, reader: Reader) -> None:
    assert b"Waiting for the first scan" in reader.get(f"/t/{parcel.number}")[2]
    record_result(told(parcel.legs.get(), event(Code.FIRST_MILE_PICKED_UP, 2, city="Shenzhen")))
    assert b"Picked up, on its way" in reader.get(f"/t/{parcel.number}", cache_control="no-cache")[2]
    assert b"Picked up, on its way" in reader.get(f"/t/{parcel.number}")[2]


def test_a_commit_while_a_page_is_rendered_leaves_no_old_page(parcel: Shipment, reader: Reader) -> None:
    """The news deletes the lease, so the page that was read before the commit is not stored."""
    inner = reader.application._application

    def slow(environ: Any, start_response: Any) -> Any:
        body = inner(environ, start_response)
        live.publish([News(number=parcel.number, version=99, status="in_transit")])
        return body

    key = f"page:{parcel.number}:en"
    Reader(CachedPages(slow)).get(f"/t/{parcel.number}")
    assert redis_client().get(key) is None
    reader.get(f"/t/{parcel.number}")
    assert redis_client().get(key) is not None
    assert 0 < redis_client().ttl(key) <= pagecache.IN_REDIS_S


@pytest.mark.usefixtures("no_redis")
def test_without_redis_the_page_is_rendered_from_postgresql(parcel: Shipment, reader: Reader) -> None:
    assert [reader.get(f"/t/{parcel.number}")[0] for _ in range(3)] == [200, 200, 200]


def test_what_is_not_a_page_is_not_kept(parcel: Shipment, reader: Reader) -> None:
    unknown = "0" * 16 + "0"
    assert reader.get(f"/t/{unknown}")[0] == 404
    assert redis_client().get(f"page:{unknown}:en") != b""
    assert not (redis_client().get(f"page:{unknown}:en") or b"lease:").startswith(b"{")
    assert reader.get("/track")[0] == 200


def test_a_page_of_another_release_is_rendered_anew(parcel: Shipment, reader: Reader) -> None:
    redis_client().set(f"page:{parcel.number}:en", b"something else", ex=60)
    assert reader.get(f"/t/{parcel.number}")[0] == 200
