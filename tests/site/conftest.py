"""The explorables in a real browser: collected only where asked for, as `pytest tests/site`.

Needs Playwright for Python and a Chromium: the one in the PATH, or the one that `playwright install
chromium` has fetched. Everything is served here, on the loopback; a page that asks another host for
something fails its test.
"""

from pathlib import Path
from typing import ClassVar

import pytest

from browser import Quiet, open_browser, serve

HERE = Path(__file__).parent
STATIC = HERE.parents[1] / "book" / "_static"


def pytest_ignore_collect(collection_path, config):
    """Leave this folder alone unless an argument names it, or something in it."""
    named = [Path(argument.partition("::")[0]).resolve() for argument in config.args]
    return None if any(path == HERE or HERE in path.parents for path in named) else True


class Static(Quiet):
    """book/_static as a server shows it, and the pages that a test has written into `pages`."""

    pages: ClassVar[dict[str, tuple[str, str]]] = {}  # path -> type and text

    def do_GET(self):  # noqa: N802 (http.server names it)
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


@pytest.fixture(scope="session")
def site():
    """The address of a server for book/_static."""
    Static.pages["/"] = ("text/html", "<!doctype html><title>Formulas</title>")
    Static.pages["/favicon.ico"] = ("image/svg+xml", (STATIC / "favicon.svg").read_text())
    with serve(STATIC, Static) as address:
        yield address


@pytest.fixture(scope="session")
def pages():
    """What the server shows besides files: write `pages["/x"] = ("text/html", text)`."""
    return Static.pages


@pytest.fixture(scope="session")
def browser():
    """One browser for all tests of a worker."""
    with open_browser() as chromium:
        yield chromium
