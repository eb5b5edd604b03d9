"""The buyer's page in a real Chromium: on a phone and a desktop, light and dark, with and without JavaScript, live."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.gzip_proxy import compressing_proxy
from tests.stack import TestStack, running_stack
from tracking.demo.stack import BASE_DIR, free_port

pytestmark = [
    pytest.mark.browser,
]

STORIES = ("pending", "transit", "duty", "unknown", "delivered")
# Luminance by WCAG of every visible text against the nearest opaque ground below it; the lowest ratios come first.
LOW_CONTRAST = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => { const f = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const box = element.getBoundingClientRect();
    if (!own || box.width < 2 || box.height < 2 || !element.checkVisibility()) continue;
    let ground = null;
    for (let at = element; at && !ground; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] > 250) ground = color;
    }
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(ground || [255, 255, 255])];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${element.className} ${element.textContent.trim().slice(0, 40)}`);
  }
  return found;
}
"""
SMALL_TARGETS = """
() => [...document.querySelectorAll("a[href], button, input, summary")].filter((element) => {
  const box = element.getBoundingClientRect();
  return element.checkVisibility() && box.top >= 0 && box.height > 0 && (box.height < 24 || box.width < 24);
}).map((element) => element.outerHTML.slice(0, 80))
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestStack]:
    """The web process and the live one, behind a proxy that compresses."""
    port = free_port(0, set())
    origin = f"http://localhost:{port}"
    with (
        running_stack(
            tmp_path_factory.mktemp("stack"), processes=("web", "live"), settings={"SITE_URL": origin, "LIVE_URL": ""}
        ) as stack,
        compressing_proxy(port, stack.ports.web, stack.ports.live),
    ):
        stack.origin = origin  # type: ignore[attr-defined]
        yield stack


@pytest.fixture(scope="module")
def numbers(stack: TestStack) -> dict[str, str]:
    return {story: parcels(stack, "register", story) for story in STORIES}


def parcels(stack: TestStack, *arguments: str) -> str:
    """What tests.browser.parcels prints, run in the stack's environment."""
    command = [sys.executable, "-m", "tests.browser.parcels", *arguments]
    done = subprocess.run(
        command, cwd=BASE_DIR, env=stack.environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def opened(browser: Any, address: str, **options: Any) -> Any:
    """A page in a context of its own. What the browser complains of is in `page.complaints`."""
    context = browser.new_context(**({"viewport": {"width": 360, "height": 740}} | options))
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(address, wait_until="load")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 1280])
@pytest.mark.parametrize("story", STORIES)
def test_a_page_fits_and_can_be_read(  # noqa: PLR0917
    stack: TestStack, numbers: dict[str, str], browser: Any, story: str, width: int, scheme: str
) -> None:
    address = f"{stack.origin}/t/{numbers[story]}"  # type: ignore[attr-defined]
    page = opened(browser, address, viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(LOW_CONTRAST) == []
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.complaints == []
    assert page.context.cookies() == []
    page.context.close()


def test_without_javascript_everything_can_be_read(stack: TestStack, numbers: dict[str, str], browser: Any) -> None:
    page = opened(browser, f"{stack.origin}/t/{numbers['transit']}", java_script_enabled=False)  # type: ignore[attr-defined]
    page.get_by_text("Show all 10 updates").click()
    page.get_by_text("Shipping label created").wait_for(state="visible")
    page.get_by_text("Carrier’s original message").first.click()
    page.locator("blockquote").first.wait_for(state="visible")
    page.get_by_role("link", name="简体中文").click()
    page.get_by_role("heading", level=1, name="正在分拣，将运往Berlin").wait_for()
    assert page.url.endswith("?lang=zh-hans")
    page.context.close()


def test_the_look_up_works_by_keyboard_alone(stack: TestStack, numbers: dict[str, str], browser: Any) -> None:
    page = opened(browser, f"{stack.origin}/track", java_script_enabled=False)  # type: ignore[attr-defined]
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.get_by_label("Tracking number").focus()
    page.keyboard.type(numbers["transit"].lower()[:8] + " " + numbers["transit"].lower()[8:])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/t/{numbers['transit']}")
    page.context.close()


def test_news_arrive_through_a_compressing_proxy_without_moving_the_reader(stack: TestStack, browser: Any) -> None:
    number = parcels(stack, "register", "transit")
    page = opened(browser, f"{stack.origin}/t/{number}")  # type: ignore[attr-defined]
    page.get_by_text("Carrier’s original message").nth(1).click()
    summary = page.locator("details.more > summary")
    summary.focus()
    page.evaluate("window.scrollTo(0, 700)")
    row = page.get_by_text("Cleared import customs").first
    before = row.bounding_box()["y"]
    page.wait_for_timeout(500)

    parcels(stack, "tell", number, "last_mile.out_for_delivery")

    page.locator("h1", has_text="Out for delivery in Berlin").wait_for(timeout=10_000)
    status = page.locator("[data-status]")
    assert status.inner_text() == "Tracking updated: Out for delivery in Berlin"
    assert page.locator("[role=status]").count() == 1
    assert page.locator("details.original[open]").count() == 1
    assert page.evaluate("document.activeElement.localName") == "summary"
    assert abs(page.get_by_text("Cleared import customs").first.bounding_box()["y"] - before) <= 2
    assert page.title().startswith("Out for delivery in Berlin")
    assert page.complaints == []
    page.context.close()


def test_a_page_finds_its_stream_again_after_the_live_process_was_killed(stack: TestStack, browser: Any) -> None:
    number = parcels(stack, "register", "transit")
    page = opened(browser, f"{stack.origin}/t/{number}")  # type: ignore[attr-defined]
    page.wait_for_timeout(500)
    stack.kill("live")
    parcels(stack, "tell", number, "last_mile.out_for_delivery")
    stack.wait_until(
        lambda: page.wait_for_timeout(200) or "Out for delivery" in page.locator("h1").inner_text(), within_s=40
    )
    page.context.close()


def test_the_page_is_small(stack: TestStack, numbers: dict[str, str], browser: Any) -> None:
    """portal.md's budget: 60 KB and 6 requests at the first view, 5 KB of them JavaScript."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    sizes: dict[str, int] = {}
    page.on("requestfinished", lambda request: sizes.update({request.url: request.sizes()["responseBodySize"]}))
    page.goto(f"{stack.origin}/t/{numbers['transit']}", wait_until="load")  # type: ignore[attr-defined]
    page.wait_for_timeout(300)
    first_view = {url: size for url, size in sizes.items() if "/live/" not in url and "favicon" not in url}
    assert len(first_view) <= 6, first_view
    assert sum(first_view.values()) <= 60_000, first_view
    assert sum(size for url, size in first_view.items() if url.endswith(".js")) <= 5_000
    context.close()
