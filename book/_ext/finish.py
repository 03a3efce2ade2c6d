"""The last hand on the built pages: what the theme and Sphinx leave open.

- The colours of the system hold from the first moment, also where nothing is stored yet.
- The sidebar is a landmark, its folds have names, a signature of several lines is no list, and an
  empty corner of a table is no header.
- A table's cell of nothing but links says so in its class, for the style.
- Images say how large they are, so that nothing moves when they arrive, and use as few colours as
  a figure needs.
- What only the search needs does not keep a page waiting.
"""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image
from sphinx.application import Sphinx

MODE = """\
const dark = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    document.documentElement.dataset.mode = localStorage.getItem("mode") || "auto";
    document.documentElement.dataset.theme = localStorage.getItem("theme") || dark;"""
REPLACEMENTS = [
    (
        r'document\.documentElement\.dataset\.mode = localStorage.*?\|\| "";\s*'
        r'document\.documentElement\.dataset\.theme = localStorage.*?\|\| "";',
        MODE,
    ),
    (r'<body data-default-mode="">', '<body data-default-mode="auto">'),
    (
        r'<div id="pst-primary-sidebar"',
        '<div id="pst-primary-sidebar" role="complementary" aria-label="The course"',
    ),
    (
        r'<summary>(?=<span class="toctree-toggle")',
        '<summary aria-label="Show or hide the pages below">',
    ),
    (r' id="(exercise|solution)-content"', ""),  # one for each exercise, so of no use
    (r' role="doc-biblioentry"', ' role="listitem"'),  # it stands in a list
    (
        r'(<td[^>]*>)<p>(?=(?:<a class="reference[^>]*>(?:(?!</a>).)*</a>[\s,·]*)+</p>\s*</td>)',
        r'\1<p class="links">',
    ),
    (r"<th[^>]*>\s*(<p>\s*</p>)?\s*</th>", "<td></td>"),  # a corner names no column
    (
        r'<dl>(\s*(?:<dd><em class="sig-param">.*?</dd>\s*)+)</dl>',
        lambda match: re.sub("(</?)dd>", r"\1div>", f'<div class="sig-params">{match[1]}</div>'),
    ),
]
# What only the search needs; its own page has scripts that rely on the order.
LATER = r'<script(?= src="[./]*(?:_static/(?:searchtools|language_data)|searchindex)\.js)'
IMAGE = re.compile(r'<img(?P<before>[^>]*?) src="(?P<source>[^":]+)"(?P<after>[^>]*)>')
COLOURS = 256


def setup(app: Sphinx) -> None:
    """Finish what has been built, before anything is added to it."""
    app.connect("build-finished", finish, priority=100)


def finish(app: Sphinx, error: Exception | None) -> None:
    """Go over every page and every figure."""
    if error:
        return
    for picture in Path(app.outdir, "_images").glob("*.png"):
        lighten(picture)
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        page.write_text(finished(text, page.parent, page.name), encoding="utf-8")


def finished(text: str, folder: Path, name: str) -> str:
    """The text of a page with everything mended. Each mend that finds nothing changes nothing."""
    for pattern, replacement in REPLACEMENTS:
        text = re.sub(pattern, replacement, text, flags=re.DOTALL)
    if name != "search.html":
        text = re.sub(LATER, "<script defer", text)
    return IMAGE.sub(lambda match: with_size(match, folder), text)


def with_size(match: re.Match, folder: Path) -> str:
    """An `img` with the width and height of its file, where neither is said."""
    file = folder / match["source"].partition("?")[0]
    if re.search(r'\b(width|height|style)="', match[0]) or file.suffix != ".png":
        return match[0]
    width, height = Image.open(file).size
    return f'{match[0][:4]} width="{width}" height="{height}"{match[0][4:]}'


def lighten(picture: Path) -> None:
    """Write a figure with a palette, if that is smaller."""
    with Image.open(picture) as image:
        if image.mode == "P" or (image.mode == "RGBA" and image.getextrema()[3][0] < 255):
            return
        palette = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    before = picture.read_bytes()
    palette.save(picture, optimize=True)
    if picture.stat().st_size >= len(before):
        picture.write_bytes(before)
