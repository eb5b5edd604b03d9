"""A running platform as those outside see it: a merchant's program, a buyer's browser, the carriers' control room."""

from __future__ import annotations

import http.client
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.stack import TestStack, running_stack

TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    url: str,
    *,
    method: str = "GET",
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    within_s: float = TIMEOUT_S,
) -> Said:
    """Any answer, refusals too. Raises OSError or HTTPException where there is none."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers=dict(headers or {}))  # noqa: S310  loopback
    if data is not None:
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=within_s) as answer:  # noqa: S310  loopback
            return Said(status=answer.status, headers=answer.headers, body=answer.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Said(status=refusal.code, headers=refusal.headers, body=refusal.read())


# Stories whose words depend on when one asks, or whom: Amazon says why in its latest scan only; and which aggregator is
# asked for China Post is the platform's choice, of which one tells a departure and another says "on its way".
VARIES = frozenset({"amazon_new_york", "china_post_london"})

NO_ANSWER = (OSError, http.client.HTTPException)


def registration(journey: Mapping[str, Any]) -> dict[str, Any]:
    """The body that registers a journey of the sandbox."""
    return {
        "order_number": journey["story"],
        "origin_country": journey["origin_country"],
        "destination_country": journey["destination_country"],
        "destination_city": journey["destination_city"],
        "legs": journey["registered_legs"],
    }


@dataclass(kw_only=True)
class Site:
    """One merchant's view of a stack."""

    stack: TestStack
    key: str

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> Said:
        """A call of the merchant's program; `path` below /api/v1."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        names["Authorization"] = f"Bearer {self.key}"
        return ask(f"{self.stack.site_url}/api/v1{path}", method=method, body=body, headers=names)

    def shipment(self, number: str) -> dict[str, Any]:
        """A shipment whole, as the API shows it."""
        said = self.api("GET", f"/shipments/{number}")
        assert said.status == 200, said.text
        told: dict[str, Any] = said.json()
        return told

    def register(self, journey: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """Registers a journey of the sandbox with the legs that its merchant knows."""
        said = self.api("POST", "/shipments", registration(journey) | more)
        assert said.status == 201, said.text
        told: dict[str, Any] = said.json()
        return told

    def page(self, number: str, language: str) -> Said:
        """The buyer's page."""
        return ask(f"{self.stack.site_url}/t/{number}?lang={language}")

    def sandbox(self, path: str, body: Any = None, method: str = "") -> Any:
        """The carriers' control API; POST where there is a body."""
        said = ask(
            f"{self.stack.sandbox_url}/sandbox{path}", method=method or ("GET" if body is None else "POST"), body=body
        )
        assert said.status == 200, said.text
        return said.json()


@contextmanager
def running_site(folder: Path, **options: Any) -> Iterator[Site]:
    """A stack with the demo's merchants, their carrier accounts and the first one's API key, and no parcels yet."""
    with running_stack(folder, **options) as stack:
        told = stack.manage("seed_demo", "--sandbox", stack.sandbox_url)
        found = re.search(r"tl_\S+", told)
        assert found is not None, told
        yield Site(stack=stack, key=found.group())
