"""Carriers that send rubbish and callers that send wrong things: each a named failure, and everybody else goes on."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.e2e.site import Site, ask, running_site

pytestmark = pytest.mark.e2e

# Every parcel has long arrived when it is registered; a leg is asked again within a few seconds.
SPEED = 7_200.0
LONG_AGO = timedelta(days=45)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("bad_input"), speed=SPEED) as site:
        yield site


def journey(site: Site, story: str) -> dict[str, Any]:
    start = datetime.fromisoformat(site.sandbox("/clock")["now"]) - LONG_AGO
    told: dict[str, Any] = site.sandbox("/journeys", {"story": story, "start_at": start.isoformat()})
    return told


# Carriers that send rubbish.


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubbish:
    """A fault of the sandbox, and what must be said of it. `kept`: the beginning of the raw answer."""

    fault: str
    failure: str
    detail: str
    kept: bytes | None
    size: int | None = None
    story: str = "lost"
    seconds: float = 0


RUBBISH = (
    Rubbish(
        fault="huge", failure="bad_answer", detail="more than 5,000,000 bytes", kept=b'{"text":"xxx', size=5_000_000
    ),
    Rubbish(fault="deep", failure="bad_answer", detail="more than 5,000,000 bytes", kept=b"[[[[[[[[", size=5_000_000),
    Rubbish(fault="nul", failure="bad_answer", detail="holds a NUL", kept=b'{"status":"ok\\u0000","text":"a\x00b"}'),
    Rubbish(fault="bad_utf8", failure="bad_answer", detail="not UTF-8: byte 9 is 0xff", kept=b'{"text":"\xff\xfe'),
    Rubbish(fault="garbage", failure="bad_answer", detail="not JSON", kept=b"<html><body><h1>It works!"),
    Rubbish(fault="dtd", failure="bad_answer", detail="not JSON", kept=b'<?xml version="1.0"?>\n<!DOCTYPE'),
    Rubbish(
        fault="dtd", failure="bad_answer", detail="declares a DTD", kept=b'<?xml version="1.0"?>\n<!DOCTYPE',
        story="sf_toronto",
    ),
    Rubbish(fault="hang_up", failure="try_later", detail="the answer broke off", kept=b'{"'),
    Rubbish(fault="down", failure="try_later", detail="HTTP 503", kept=None),
    Rubbish(fault="slow", failure="try_later", detail="no answer within 20 s", kept=None, seconds=40),
)  # fmt: skip


def _name(rubbish: Rubbish) -> str:
    return f"{rubbish.fault} as XML" if rubbish.story == "sf_toronto" else rubbish.fault


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What the API said of the leg while its carrier sent rubbish, and once it had stopped."""

    failed: dict[str, Any]
    raw: list[tuple[bytes, int, str]]  # body, size, failure
    after: dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Told:
    """Every kind of rubbish at once, each for one parcel, beside others of the same accounts."""

    outcomes: dict[str, Outcome]
    others: list[dict[str, Any]]
    accounts: list[tuple[str, str, str]]  # of those asked: carrier, state, last failure
    ended: str  # the parcels' last status


@pytest.fixture(scope="module")
def told(site: Site) -> Told:
    legs: dict[str, tuple[str, str]] = {}  # kind of rubbish -> our number, the carrier's
    # All are asked for at once, so that it is seen at once that the carrier answers for the others.
    site.stack.supervisor.stop("ticker")
    others = [site.register(journey(site, "lost"))["number"] for _ in range(3)]
    for rubbish in RUBBISH:
        found = journey(site, rubbish.story)
        leg = found["legs"][-1]
        fault = {"carrier": leg["carrier"], "kind": rubbish.fault, "number": leg["number"], "seconds": rubbish.seconds}
        site.sandbox("/faults", fault)
        # Canada Post's number goes first here: what matters is who answers in XML.
        numbers = found["registered_legs"] if rubbish.story == "lost" else [{**leg_of(found, leg), "fields": {}}]
        legs[_name(rubbish)] = site.register(found, legs=numbers)["number"], leg["number"]
    site.stack.supervisor.start("ticker")

    def have_failed() -> bool:
        failing = "SELECT count(*) FROM shipments_leg WHERE number = ANY(%s) AND last_failure_kind != ''"
        return site.stack.query(failing, [[number for _, number in legs.values()]]) == [(len(RUBBISH),)]

    site.stack.wait_until(have_failed, within_s=90, what="every failure")
    failed = {kind: _leg(site, number) for kind, (number, _) in legs.items()}
    raws = {kind: _raws(site, number) for kind, (_, number) in legs.items()}
    accounts = site.stack.query(
        "SELECT DISTINCT a.carrier, a.state, a.last_failure_kind FROM shipments_carrieraccount AS a"
        " JOIN shipments_leg AS l ON l.account_id = a.id ORDER BY 1"
    )
    told_others = [site.shipment(number) for number in others]
    site.sandbox("/faults", method="DELETE")

    def are_well() -> bool:
        return site.stack.query("SELECT count(*) FROM shipments_leg WHERE last_failure_kind != ''") == [(0,)]

    site.stack.wait_until(are_well, within_s=90, what="an end of all failures")
    outcomes = {
        kind: Outcome(failed=failed[kind], raw=raws[kind], after=site.shipment(number))
        for kind, (number, _) in legs.items()
    }
    return Told(outcomes=outcomes, others=told_others, accounts=accounts, ended="exception")


