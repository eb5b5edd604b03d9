"""What holds of every carrier that pushes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest

from carriers import registry
from carriers.answers import encode
from carriers.base import PushAdapter, PushMessage
from carriers.errors import BadPush

PAYLOADS = Path(__file__).parent.parent / "payloads"
PUSHING = [slug for slug in registry.ADAPTERS if isinstance(registry.adapter(slug), PushAdapter)]
PUSHES = sorted(PAYLOADS.glob("*/*.push.json"))
UNSIGNED = ["sf_express"]
SAME_AS = {"deutsche_post": "dhl_unified"}  # the same API


def pushing(slug: str) -> PushAdapter:
    adapter = registry.adapter(slug)
    assert isinstance(adapter, PushAdapter)
    return adapter


def test_every_pushing_carrier_has_a_recorded_push() -> None:
    assert {path.parent.name for path in PUSHES} == {SAME_AS.get(slug, slug) for slug in PUSHING}


@pytest.mark.parametrize("slug", PUSHING)
def test_a_carrier_that_signs_says_with_what_and_with_which_credential(slug: str) -> None:
    adapter = pushing(slug)
    named = {fact.name for fact in adapter.facts.credentials}
    assert bool(adapter.signed_by) == (slug not in UNSIGNED)
    assert adapter.push_credential in named or slug in UNSIGNED


@pytest.mark.parametrize("slug", PUSHING)
def test_a_bare_push_is_known_as_unsigned_and_verified_by_nobody(slug: str) -> None:
    adapter = pushing(slug)
    body = urlencode({adapter.push_field: "{}"}).encode() if adapter.push_field else b"{}"
    bare = PushMessage(headers={"content-type": "application/json"}, body=body, secret="ours")
    assert not adapter.is_signed(bare)
    for message in (bare, replace(bare, secret="")):
        with pytest.raises(BadPush):
            adapter.verify(message)


@pytest.mark.parametrize("slug", [slug for slug in PUSHING if slug not in UNSIGNED])
def test_a_push_with_an_empty_signature_is_signed_and_wrong(slug: str) -> None:
    adapter = pushing(slug)
    name = adapter.signed_by[0]
    fields = {adapter.push_field: "{}", name: "x"}
    body = urlencode(fields).encode() if adapter.push_field else b"{}"
    message = PushMessage(headers={name.lower(): ""}, body=body, secret="ours")
    assert adapter.is_signed(message)
    with pytest.raises(BadPush):
        adapter.verify(message)


@pytest.mark.parametrize("slug", PUSHING)
def test_every_push_is_answered_in_json(slug: str) -> None:
    adapter = pushing(slug)
    assert isinstance(json.loads(adapter.acknowledge(b"{}")), dict)


@pytest.mark.parametrize("path", PUSHES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_parts_of_a_push_of_several_read_as_the_whole_and_name_no_other(path: Path) -> None:
    adapter = pushing(path.parent.name)
    whole = adapter.read_push(path.read_bytes())
    if len(whole) < 2:
        return
    parts = adapter.split_push(adapter.decode_push(path.read_bytes()))
    for result in whole:
        part = encode(parts[result.number])
        assert adapter.read_push(part) == [result]
        assert not any(other.number.encode() in part for other in whole if other is not result)
