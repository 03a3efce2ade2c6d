"""What leaves the site: links that look right elsewhere, old addresses, and notebooks to keep.

- Each page says in JSON-LD what it is, for search engines; sphinxext.opengraph draws its card.
- An address that moved (`old -> new` in `book/addresses.txt`) leads on to the new one.
- Each page's notebook can be downloaded, and all of them as one archive. `{built}` links to such a
  file; `{built-later}` is hidden until `pdf.py` has made it.
"""

from __future__ import annotations

import html
import json
import posixpath
import shutil
import zipfile
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from pages import (
    ADDRESSES,
    ARCHIVE,
    NOTEBOOKS,
    Repository,
    notebook_of,
    page_names,
    prerequisites,
    reading_time,
)

REDIRECT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Moved</title>
<meta http-equiv="refresh" content="0; url={new}">
<link rel="canonical" href="{new}">
</head>
<body><p>This page has moved: <a href="{new}">read on there</a>.</p></body>
</html>
"""


def setup(app: Sphinx) -> None:
    """Register everything with Sphinx."""
    app.config.ogp_site_url = f"{Repository.from_config().site}/"
    app.add_node(BuiltFile, html=(open_link, close_link))
    app.add_role("built", BuiltRole())
    app.add_role("built-later", BuiltRole())
    app.connect("html-page-context", describe, priority=950)
    app.connect("build-finished", write_notebooks)
    app.connect("build-finished", write_redirects)


class BuiltFile(nodes.General, nodes.Inline, nodes.TextElement):
    """A link to a file that the build makes, by its path in the site."""


class BuiltRole(SphinxRole):
    """`{built}` and `{built-later}`: words, then the file in angle brackets."""

    def run(self) -> tuple[list[nodes.Node], list]:
        """Split the words from the file."""
        words, _, file = self.text.rstrip(">").rpartition("<")
        later = self.name.endswith("later")
        return [BuiltFile("", "", nodes.Text(words.rstrip()), file=file, later=later)], []


def open_link(writer, node: BuiltFile) -> None:
    """Begin the link."""
    here = writer.builder.get_target_uri(writer.builder.current_docname)
    there = posixpath.relpath(node["file"], posixpath.dirname(here) or ".")
    writer.body.append(f'<a href="{there}"{" hidden" if node["later"] else ""}>')


def close_link(writer, node: BuiltFile) -> None:
    """End it."""
    writer.body.append("</a>")


def describe(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """Say what a page is, in schema.org's words."""
    if doctree is None or page not in page_names():
        return
    repository = Repository.from_config()
    paragraph = next(iter(doctree.findall(nodes.paragraph)), None)
    data = {
        "@context": "https://schema.org",
        "@type": "Course" if page == "index" else "LearningResource",
        "name": html.unescape(context["title"]),
        "description": paragraph.astext().replace("\n", " ") if paragraph else "",
        "url": repository.page(page),
        "inLanguage": "en",
        "isAccessibleForFree": True,
        "provider" if page == "index" else "isPartOf": {
            "@type": "Organization" if page == "index" else "Course",
            "name": app.config.project,
            "url": repository.page("index"),
        },
    }
    if minutes := reading_time(page):
        data["timeRequired"] = f"PT{minutes}M"
    if needed := prerequisites(page):
        data["competencyRequired"] = [repository.page(name) for name in needed]
    if notebook_of(page).exists():
        data["learningResourceType"] = "executable notebook"
    text = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
    context["metatags"] += f'<script type="application/ld+json">{text}</script>\n'


def write_notebooks(app: Sphinx, error: Exception | None) -> None:
    """Copy the notebooks, and put all of them into one archive, which has the same bytes again."""
    if error:
        return
    archive = Path(app.outdir, ARCHIVE)
    archive.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as together:
        for notebook in sorted(NOTEBOOKS.rglob("*.ipynb")):
            name = notebook.relative_to(NOTEBOOKS)
            copy = archive.parent / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(notebook, copy)
            entry = zipfile.ZipInfo(f"deep-learning-derived/{name.as_posix()}")
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            together.writestr(entry, notebook.read_bytes())


def addresses() -> dict[str, str]:
    """Every address that the site ever had, and the page that stands for it now."""
    lines = ADDRESSES.read_text(encoding="utf-8").splitlines()
    pairs = [line.partition(" -> ") for line in lines if line and not line.startswith("#")]
    return {old: new or old for old, _, new in pairs}


def write_redirects(app: Sphinx, error: Exception | None) -> None:
    """Write a page that leads on wherever an address has moved."""
    for old, new in {} if error else addresses().items():
        if old != new:
            path = Path(app.outdir, f"{old}.html")
            path.parent.mkdir(parents=True, exist_ok=True)
            there = posixpath.relpath(f"{new}.html", posixpath.dirname(old) or ".")
            path.write_text(REDIRECT.format(new=there), encoding="utf-8")