def leg_of(found: dict[str, Any], leg: dict[str, Any]) -> dict[str, Any]:
    return {"carrier": leg["carrier"], "number": leg["number"]}


def _leg(site: Site, number: str) -> dict[str, Any]:
    [leg] = site.shipment(number)["legs"]
    told: dict[str, Any] = leg
    return told


def _raws(site: Site, number: str) -> list[tuple[bytes, int, str]]:
    rows = site.stack.query(
        "SELECT r.body, r.size, r.failure FROM shipments_rawanswer AS r JOIN shipments_leg AS l ON l.id = r.leg_id"
        " WHERE l.number = %s",
        [number],
    )
    return [(zlib.decompress(bytes(body)), size, failure) for body, size, failure in rows]


EVERY = pytest.mark.parametrize("rubbish", RUBBISH, ids=_name)


@EVERY
def test_the_failure_is_named_on_the_leg(rubbish: Rubbish, told: Told) -> None:
    failure = told.outcomes[_name(rubbish)].failed["last_failure"]
    assert failure["kind"] == rubbish.failure
    assert rubbish.detail in failure["detail"]


@EVERY
def test_what_came_is_kept_and_once_only(rubbish: Rubbish, told: Told) -> None:
    raws = told.outcomes[_name(rubbish)].raw
    if rubbish.kept is None:
        assert raws == []
        return
    [(body, size, failure)] = raws
    assert body.startswith(rubbish.kept)
    assert size == len(body) == (rubbish.size or len(body))
    assert failure.startswith(f"{rubbish.failure}: ")
    assert rubbish.detail in failure


@EVERY
def test_the_parcel_goes_on_when_the_carrier_does(rubbish: Rubbish, told: Told) -> None:
    after = told.outcomes[_name(rubbish)].after
    assert after["status"] == ("delivered" if rubbish.story == "sf_toronto" else "exception")
    assert [leg["last_failure"] for leg in after["legs"]] == [None]


def test_a_failed_call_is_no_event(told: Told) -> None:
    for outcome in told.outcomes.values():
        assert outcome.failed["last_changed_at"] is None
        assert all(source["raw_text"] for event in outcome.after["events"] for source in event["sources"])


def test_the_other_parcels_of_the_account_went_on(told: Told) -> None:
    for other in told.others:
        assert other["status"] == "exception"
        assert [leg["last_failure"] for leg in other["legs"]] == [None]


def test_the_account_is_not_blamed_for_single_answers(told: Told) -> None:
    assert ("yunexpress", "active", "") in told.accounts


# Credentials.


def save_account(site: Site, carrier: str, credential: str) -> None:
    """As the console does it; every credential becomes this one."""
    code = (
        "from carriers import registry; from tracking.accounts.models import Merchant;"
        " from tracking.shipments import services; slug = {carrier!r};"
        " services.save_account(Merchant.objects.get(slug='halden'), slug,"
        " limits=[{{'calls': 30_000, 'per': 'minute'}}],"
        " credentials=dict.fromkeys(registry.adapter(slug).credentials, {credential!r}))"
    )
    site.stack.manage("shell", "-v", "0", "-c", code.format(carrier=carrier, credential=credential))


