"""The mapping pages in a real Chromium: they fit, they can be read, and they can be worked with by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django_scopes import scope
from pytest_django.live_server_helper import LiveServer

from tests.browser.test_buyer_page import LOW_CONTRAST, opened
from tests.browser.test_console import HEADINGS, SMALL_TARGETS, UNNAMED
from tests.tracking.mapping.conftest import say
from tests.tracking.mapping.yanwen_words import NUMBERS, ODD, PICKED_UP, parcel, tell
from tracking.accounts.models import Member, Merchant, Role, User
from tracking.mapping import replays, understood

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = (
    "/console/mapping",
    "/console/mapping?carrier=ups",
    "/console/mapping/new?carrier=yanwen&raw_code=ZZ77&text=handed+over+to+feeder+%23+at+gate+%23",
    "/console/mapping/rows",
    "/console/mapping/rows?ended=1",
    "/console/mapping/replays",
    "/console/mapping/replays/{dry}",
    "/console/mapping/replays/{waiting}",
)


@pytest.fixture(scope="module", autouse=True)
def _database_beside_a_loop() -> Iterator[None]:
    """Playwright's own loop would make Django refuse the database in this thread."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def shop() -> dict[str, str]:
    """Halden with odd words of Yanwen, one of them mapped, a dry run done and another replay waiting."""
    merchant = Merchant.objects.create(name="Halden", slug="halden", zone="Europe/Berlin")
    user = User.objects.create_user("mara@halden.example", "a long enough password", name="Mara Klein")
    Member.objects.create(merchant=merchant, user=user, role=Role.OPS)
    with scope(merchant=merchant):
        for index, number in enumerate(NUMBERS):
            long = "Awaiting_an_unbroken_word_" + "x" * 70
            odd = (ODD, ("QZ", "航班CA123落地待清关", 9.0), ("LONG-CODE-OF-THE-CARRIER-77", long, 5.0))
            tell(parcel(merchant, f"HL-{index}", number), PICKED_UP, *odd[: index + 1])
        understood.count()
        say(merchant, "import_customs.held", raw_code="QZ", pattern="落地.*清关", reason="customs.inspection")
        dry = replays.start(merchant, carrier="yanwen", is_dry=True, started_by="Mara Klein")
        replays.run(dry.pk)
        waiting = replays.start(merchant, carrier="yanwen", is_dry=True, started_by="Mara Klein")
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return {"dry": str(dry.pk), "waiting": str(waiting.pk), "session": client.cookies["sessionid"].value}


def entered(browser: Any, server: LiveServer, shop: dict[str, str], path: str, **options: Any) -> Any:
    page = opened(browser, "about:blank", **options)
    page.context.add_cookies([{"name": "sessionid", "value": shop["session"], "url": server.url}])
    answer = page.goto(server.url + path.format(**shop))
    assert answer.status == 200, path
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
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
        page.context.close()


def test_a_wording_is_mapped_by_keyboard_and_the_count_follows_what_is_typed(
    live_server: LiveServer, shop: dict[str, str], browser: Any
) -> None:
    page = entered(browser, live_server, shop, "/console/mapping", viewport={"width": 1280, "height": 800})
    page.get_by_role("link", name="Map Handed over to feeder 12").focus()
    page.keyboard.press("Enter")
    page.get_by_text("It names 3 of 6 unknown events").wait_for()
    page.get_by_label("Every text in which this pattern stands").focus()
    page.keyboard.press("Space")
    page.get_by_label("Words", exact=True).fill("(feeder|unbroken)")
    page.get_by_label("Only with the code").fill("")
    page.get_by_text("It names 4 of 6 unknown events").wait_for()
    page.get_by_label("Words", exact=True).fill("(feeder")
    page.get_by_text("opens a bracket that is never closed").wait_for()
    page.get_by_label("Words", exact=True).fill("feeder")
    page.get_by_label("What happened").select_option("linehaul.departed")
    page.get_by_role("button", name="Map it").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Mapped. Answers that come from now on are read so.").wait_for()
    assert page.complaints == []
    page.context.close()


def test_a_replays_progress_comes_by_itself(live_server: LiveServer, shop: dict[str, str], browser: Any) -> None:
    page = entered(browser, live_server, shop, "/console/mapping/replays/{waiting}")
    page.get_by_text("Waiting").wait_for()
    replays.run(UUID(shop["waiting"]))
    page.get_by_text("3 of 3 shipments looked at").wait_for(timeout=10_000)
    page.get_by_text("Do it for real").click()
    page.get_by_role("button", name="Yes, change them").click()
    page.wait_for_url("**/console/mapping/replays/*")
    page.get_by_text("Waiting").wait_for()
    assert page.complaints == []
    page.context.close()


def test_without_javascript_a_button_counts(live_server: LiveServer, shop: dict[str, str], browser: Any) -> None:
    page = entered(browser, live_server, shop, PAGES[2], java_script_enabled=False)
    page.get_by_role("button", name="Count the events").click()
    page.get_by_text("It names 3 of 6 unknown events").wait_for()
    page.context.close()
