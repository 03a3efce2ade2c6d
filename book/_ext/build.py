"""Build the site from the executed notebooks.

    .venv/bin/python book/_ext/build.py

No page is executed. The notebooks have to be up to date; their outputs go into a new jupyter-cache,
from which myst-nb takes them, so the site shows exactly what `pytest --nbval` replays. The pages of
the API are written anew from the companion's docstrings. Warnings are errors, a reference that
leads nowhere included, and so is a script, style or image that a reader's browser would have to
fetch from another host.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from myst_nb.core.read import read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig

import api
from notebooks import Book, read_notebook, take_outputs
from pages import API, BOOK, ROOT, page_names, source_of
from plain_markdown import MystError

BUILD = ROOT / "_build"
JUPYTER_BOOK = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build"]
STRICT = ["-W", "-n", "--keep-going"]


def prime_cache(book: Book) -> None:
    """Fill a new cache with each page, read as the site will read it, and its recorded outputs."""
    folder = BUILD / ".jupyter_cache"
    shutil.rmtree(folder, ignore_errors=True)
    cache = get_cache(folder)
    config = MdParserConfig(enable_extensions={"colon_fence", "dollarmath"})
    for name in book.with_code:
        source = source_of(name)
        page = read_myst_markdown_notebook(source.read_text(encoding="utf-8"), config)
        stored = read_notebook(name)
        stored.cells = [cell for cell in stored.cells if "companion" not in cell.metadata]
        take_outputs(page, stored)
        page.metadata.language_info = {"name": "python", "pygments_lexer": "ipython3"}
        bundle = CacheBundleIn(page, str(source))
        cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


class _Fetched(HTMLParser):
    """Collects what a browser fetches by itself when it shows a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag, attributes):
        """Note what a tag loads; a link to click on loads nothing."""
        values = dict(attributes)
        names = ["src", "data", "poster"]
        if tag == "link" and values.get("rel") not in {"canonical", "next", "prev", "index"}:
            names.append("href")
        self.addresses += [values[name] for name in names if values.get(name)]


def fetched_elsewhere(site: Path) -> list[str]:
    """What the pages and styles of a built site make a browser fetch from other hosts."""
    found = []
    for path in sorted(site.rglob("*.html")):
        page = _Fetched()
        page.feed(path.read_text(encoding="utf-8"))
        found += [f"{path.relative_to(site)}: {a}" for a in page.addresses]
    for path in sorted(site.rglob("*.css")):
        style = path.read_text(encoding="utf-8")
        addresses = re.findall(r"""(?:url\(|@import)\s*["']?([^"')\s;]+)""", style)
        found += [f"{path.relative_to(site)}: {a}" for a in addresses]
    return [each for each in found if re.search(r": (https?:)?//", each)]


def main() -> None:
    """Build, and say where the site is."""
    try:
        book = Book()
        stale = {name: reason for name in book.with_code if (reason := book.stale(name))}
    except MystError as error:
        sys.exit(str(error))
    if stale:
        reasons = "\n".join(f"  {name}: {reason}" for name, reason in stale.items())
        sys.exit(f"These notebooks are not up to date:\n{reasons}\nRun `make notebooks` first.")

    if API in page_names():
        try:
            api.write()
        except api.DocstringError as error:
            sys.exit(f"These docstrings cannot become pages:\n{error}")

    # Sphinx keeps what is gone from the sources, so start anew; it takes seconds.
    shutil.rmtree(BUILD / "html", ignore_errors=True)
    prime_cache(book)
    files = ["--config", ROOT / "_config.yml", "--toc", ROOT / "_toc.yml", "--path-output", ROOT]
    command = [*JUPYTER_BOOK, BOOK, *files, *STRICT, "--all", "-q"]
    if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
        sys.exit("The site is not built: what stands above, warnings included, is an error.")
    if elsewhere := fetched_elsewhere(BUILD / "html"):
        sys.exit("The site asks other hosts for:\n  " + "\n  ".join(elsewhere))
    print(f"The site is in {BUILD / 'html'}: open {BUILD / 'html' / 'index.html'}")


if __name__ == "__main__":
    main()
