"""Signatures, against the vector that Standard Webhooks publishes and against the plain formula."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from tracking.notify import signing

SPEC_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SPEC_ID, SPEC_TIME, SPEC_BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SPEC_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_published_vector() -> None:
    assert signing.signature(SPEC_SECRET, SPEC_ID, SPEC_TIME, SPEC_BODY) == SPEC_SIGNATURE


def test_the_headers_carry_a_signature_of_every_secret() -> None:
    other = signing.new_secret()
    headers = signing.headers([other, SPEC_SECRET], SPEC_ID, SPEC_TIME, SPEC_BODY)
    assert headers["webhook-id"] == SPEC_ID
    assert headers["webhook-timestamp"] == "1614265330"
    first, second = headers["webhook-signature"].split(" ")
    assert second == SPEC_SIGNATURE
    key = base64.b64decode(other.removeprefix("whsec_"))
    expected = hmac.new(key, b"%s.%d.%s" % (SPEC_ID.encode(), SPEC_TIME, SPEC_BODY), hashlib.sha256).digest()
    assert first == "v1," + base64.b64encode(expected).decode()


def test_a_new_secret_has_256_bits_and_is_never_the_same() -> None:
    made = {signing.new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32 for secret in made)


@pytest.mark.parametrize("change", [(SPEC_ID + "x", SPEC_TIME, SPEC_BODY), (SPEC_ID, SPEC_TIME + 1, SPEC_BODY), (SPEC_ID, SPEC_TIME, SPEC_BODY + b" ")])  # fmt: skip  # noqa: E501
def test_id_time_and_body_are_all_signed(change: tuple[str, int, bytes]) -> None:
    assert signing.signature(SPEC_SECRET, *change) != SPEC_SIGNATURE


def test_a_secret_that_is_none_is_no_silent_signature() -> None:
    with pytest.raises(ValueError, match="base64"):
        signing.signature("whsec_not base64!", SPEC_ID, SPEC_TIME, SPEC_BODY)
