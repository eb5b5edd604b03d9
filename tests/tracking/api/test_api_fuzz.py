"""No body and no query is a 500."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.settings import api_settings

from tests.tracking.api.conftest import S10, UPS, Program
from tracking.shipments.models import Shipment

pytestmark = pytest.mark.django_db

TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["DE", "cn", S10, UPS, "2026-11-20T09:30:00+08:00", "2026-01-01", "delivered", "ups", "\u0000"]),
)


@pytest.fixture(autouse=True)
def _no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_settings, "DEFAULT_THROTTLE_RATES", {"key": "1000000/s", "anonymous": "1000000/s"})


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)
LEG = st.fixed_dictionaries(
    {"number": st.one_of(TEXTS, VALUES)},
    optional={name: st.one_of(TEXTS, VALUES) for name in ("carrier", "carrier_name", "role", "fields")},
)
BODIES = st.one_of(
    VALUES,
    LEG,
    st.fixed_dictionaries(
        {"destination_country": st.one_of(st.just("DE"), VALUES)},
        optional={
            "origin_country": VALUES, "destination_city": TEXTS, "promised_on": st.one_of(TEXTS, VALUES),
            "title": TEXTS, "order_number": TEXTS, "legs": st.one_of(VALUES, st.lists(LEG, max_size=3)),
        },
    ),
    st.fixed_dictionaries(
        {"occurred_at": st.one_of(st.just("2026-11-20T09:30:00+08:00"), TEXTS)},
        optional={
            "code": TEXTS, "status": st.one_of(st.just("delivered"), VALUES), "place": TEXTS, "country": TEXTS,
            "text": TEXTS, "reason": TEXTS, "leg": TEXTS, "carrier_name": TEXTS,
        },
    ),
)  # fmt: skip
FEW = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@FEW
@given(body=BODIES)
def test_bodies(lantern: Program, shipment: Shipment, body: Any) -> None:
    for path in ("/shipments", f"/shipments/{shipment.number}/legs", f"/shipments/{shipment.number}/events", "/detect"):
        response = lantern.post(path, body)
        assert response.status_code in (201, 200, 400), (path, response.content)
    assert lantern.patch(f"/shipments/{shipment.number}", body).status_code in (200, 400)


@FEW
@given(
    name=st.sampled_from(["q", "number", "cursor", "limit", "status", "carrier", "created_since", "archived"]),
    text=TEXTS,
)
def test_queries(lantern: Program, name: str, text: str) -> None:
    response = lantern._client.get("/api/v1/shipments", {name: text}, headers=lantern._headers)
    assert response.status_code in (200, 400), response.content


@FEW
@given(text=st.text(min_size=1, max_size=120).filter(lambda text: "/" not in text and text not in (".", "..")))
def test_numbers(lantern: Program, text: str) -> None:
    from urllib.parse import quote

    response = lantern.get(f"/shipments/{quote(text, safe='')}")
    assert response.status_code == 404, response.content