@pytest.mark.parametrize(
    ("carrier", "story"),
    [
        ("yanwen", "refused_by_customs"),  # HTTP 401
        ("ups", "unknown_code"),  # no token
        ("sf_express", "sf_locker"),  # HTTP 200, and a code in the body
        ("fedex", "duty_madrid"),  # no token, in a batch
    ],
)
def test_wrong_credentials_stop_the_account_until_they_are_mended(site: Site, carrier: str, story: str) -> None:
    save_account(site, carrier, "wrong")
    numbers = [site.register(journey(site, story))["number"] for _ in range(2)]

    def state() -> tuple[str, str]:
        [row] = site.stack.query(
            "SELECT state, last_failure_kind FROM shipments_carrieraccount AS a JOIN accounts_merchant AS m"
            " ON m.id = a.merchant_id WHERE m.slug = 'halden' AND a.carrier = %s",
            [carrier],
        )
        return row[0], row[1]

    site.stack.wait_until(lambda: state() == ("refused", "refused"), within_s=30, what="a refusal")
    for number in numbers:
        [leg] = site.shipment(number)["legs"]
        assert (leg["is_polled"], leg["why_not"]) == (False, "account_refused")
    calls = sum(site.sandbox("/calls").get(carrier, {}).values())

    save_account(site, carrier, "sandbox")
    site.stack.wait_until(
        lambda: all(site.shipment(number)["events"] for number in numbers), within_s=30, what="answers again"
    )
    assert state() == ("active", "")
    assert [leg["last_failure"] for number in numbers for leg in site.shipment(number)["legs"]] == [None, None]
    assert sum(site.sandbox("/calls")[carrier].values()) > calls


# A carrier's push.


def test_a_push_with_a_wrong_signature_is_refused_and_not_kept(site: Site) -> None:
    [(token,)] = site.stack.query(
        "SELECT push_token FROM shipments_carrieraccount AS a JOIN accounts_merchant AS m ON m.id = a.merchant_id"
        " WHERE m.slug = 'halden' AND a.carrier = 'track17'"
    )
    url = f"{site.stack.site_url}/hooks/track17/{token}"
    body = json.dumps({"event": "TRACKING_STOPPED", "data": {"number": "RB123456785CN"}}).encode()
    right = hashlib.sha256(body + b"/sandbox").hexdigest()
    kept = "SELECT count(*) FROM shipments_inboundpush"
    assert ask(url, method="POST", body=body).status == 202  # unsigned: no more than a hint
    for headers in ({"sign": ""}, {"sign": right[:-1] + "0"}, {"sign": hashlib.sha256(body + b"/").hexdigest()}):
        if headers.get("sign") == right:
            continue
        said = ask(url, method="POST", body=body, headers=headers)
        assert (said.status, said.json()["error"]["type"]) == (401, "bad_signature")
    assert ask(url, method="POST", body=body + b" ", headers={"sign": right}).status == 401
    assert site.stack.query(kept) == [(0,)]
    assert ask(url, method="POST", body=body, headers={"sign": right}).status == 200
    assert site.stack.query(kept) == [(1,)]


# A merchant's program.

LEG = {"number": "YT2630600000000001", "carrier": "yunexpress"}


@pytest.mark.parametrize(
    ("change", "field", "problem"),
    [
        ({"legs": [{"number": "!!!"}]}, "legs.0.number", ""),
        ({"legs": [{"number": ""}]}, "legs.0.number", ""),
        ({"legs": [{"number": "1" * 60}]}, "legs.0.number", ""),
        ({"legs": [LEG, LEG]}, "legs.1.number", "is a leg of this shipment already"),
        ({"legs": [LEG | {"carrier": "yunexpres"}]}, "legs.0.carrier", ""),
        ({"legs": [{"carrier": "yunexpress"}]}, "legs.0.number", ""),
        ({"legs": [{"number": "SF1398204417756", "carrier": "sf_express"}]}, "legs.0.fields.phone_last4", ""),
        (
            {"legs": [{"number": "SF1398204417756", "carrier": "sf_express", "fields": {"phone_last4": "12"}}]},
            "legs.0.fields.phone_last4",
            "",
        ),
        ({"legs": [LEG | {"fields": {"colour": "red"}}]}, "legs.0.fields.colour", ""),
        ({"destination_country": "Atlantis"}, "destination_country", ""),
        ({"promised_on": "soon"}, "promised_on", ""),
        ({"number": "mine"}, "number", ""),
    ],
)
def test_what_is_wrong_is_named_with_its_cure(site: Site, change: dict[str, Any], field: str, problem: str) -> None:
    count = "SELECT count(*) FROM shipments_shipment"
    before = site.stack.query(count)
    said = site.api("POST", "/shipments", {"destination_country": "DE", "legs": [LEG]} | change)
    assert said.status == 400
    error = said.json()["error"]
    assert error["type"] == "invalid_request"
    [told] = error["fields"]
    assert told["field"] == field
    assert problem in told["problem"]
    assert told["problem"]
    assert told["cure"]
    assert site.stack.query(count) == before


def test_a_body_that_is_no_json_says_so(site: Site) -> None:
    said = site.api("POST", "/shipments", b'{"destination_country": "DE"')
    assert (said.status, said.json()["error"]["type"]) == (400, "malformed_json")
