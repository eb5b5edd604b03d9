"""The document's page in a real browser: drawn from our own files, under the site's policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_it_is_drawn_without_a_complaint_and_asks_no_other_site(page: Page, live_server: Any) -> None:
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live_server.url}/api/v1/docs")
    page.get_by_text("Register a shipment").wait_for(timeout=15_000)
    assert page.get_by_text("Detect a number's carrier").is_visible()
    page.get_by_text("Register a shipment").click()
    page.get_by_text("Makes the request safe to repeat").first.wait_for(timeout=15_000)
    assert complaints == []
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []
