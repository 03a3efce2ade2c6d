"""The built site, page by page, as browsers on a desk and on a phone show it, in light and dark.

Each page opens without a word in the console, asks no other host for anything, is clean for
axe-core, does not move while it loads, fits the screen, is light, and can be read without scripts.
Screenshots are kept in `_build/screenshots`, for a person to look at.
"""

import functools
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from browser import serve
from pages import ROOT, page_names

SITE = ROOT / "_build" / "html"
SCREENSHOTS = ROOT / "_build" / "screenshots"
PAGES = sorted(
    path.relative_to(SITE).as_posix()
    for path in SITE.rglob("*.html")
    if not path.relative_to(SITE).parts[0].startswith("_")
)
CHAPTERS = [f"{page}.html" for page in page_names()]
WIDTHS = {
    "desk": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
SHARED = ("/_static/", "/searchindex.js")  # what all pages fetch, once
WEIGHT = 1_000_000  # bytes of one page beyond that
# What axe-core is asked: all of its rules once, in the dark those on colours, on a phone those on
# size. (Preloading would look for styles in wrong places. A formula has the colour of its text, and
# its MathML is looked at; of a listing the beginning is enough, on so many pages.)
AXE = {"resultTypes": ["violations"], "preload": False}
RULES = {
    ("desk", "light"): AXE,
    ("desk", "dark"): AXE | {"runOnly": ["color-contrast", "link-in-text-block"]},
    ("phone", "dark"): AXE
    | {"runOnly": ["target-size", "scrollable-region-focusable", "meta-viewport"]},
}
LEFT_OUT = ".katex-html, .highlight pre > span:nth-child(n+40)"
SHIFT = 0.02  # of the screen; 0.1 counts as good

# Sums up what moved without being asked to: Chromium's cumulative layout shift, in one number.
WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    if (!entry.hadRecentInput)
      window.shifts.push([entry.value, ...entry.sources.map((s) => s.node?.outerHTML)]);
}).observe({type: "layout-shift", buffered: true});
"""
TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  const scrolls = (node) => {
    for (; node && node !== document.body; node = node.parentElement)
      if (/auto|scroll|hidden/.test(getComputedStyle(node).overflowX)) return true;
    return false;
  };
  return [...document.querySelectorAll("article *")]
    .filter((node) => node.getBoundingClientRect().right > width + 1 && !scrolls(node))
    .map((node) => node.outerHTML.slice(0, 120));
}"""
SCROLLED = """boxes => boxes.filter(box => box.scrollWidth > box.clientWidth + 1)
  .map(box => [box.scrollWidth, box.querySelector('annotation').textContent])"""


@pytest.fixture(scope="session")
def built():
    """The address of the built site."""
    if not PAGES:
        pytest.fail("there is no site: `make book` builds it, `make test-site` does both")
    with serve(SITE) as address:
        yield address


@pytest.fixture(scope="session")
def windows(browser):
    """A browser window for each width and theme, opened once."""
    opened = {}

    def window(width, theme, **options):
        key = (width, theme, *options)
        if key not in opened:
            opened[key] = browser.new_context(color_scheme=theme, **WIDTHS[width], **options)
        return opened[key]

    yield window
    for context in opened.values():
        context.close()


@pytest.fixture
def visit(windows, built):
    """Open a page of the site; what goes wrong in it is listed in its `faults`."""
    tabs = []

    def visit(page, width="desk", theme="light", **options):
        tab = windows(width, theme, **options).new_page()
        tabs.append(tab)
        tab.faults, tab.bytes = [], 0
        tab.on("console", lambda message: message.type not in ("error", "warning")
               or tab.faults.append(f"{message.text} ({message.location['url']})"))  # fmt: skip
        tab.on("pageerror", lambda error: tab.faults.append(str(error)))
        tab.on("requestfailed", lambda request: tab.faults.append(f"fails: {request.url}"))
        tab.on("request", lambda request: request.url.startswith((built, "data:", "blob:"))
               or tab.faults.append(f"asks for {request.url}"))  # fmt: skip

        def weigh(response):
            path = response.url.removeprefix(built)
            if response.status >= 400:
                tab.faults.append(f"{response.status}: {path}")
            elif not path.startswith(SHARED) and response.url.startswith(built):
                tab.bytes += int(response.headers.get("content-length", 0))

        tab.on("response", weigh)
        tab.add_init_script(WATCH_SHIFTS)
        tab.goto(f"{built}/{page}", wait_until="load")
        return tab

    yield visit
    for tab in tabs:
        tab.close()


def show(tab, theme):
    """Let the system change its colours, and wait until the page has followed."""
    tab.emulate_media(color_scheme=theme)
    tab.wait_for_function(
        f"document.documentElement.dataset.theme === '{theme}'"
        " && document.getAnimations().every(each => each.playState !== 'running')"
    )


