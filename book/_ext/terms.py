"""The glossary in use: at its first mention on a page a term becomes a link to its entry."""

from __future__ import annotations

import functools
import re

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from pages import API, CHEAT_SHEET, GLOSSARY, source_of

# What holds no running text, or is a link, a formula or a question already.
OUTSIDE = (
    nodes.title, nodes.literal, nodes.math, nodes.reference, nodes.table, nodes.caption,
    nodes.figure, addnodes.pending_xref, addnodes.glossary, addnodes.desc,
)  # fmt: skip


def setup(app: Sphinx) -> None:
    """Link terms as soon as a page is read, before references are resolved."""
    app.connect("doctree-read", link_first_mentions)


def terms() -> list[str]:
    """The terms of the glossary: what stands at the left margin inside its block."""
    text = source_of(GLOSSARY).read_text(encoding="utf-8")
    blocks = re.findall(r"^(`{3,})\{glossary\}\n(.*?)^\1$", text, re.DOTALL | re.MULTILINE)
    lines = [line for _, block in blocks for line in block.splitlines()]
    return [line.strip() for line in lines if line and line[0] not in " :"]


@functools.cache
def spellings_of_terms() -> dict[str, re.Pattern]:
    """Each term, the longest first, and how it stands in a sentence; read once for all pages."""
    return {term: spelling(term) for term in sorted(terms(), key=len, reverse=True)}


def spelling(term: str) -> re.Pattern:
    """A term as it stands in a sentence: with a capital, in the plural, over a line's end."""
    words = re.escape(term[1:]).replace(r"\ ", r"\s+")
    first = re.escape(term[0])
    first = f"[{term[0].upper()}{term[0]}]" if term[0].islower() else first
    return re.compile(rf"(?<![\w-]){first}{words}(?:e?s)?(?![\w-])")


def link_first_mentions(app: Sphinx, doctree: nodes.document) -> None:
    """Put a reference in the place of each term's first mention."""
    page = app.env.docname
    if page in ("index", GLOSSARY, CHEAT_SHEET) or page.startswith(f"{API}/"):
        return
    waiting = dict(spellings_of_terms())
    for text in [node for node in doctree.findall(nodes.Text) if is_running_text(node)]:
        pieces = linked(str(text), waiting)
        if pieces != [text]:
            text.parent.replace(text, pieces)


def is_running_text(text: nodes.Text) -> bool:
    """Whether a text stands in a paragraph that is prose."""
    node, in_paragraph = text.parent, False
    while node is not None:
        if isinstance(node, OUTSIDE) or "question" in node.get("classes", []):
            return False
        in_paragraph |= isinstance(node, nodes.paragraph)
        node = node.parent
    return in_paragraph


def linked(text: str, waiting: dict[str, re.Pattern]) -> list[nodes.Node]:
    """`text` with the terms that it mentions as references; those no longer wait."""
    found = []
    for term, pattern in list(waiting.items()):
        match = pattern.search(text)
        if match and not any(
            match.start() < end and start < match.end() for start, end, _ in found
        ):
            found.append((match.start(), match.end(), term))
            del waiting[term]
    pieces: list[nodes.Node] = []
    position = 0
    for start, end, term in sorted(found):
        pieces += [nodes.Text(text[position:start])] if start > position else []
        reference = addnodes.pending_xref(
            "", refdomain="std", reftype="term", reftarget=term, refexplicit=True, refwarn=True
        )
        reference += nodes.inline("", text[start:end], classes=["xref", "std", "std-term"])
        pieces.append(reference)
        position = end
    return [*pieces, nodes.Text(text[position:])] if position < len(text) else pieces
