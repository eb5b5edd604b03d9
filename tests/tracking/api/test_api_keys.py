"""Who may call: keys, scopes, and what a refusal says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django_scopes import scopes_disabled

from tests.tracking.api.conftest import Program, issue, problem
from tracking.accounts.models import ApiKey, Merchant, Scope

pytestmark = pytest.mark.django_db


def _change_keys(**columns: object) -> None:
    with scopes_disabled():
        ApiKey.objects.all().update(**columns)


def test_without_a_key_the_answer_says_which_header_to_send(nobody: Program) -> None:
    response = nobody.get("/shipments")
    error = problem(response, 401, "unauthenticated")
    assert "Authorization: Bearer tl_" in error["message"]
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic dGVzdDp0ZXN0", "tl_abc", "Bearer " + "x" * 300])
def test_a_header_that_is_no_bearer_key_is_refused(nobody: Program, header: str) -> None:
    problem(nobody.get("/shipments", authorization=header), 401, "unauthenticated")


def test_an_unknown_key_is_refused(merchant: Merchant, nobody: Program) -> None:
    issue(merchant, Scope.READ)
    error = problem(nobody.get("/shipments", authorization="Bearer tl_nonesuch"), 401, "unauthenticated")
    assert "No such key" in error["message"]


def test_a_revoked_key_is_told_so(reader: Program) -> None:
    _change_keys(revoked_at=timezone.now())
    assert "was revoked" in problem(reader.get("/shipments"), 401, "unauthenticated")["message"]


def test_an_expired_key_is_told_so(reader: Program) -> None:
    _change_keys(expires_at=timezone.now() - timedelta(seconds=1))
    assert "has expired" in problem(reader.get("/shipments"), 401, "unauthenticated")["message"]


def test_the_scheme_is_read_in_any_case(merchant: Merchant, nobody: Program) -> None:
    key = issue(merchant, Scope.READ)
    assert nobody.get("/shipments", authorization=f"bearer {key}").status_code == 200


def test_a_reading_key_cannot_write_and_is_told_the_scope(reader: Program) -> None:
    error = problem(reader.post("/shipments", {"destination_country": "DE"}), 403, "scope_missing")
    assert "`shipments:write`" in error["message"]
    assert "`shipments:read`" in error["message"]


def test_a_writing_key_alone_cannot_read(merchant: Merchant) -> None:
    error = problem(Program(issue(merchant, Scope.WRITE)).get("/shipments"), 403, "scope_missing")
    assert "`shipments:read`" in error["message"]


def test_a_scope_that_nobody_knows_allows_nothing(merchant: Merchant) -> None:
    problem(Program(issue(merchant, "everything")).get("/shipments"), 403, "scope_missing")


def test_the_use_of_a_key_is_noted_once_a_minute(reader: Program) -> None:
    with scopes_disabled():
        assert ApiKey.objects.get().last_used_at is None
        reader.get("/shipments")
        first = ApiKey.objects.get().last_used_at
        reader.get("/shipments")
        assert ApiKey.objects.get().last_used_at == first
        _change_keys(last_used_at=timezone.now() - timedelta(seconds=61))
        reader.get("/shipments")
        assert ApiKey.objects.get().last_used_at > first


def test_a_session_of_the_console_is_no_key(nobody: Program, merchant: Merchant) -> None:
    from tracking.accounts.models import User

    user = User.objects.create_user("ada@lantern.example", "a long password 1")
    nobody._client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    problem(nobody.get("/shipments"), 401, "unauthenticated")
