"""Formulas, set by KaTeX while the site is built: pages need no script to show them.

A formula becomes HTML, which a browser lays out at once and without a jump, and MathML, which a
screen reader says aloud. What KaTeX does not know is a warning, which fails the build.
"""

from __future__ import annotations

import functools
import json
import re

from docutils import nodes
from py_mini_racer import MiniRacer
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from pages import KATEX

# KaTeX' fonts, and the classes that take them: those that more than a few pages need.
FONTS = {
    "Main-Regular": "katex",
    "Math-Italic": "mathnormal",
    "Size1-Regular": "delimsizing size1|small-op|delim-size1",
    "Size2-Regular": "delimsizing size2|large-op",
    "Size3-Regular": "delimsizing size3",
    "Size4-Regular": "delimsizing size4|delim-size4",
    "Main-Bold": "mathbf",
}

ENDS = "</span>" * 3  # of the last box, of what is seen, and of all

logger = logging.getLogger(__name__)


def setup(app: Sphinx) -> None:
    """Register the renderer and its style."""
    app.add_html_math_renderer("katex", (inline_formula, None), (displayed_formula, None))
    app.connect("config-inited", choose_katex, priority=900)
    app.connect("doctree-resolved", keep_marks)
    app.connect("html-page-context", load_fonts)


def choose_katex(app: Sphinx, config) -> None:
    """Let no other extension bring another renderer, nor its script."""
    config.html_math_renderer = "katex"
    config.html_css_files.insert(0, (f"{KATEX.name}/katex.min.css", {}))


def load_fonts(app: Sphinx, pagename: str, template: str, context: dict, doctree) -> None:
    """Fetch the fonts with the page that needs them, so that no line is laid out twice."""
    if doctree is None or not any(doctree.findall(is_formula)):
        return
    for font, classes in FONTS.items():
        if re.search(rf'class="[^"]*\b({classes})\b', context["body"]):
            address = context["pathto"](f"_static/{KATEX.name}/fonts/KaTeX_{font}.woff2", 1)
            context["metatags"] += (
                f'<link rel="preload" href="{address}" as="font" type="font/woff2" crossorigin>\n'
            )


def is_formula(node: nodes.Node) -> bool:
    """Whether a node is a formula, in a line or displayed."""
    return isinstance(node, nodes.math | nodes.math_block)


def keep_marks(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Give a formula in a line the comma or full stop after it, which is to stay beside it."""
    for formula in list(doctree.findall(nodes.math)):
        after = formula.next_node(descend=False, siblings=True)
        if isinstance(after, nodes.Text) and (mark := re.match(r"[,.;:!?)…’-]+", after)):
            formula["mark"] = mark[0]
            after.parent.replace(after, nodes.Text(after[mark.end() :]))


def inline_formula(writer, node: nodes.math) -> None:
    """A formula in a line; the mark after it goes into its last box."""
    html = html_of(node.astext(), False, node)
    if mark := node.get("mark"):
        ends = ENDS if html.endswith(ENDS) else ""
        html = f'{html.removesuffix(ends)}<span class="follows">{mark}</span>{ends}'
    writer.body.append(html)
    raise nodes.SkipNode


def displayed_formula(writer, node: nodes.math_block) -> None:
    """A displayed formula, with its number where it has one."""
    writer.body.append(writer.starttag(node, "div", CLASS="math"))
    if node["number"]:
        number = get_node_equation_number(writer, node)
        writer.body.append(f'<span class="eqno">({number})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    tex = "\n".join(line for line in node.astext().splitlines() if line.strip())
    if r"\\" in tex:
        tex = f"\\begin{{split}}{tex}\\end{{split}}"
    writer.body.append(f"{html_of(tex, True, node)}</div>\n")
    raise nodes.SkipNode


def html_of(tex: str, display: bool, node: nodes.Node) -> str:
    """The HTML and MathML of a formula; a display is in a box (see `formulas.js`)."""
    try:
        html = "".join(rendered(part, display) for part in (in_parts(tex) if display else [tex]))
    except Exception as error:  # whatever JavaScript throws
        logger.warning("KaTeX refuses %r: %s", tex, error, location=node)
        return nodes.Text(tex).astext()
    return f'<div class="formula">{html}</div>' if display else html


def in_parts(tex: str) -> list[str]:
    r"""The parts of a display between wide spaces: on a phone they stand below each other.

    Example:
        >>> in_parts(r"a = 1, \qquad \begin{cases} b \qquad c \end{cases}")
        ['a = 1,', '\\begin{cases} b \\qquad c \\end{cases}']
    """
    parts, depth = [""], 0
    for token in re.split(
        r"(\\qquad(?![a-zA-Z])|\\begin\b|\\end\b|\\left\b|\\right\b|(?<!\\)[{}])", tex
    ):
        depth += (token in ("{", r"\begin", r"\left")) - (token in ("}", r"\end", r"\right"))
        if token == r"\qquad" and depth == 0:
            parts.append("")
        else:
            parts[-1] += token
    return [part.strip() for part in parts if part.strip()]


@functools.cache
def rendered(tex: str, display: bool) -> str:
    """What `katex.renderToString` returns."""
    options = {"displayMode": display, "output": "htmlAndMathml", "strict": "error"}
    return engine().eval(f"katex.renderToString({json.dumps(tex)}, {json.dumps(options)})")


@functools.cache
def engine() -> MiniRacer:
    """A JavaScript engine with KaTeX, one for each process."""
    racer = MiniRacer()
    racer.eval((KATEX / "katex.min.js").read_text(encoding="utf-8"))
    return racer
