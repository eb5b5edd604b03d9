"""A request that may be sent again: one effect, one answer."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone
from django_scopes import scopes_disabled

from tests.tracking.api.conftest import Program, fields, problem
from tracking.shipments import services
from tracking.shipments.models import IdempotencyKey, Shipment

BODY = {"destination_country": "DE", "order_number": "L-1"}


def _count() -> int:
    with scopes_disabled():
        return Shipment.objects.count()


@pytest.mark.django_db
class TestOnce:
    def test_the_same_request_has_the_same_answer_and_one_effect(self, lantern: Program) -> None:
        first = lantern.post("/shipments", BODY, idempotency_key="a")
        second = lantern.post("/shipments", BODY, idempotency_key="a")
        assert (first.status_code, second.status_code) == (201, 201)
        assert second.content == first.content
        assert second["Location"] == first["Location"]
        assert second["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first
        assert second["RateLimit-Limit"] == "600"
        assert _count() == 1

    def test_the_answer_is_the_first_one_whatever_changed_since(self, lantern: Program) -> None:
        first = lantern.post("/shipments", BODY, idempotency_key="a")
        lantern.patch(f"/shipments/{first.json()['number']}", {"title": "changed"})
        assert lantern.post("/shipments", BODY, idempotency_key="a").content == first.content

    def test_another_body_under_the_key_is_refused(self, lantern: Program) -> None:
        lantern.post("/shipments", BODY, idempotency_key="a")
        problem(lantern.post("/shipments", BODY | {"title": "x"}, idempotency_key="a"), 422, "idempotency_mismatch")
        assert _count() == 1

    def test_another_address_under_the_key_is_refused(self, lantern: Program) -> None:
        number = lantern.post("/shipments", BODY, idempotency_key="a").json()["number"]
        problem(lantern.post(f"/shipments/{number}/refresh", idempotency_key="a"), 422, "idempotency_mismatch")

    def test_another_key_is_another_request(self, lantern: Program) -> None:
        lantern.post("/shipments", BODY, idempotency_key="a")
        lantern.post("/shipments", BODY, idempotency_key="b")
        lantern.post("/shipments", BODY)
        assert _count() == 3

    def test_keys_of_two_merchants_do_not_meet(self, lantern: Program, moss: Program) -> None:
        first = lantern.post("/shipments", BODY, idempotency_key="a").json()
        second = moss.post("/shipments", BODY, idempotency_key="a")
        assert second.status_code == 201
        assert second.json()["number"] != first["number"]

    def test_a_refused_request_may_be_mended_under_its_key(self, lantern: Program) -> None:
        fields(lantern.post("/shipments", {}, idempotency_key="a"))
        assert lantern.post("/shipments", BODY, idempotency_key="a").status_code == 201

    def test_after_a_day_the_key_is_free(self, lantern: Program) -> None:
        lantern.post("/shipments", BODY, idempotency_key="a")
        with scopes_disabled():
            IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
        assert "Idempotent-Replayed" not in lantern.post("/shipments", BODY, idempotency_key="a")
        assert _count() == 2

    @pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "a\tb"])
    def test_a_key_that_is_none_is_refused(self, lantern: Program, key: str) -> None:
        assert set(fields(lantern.post("/shipments", BODY, idempotency_key=key))) == {"Idempotency-Key"}
        assert _count() == 0

    def test_every_post_that_changes_something_takes_a_key(self, lantern: Program) -> None:
        number = lantern.post("/shipments", BODY).json()["number"]
        event = {"status": "in_transit", "occurred_at": "2026-11-20T09:30:00Z"}
        for path, body in (
            ("legs", {"carrier": "china_post", "number": "RB123456785CN"}), ("events", event), ("refresh", None),
            ("restore", None),
        ):  # fmt: skip
            first = lantern.post(f"/shipments/{number}/{path}", body, idempotency_key=path)
            again = lantern.post(f"/shipments/{number}/{path}", body, idempotency_key=path)
            assert first.status_code < 300, first.content
            assert (again.status_code, again.content) == (first.status_code, first.content)
            assert again["Idempotent-Replayed"] == "true"

    def test_the_effect_and_its_memory_are_one(self, lantern: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        """What breaks between the two takes both back."""
        from tracking.api import idempotency

        def broken(*_: object) -> None:
            raise RuntimeError("killed here")

        monkeypatch.setattr(idempotency, "_keep", broken)
        problem(lantern.post("/shipments", BODY, idempotency_key="a"), 500, "internal_error")
        monkeypatch.undo()
        assert _count() == 0
        assert lantern.post("/shipments", BODY, idempotency_key="a").status_code == 201
        assert _count() == 1


def _in_thread(call: Any) -> Any:
    try:
        return call()
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_the_second_is_told_that_the_first_is_under_way(
        self, lantern: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        is_inside, may_go_on = threading.Event(), threading.Event()
        register = services.register_shipment

        def slowly(*args: Any, **kwargs: Any) -> Shipment:
            is_inside.set()
            assert may_go_on.wait(10)
            return register(*args, **kwargs)

        monkeypatch.setattr(services, "register_shipment", slowly)
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(_in_thread, lambda: lantern.post("/shipments", BODY, idempotency_key="a"))
            assert is_inside.wait(10)
            problem(lantern.post("/shipments", BODY, idempotency_key="a"), 409, "idempotency_in_progress")
            may_go_on.set()
            answer = first.result()
        assert answer.status_code == 201
        assert lantern.post("/shipments", BODY, idempotency_key="a").content == answer.content
        assert _count() == 1

    def test_many_at_once_have_one_effect(self, lantern: Program) -> None:
        with ThreadPoolExecutor(6) as pool:
            calls = [
                pool.submit(_in_thread, lambda: lantern.post("/shipments", BODY, idempotency_key="a"))
                for _ in range(24)
            ]
        answers = [call.result() for call in calls]
        assert {answer.status_code for answer in answers} <= {201, 409}
        assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
        assert _count() == 1

    def test_a_process_that_dies_midway_leaves_the_key_free(
        self, lantern: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its connection ends, and with it the lock, the effect and the memory of it."""
        register = services.register_shipment

        def dying(*args: Any, **kwargs: Any) -> Shipment:
            register(*args, **kwargs)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            raise AssertionError("not reached")

        monkeypatch.setattr(services, "register_shipment", dying)
        response = _in_thread(lambda: lantern.post("/shipments", BODY, idempotency_key="a"))
        problem(response, 503, "unavailable")
        monkeypatch.undo()
        assert _count() == 0
        assert lantern.post("/shipments", BODY, idempotency_key="a").status_code == 201
        assert _count() == 1
