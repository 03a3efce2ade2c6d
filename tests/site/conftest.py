"""The explorables in a real browser: collected only where asked for, as `pytest tests/site`.

Needs Playwright for Python and a Chromium: the one in the PATH, or the one that `playwright install
chromium` has fetched. Everything is served here, on the loopback; a page that asks another host for
something fails its test.
"""

import functools
import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

HERE = Path(__file__).parent
STATIC = HERE.parents[1] / "book" / "_static"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
BROWSERS = ["chromium", "chromium-browser", "google-chrome"]


def pytest_ignore_collect(collection_path, config):
    """Leave this folder alone unless an argument names it, or something in it."""
    named = [Path(argument.partition("::")[0]).resolve() for argument in config.args]
    return None if any(path == HERE or HERE in path.parents for path in named) else True


class Static(SimpleHTTPRequestHandler):
    """book/_static as a server shows it, and the pages that a test has written into `pages`."""

    pages: ClassVar[dict[str, tuple[str, str]]] = {}  # path -> type and text

    def do_GET(self):
        """Send a page of a test, else a file."""
        if self.path not in self.pages:
            return super().do_GET()
        kind, text = self.pages[self.path]
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def log_message(self, *_):
        """Say nothing about requests."""


@pytest.fixture(scope="session")
def site():
    """The address of a server for book/_static."""
    Static.pages["/"] = ("text/html", "<!doctype html><title>Formulas</title>")
    Static.pages["/favicon.ico"] = ("image/svg+xml", (STATIC / "favicon.svg").read_text())
    handler = functools.partial(Static, directory=str(STATIC))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="session")
def pages():
    """What the server shows besides files: write `pages["/x"] = ("text/html", text)`."""
    return Static.pages


@pytest.fixture(scope="session")
def browser():
    """One browser for all tests of a worker."""
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()
