"""The console in a real Chromium: it fits, it can be read, the keyboard reaches everything, and it needs no script."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from django_scopes import scope
from pytest_django.live_server_helper import LiveServer

from carriers.events import NextLeg
from carriers.vocabulary import EventCode
from tests.browser.test_buyer_page import LOW_CONTRAST, opened
from tests.tracking.shipments.telling import event, told
from tracking.accounts.models import Member, Merchant, Role, User
from tracking.shipments import services
from tracking.shipments.models import Leg, Shipment
from tracking.shipments.recording.door import record_result
from tracking.shipments.services import LegSpec

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

# Links within a sentence are exempt from the target size (WCAG 2.5.8); a row's link is bigger than its box.
SMALL_TARGETS = """
() => [...document.querySelectorAll("a.btn, .nav a, .tabs a, .chips a, .tabbar a, button, input, select, summary")]
  .filter((element) => { const box = element.getBoundingClientRect();
    return element.checkVisibility() && element.type !== "hidden" && box.height > 0
      && (box.height < 18 || box.width < 18 || (element.type !== "checkbox" && (box.height < 24 || box.width < 24))); })
  .map((element) => element.outerHTML.slice(0, 90))
"""
UNNAMED = """
() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea")]
  .filter((element) => {
  const label = element.labels && element.labels.length ? element.labels[0].textContent : "";
  return !(element.textContent.trim() || label.trim() || element.getAttribute("aria-label"));
}).map((element) => element.outerHTML.slice(0, 90))
"""
NARROWEST = "() => Math.min(...[...document.querySelectorAll('.log .what')].map((part) => part.offsetWidth))"
OVERLAPPING = """
() => { const boxes = [...document.querySelectorAll(".panes > *")].map((part) => part.getBoundingClientRect());
  return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) =>
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)); }
"""
HEADINGS = "() => [...document.querySelectorAll('h1, h2, h3')].map((heading) => Number(heading.tagName[1]))"


@pytest.fixture
def shop() -> dict[str, str]:
    """Halden with a parcel of two legs and one held by customs; what the addresses need."""
    merchant = Merchant.objects.create(name="Halden", slug="halden", zone="Europe/Berlin")
    user = User.objects.create_user("mara@halden.example", "a long enough password", name="Mara Klein")
    Member.objects.create(merchant=merchant, user=user, role=Role.OWNER)
    services.save_account(merchant, "yunexpress", credentials={"customer_code": "C", "api_secret": "s"})
    numbers = {}
    for order, digit, code in (("HL-1", 1, EventCode.LINEHAUL_ARRIVED), ("HL-2", 2, EventCode.IMPORT_CUSTOMS_HELD)):
        shipment = services.register_shipment(
            merchant,
            order_number=order,
            title="Arc desk lamp, brass",
            origin_country="CN",
            destination_country="DE",
            destination_city="Berlin",
            legs=[LegSpec(number=f"YT263060000000000{digit}", carrier="yunexpress")],
        )
        numbers[order] = shipment.number
        with scope(merchant=merchant):
            leg = Leg.objects.get(shipment=shipment)
            far = event(EventCode.FIRST_MILE_PICKED_UP, 150, city="Shenzhen", raw_text="快件已揽收")
            near = event(code, 5, country="DE", city="Leipzig", raw_text="A" * 90)
            following = NextLeg(number="00340434161094027331", carrier="dhl_unified", evidence="TrackingNumber")
            record_result(told(leg, far, near, next_leg=following if digit == 1 else None))
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return numbers | {"session": client.cookies["sessionid"].value}


@pytest.fixture(scope="module", autouse=True)
def _database_beside_a_loop() -> Iterator[None]:
    """Playwright's own loop would make Django refuse the database in this thread."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


