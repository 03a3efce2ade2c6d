"""Print the built site: the whole book as one PDF with bookmarks, or one page.

    .venv/bin/python book/_ext/pdf.py                _build/html/deep-learning-derived.pdf
    .venv/bin/python book/_ext/pdf.py --cheat-sheet  book/_static/cheat-sheet.pdf, for a commit

Chromium prints what it would show on paper; it has to be installed, or fetched by
`.venv/bin/playwright install chromium`. Links between the pages lead to the published site.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

from playwright.sync_api import Page
from pypdf import PdfReader, PdfWriter

from browser import open_browser, serve
from cheat_sheet import digest
from pages import API, BOOK, CHEAT_SHEET, ROOT, Repository, page_names, parts

SITE = ROOT / "_build" / "html"
BOOK_PDF = SITE / "deep-learning-derived.pdf"
CHEAT_SHEET_PDF = BOOK / "_static" / "cheat-sheet.pdf"
SOURCE = "/Source"  # in the PDF: what it was made from, so that a test sees when it is outdated
TO_THE_PUBLISHED_SITE = """([here, there]) => {
  for (const link of document.querySelectorAll("a[href]")) {
    const own = link.getAttribute("href"), full = new URL(own, location).href;
    if (full.startsWith(here) && !own.startsWith("#"))
      link.setAttribute("href", full.replace(here, there));
  }
}"""
FOOTER = (
    '<div style="width: 100%; font-size: 7pt; text-align: center; color: #555">'
    '<span class="pageNumber"></span></div>'
)
MARGINS = {"top": "16mm", "bottom": "16mm", "left": "17mm", "right": "17mm"}
NARROW = {"top": "8mm", "bottom": "7mm", "left": "8mm", "right": "8mm"}


def printed(tab: Page, address: str, page: str, **options) -> bytes:
    """One page of the site as PDF, in light colours, its links leading to the published site."""
    tab.goto(f"{address}/{page}.html", wait_until="load")
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 1060 if options.get("landscape") else 660, "height": 900})
    tab.evaluate("document.fonts.ready.then(fitFormulas)")
    tab.evaluate(TO_THE_PUBLISHED_SITE, [address, Repository.from_config().site])
    return tab.pdf(format="A4", print_background=True, **options)


def whole_book(tab: Page, address: str) -> None:
    """All chapters in reading order, with a bookmark for each part and each page."""
    part_of = {page: part for part, pages in parts().items() for page in pages}
    book, shown_part, bookmark = PdfWriter(), None, None
    names = [page for page in page_names() if page != API]
    for number, page in enumerate(names, start=1):
        print(f"\r  page {number} of {len(names)}: {page:<40}", end="", flush=True)
        content = printed(tab, address, page, margin=MARGINS, footer_template=FOOTER,
                          header_template="<span></span>", display_header_footer=True)  # fmt: skip
        first = len(book.pages)
        book.append(PdfReader(io.BytesIO(content)), import_outline=False)
        if part_of.get(page) != shown_part:
            shown_part = part_of[page]
            bookmark = book.add_outline_item(shown_part, first, bold=True)
        book.add_outline_item(tab.title().partition(" — ")[0], first, parent=bookmark)
    book.add_metadata({"/Title": "Deep Learning, Derived", "/Lang": "en"})
    book.compress_identical_objects()
    partial = BOOK_PDF.with_suffix(".partial")
    book.write(partial)
    partial.replace(BOOK_PDF)
    for page in SITE.rglob("*.html"):  # what leads to it need no longer be hidden
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace(f'{BOOK_PDF.name}" hidden', f'{BOOK_PDF.name}"'), "utf-8")
    print(f"\n{BOOK_PDF}: {len(book.pages)} pages, {BOOK_PDF.stat().st_size / 1e6:.0f} MB")


def cheat_sheet(tab: Page, address: str) -> None:
    """The cheat sheet alone, on two sheets, without the date on which it was made."""
    content = printed(tab, address, CHEAT_SHEET, margin=NARROW, landscape=True)
    sheet = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    title = "Losses, activations and optimizers on two sheets"
    sheet.metadata = {"/Title": title, SOURCE: digest()}
    sheet.write(CHEAT_SHEET_PDF)
    print(f"{CHEAT_SHEET_PDF}: {len(sheet.pages)} sheets")


def main() -> None:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--cheat-sheet", action="store_true", help="only that one page")
    arguments = parser.parse_args()
    if not Path(SITE, "index.html").is_file():
        sys.exit("There is no site yet: run `make book` first.")
    with serve(SITE) as address, open_browser() as browser:
        tab = browser.new_page(color_scheme="light")
        (cheat_sheet if arguments.cheat_sheet else whole_book)(tab, address)


if __name__ == "__main__":
    main()