# Each width opens in another theme and is then changed to the other.
@pytest.mark.parametrize(
    ("width", "themes"), [("desk", ["light", "dark"]), ("phone", ["dark", "light"])]
)
@pytest.mark.parametrize("page", PAGES)
def test_page(visit, page, width, themes):
    tab = visit(page, width, themes[0])
    assert tab.evaluate("document.documentElement.dataset.theme") == themes[0]
    for figure in tab.query_selector_all("[data-explorable]"):
        figure.scroll_into_view_if_needed()
        tab.wait_for_selector('[data-explorable][data-state="ready"]')
    tab.wait_for_function("document.fonts.status === 'loaded'")
    moved = tab.evaluate("window.shifts")
    for theme in themes:
        show(tab, theme)
        picture = SCREENSHOTS / f"{width}-{theme}" / f"{page.replace('/', '.')}.jpg"
        picture.parent.mkdir(parents=True, exist_ok=True)
        # The first from top to bottom, the other its top.
        tab.screenshot(path=picture, full_page=theme == themes[0], type="jpeg", quality=50)
        assert tab.evaluate(TOO_WIDE) == []
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
        assert width == "desk" or tab.eval_on_selector_all("article .formula", SCROLLED) == []
    assert sum(shift[0] for shift in moved) <= SHIFT, str(moved)[:1000]
    assert tab.bytes <= WEIGHT
    tab.eval_on_selector_all(LEFT_OUT, "nodes => nodes.forEach(node => node.remove())")
    for theme in themes:
        if rules := RULES.get((width, theme)):
            show(tab, theme)
            found = Axe().run(tab, options=rules)
            assert [
                f"{theme}: {each['id']}: {node['html'][:200]} {node['failureSummary']}"
                for each in found.response["violations"]
                for node in each["nodes"][:4]
            ] == []
    assert tab.faults == []


@pytest.mark.parametrize("page", CHAPTERS)
def test_page_can_be_read_without_scripts(visit, page):
    tab = visit(page, java_script_enabled=False)
    assert len(tab.inner_text("article")) > 500
    formulas = tab.locator("article .katex-html")
    assert formulas.count() == 0 or formulas.first.is_visible()
    shown = tab.inner_html("article")
    prose = re.sub(r"<(pre|code|annotation|script)\b.*?</\1>", "", shown, flags=re.DOTALL)
    assert not re.search(r"\\[(\[a-z]|\$\w+\$", prose), "TeX is shown as it was written"


class Links(HTMLParser):
    """The ids of a page, and where its links lead."""

    def __init__(self):
        super().__init__()
        self.ids, self.twice, self.links = set(), set(), []

    def handle_starttag(self, tag, attributes):
        """Note both."""
        values = dict(attributes)
        own = {values.get("id"), values.get("name") if tag == "a" else None} - {None}
        self.twice |= own & self.ids
        self.ids |= own
        if tag == "a" and values.get("href") and "hidden" not in values:
            self.links.append(values["href"])


@functools.cache
def links_of(path: Path) -> Links:
    links = Links()
    links.feed(path.read_text(encoding="utf-8"))
    return links


@pytest.mark.parametrize("page", PAGES)
def test_every_link_and_anchor_leads_somewhere(page):
    assert links_of(SITE / page).twice == set(), "an anchor of two places"
    lost = []
    for link in links_of(SITE / page).links:
        address = urlsplit(link)
        if address.scheme or address.netloc:
            continue
        file = (SITE / page).parent / unquote(address.path) if address.path else SITE / page
        file = file / "index.html" if file.is_dir() else file
        if not file.resolve().is_file():
            lost.append(link)
        elif address.fragment and file.suffix == ".html":
            ids = links_of(file.resolve()).ids
            lost += [link] if unquote(address.fragment) not in ids else []
    assert lost == []


@pytest.mark.parametrize("words", ["log cosh", "log_cosh", "LogCosh", "log-cosh"])
def test_search_finds_a_name_however_it_is_written(visit, words):
    tab = visit(f"search.html?q={words.replace(' ', '+')}")
    tab.wait_for_function(
        "!document.querySelector('#search-results .search-summary')"
        " || /found/.test(document.querySelector('.search-summary').innerText)"
    )
    tab.wait_for_selector("#search-results li a")
    tab.wait_for_timeout(1500)
    found = [link.get_attribute("href") for link in tab.query_selector_all("#search-results li a")]
    chapters = [link.partition("?")[0].partition("#")[0] for link in found]
    assert "losses/robust.html" in chapters[:5]
    assert any(link.startswith("reference/api/") for link in chapters)
    assert tab.faults == []


def test_from_the_landing_page_to_an_optimizer_that_runs_in_two_taps(visit):
    tab = visit("index.html", "phone")
    card = tab.locator("article .sd-card:has(a[href*='explorable-optimizer-race'])")
    assert card.bounding_box()["y"] < 844, "it is on the first screen"
    card.tap()
    board = tab.locator("[data-explorable='optimizer-race'][data-state='ready']")
    board.wait_for()
    tab.wait_for_timeout(500)
    assert -10 <= board.bounding_box()["y"] < 844, "the race is on the screen"
    start = "document.querySelector('.explorable').explorable.state().start[0]"
    before = tab.evaluate(start)
    box = board.locator(".jxgbox").bounding_box()
    tab.touchscreen.tap(box["x"] + 0.6 * box["width"], box["y"] + 0.3 * box["height"])
    tab.wait_for_function(f"{start} !== {before}")
    assert tab.faults == []


def test_a_question_opens_by_keyboard(visit):
    tab = visit("losses/robust.html")
    answer = tab.locator("details.answer").first
    answer.locator("summary").focus()
    tab.keyboard.press("Enter")
    assert answer.get_attribute("open") is not None
    assert answer.locator("strong").first.is_visible()