PAGES = (
    "/console",
    "/console/shipments",
    "/console/shipments?q=nothing",
    "/console/shipments/new",
    "/console/shipments/{HL-1}",
    "/console/shipments/{HL-2}",
    "/console/shipments/{HL-1}/events/new",
    "/console/shipments/{HL-1}/legs/new",
    "/console/shipments/{HL-1}/raw-answers",
    "/console/attention",
    "/console/carriers",
    "/console/carriers/ups",
    "/console/keys",
    "/console/account",
    "/login?out",
)


def entered(browser: Any, server: LiveServer, shop: dict[str, str], path: str, **options: Any) -> Any:
    for order in ("HL-1", "HL-2"):
        path = path.replace("{" + order + "}", shop[order])
    page = opened(browser, "about:blank", **options)
    if path != "/login?out":
        page.context.add_cookies([{"name": "sessionid", "value": shop["session"], "url": server.url}])
    answer = page.goto(server.url + path)
    assert answer.status == 200, path
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 1024, 1280])
def test_every_page_fits_and_can_be_read(
    live_server: LiveServer, shop: dict[str, str], browser: Any, width: int, scheme: str
) -> None:
    for path in PAGES:
        page = entered(browser, live_server, shop, path, viewport={"width": width, "height": 800}, color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.locator("h1").count() == 1, path
        levels = page.evaluate(HEADINGS)
        assert all(after - before <= 1 for before, after in pairwise(levels)), (path, levels)
        assert page.evaluate(LOW_CONTRAST) == [], path
        assert page.evaluate(SMALL_TARGETS) == [], path
        assert page.evaluate(UNNAMED) == [], path
        assert page.complaints == [], path
        if page.locator(".log").count():
            assert page.evaluate(NARROWEST) >= 150, path
            assert page.evaluate(OVERLAPPING) == [], path
        page.context.close()


def test_without_javascript_one_logs_in_filters_and_archives(
    live_server: LiveServer, shop: dict[str, str], browser: Any
) -> None:
    page = opened(browser, f"{live_server.url}/console/shipments", java_script_enabled=False)
    page.get_by_label("E-mail address").fill("mara@halden.example")
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("button", name="Log in").click()
    page.get_by_label("Status").select_option("exception")
    page.get_by_role("button", name="Filter").click()
    assert page.get_by_role("row").count() == 2
    page.get_by_role("link", name="HL-2").click()
    page.get_by_role("button", name="Archive this shipment").click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("HL-2 is back.").wait_for()
    page.context.close()


def test_a_slash_finds_and_a_choice_filters(live_server: LiveServer, shop: dict[str, str], browser: Any) -> None:
    page = entered(browser, live_server, shop, "/console/shipments", viewport={"width": 1280, "height": 800})
    page.keyboard.press("/")
    page.keyboard.type("HL-2")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/shipments?q=HL-2")
    assert page.get_by_role("row").count() == 2
    page.get_by_label("Attention").select_option("late")
    page.wait_for_url("**attention=late**")
    page.get_by_role("heading", name="Nothing matches “HL-2”").wait_for()
    page.context.close()


def test_news_come_by_themselves_and_nobody_is_disturbed(
    live_server: LiveServer, shop: dict[str, str], browser: Any
) -> None:
    page = entered(browser, live_server, shop, "/console/shipments/{HL-1}", viewport={"width": 1280, "height": 500})
    page.get_by_role("link", name="Add a leg").focus()
    page.evaluate("window.scrollTo(0, 200)")
    merchant = Merchant.objects.get()
    with scope(merchant=merchant):
        shipment = Shipment.objects.get(number=shop["HL-1"])
        record_result(
            told(
                Leg.objects.filter(shipment=shipment).earliest("position"),
                event(EventCode.IMPORT_CUSTOMS_RELEASED, 1, country="DE"),
            )
        )
    page.locator("#log").get_by_text("Cleared import customs").first.wait_for(timeout=25_000)
    assert page.evaluate("window.scrollY") == 200
    assert page.evaluate("document.activeElement.textContent") == "Add a leg"
    assert page.complaints == []
    page.context.close()
