"""`{course-map}`: the chapters as a picture, with a line from each to those that build on it.

The lines are what "You need" says on the pages, without those that others imply. Drawn twice, for
a wide window and for a phone; the style shows one of them. Every box is a link.
"""

from __future__ import annotations

import html
import textwrap

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from pages import parts, prerequisites

BOX, ROW, GAP, HEAD = 46, 66, 14, 34  # height of a box, of a row, between boxes, of a part's name
WIDTHS = {"wide": (700, 4, 21), "narrow": (360, 2, 21)}  # width, boxes in a row, letters in a line
LEFT_OUT = {"Start", "Reference"}


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_node(CourseMap, html=(draw, None), text=(skip, None))
    app.add_directive("course-map", CourseMapDirective)


class CourseMap(nodes.General, nodes.Element):
    """The place of the map on a page."""


class CourseMapDirective(SphinxDirective):
    """`{course-map}`, without arguments."""

    def run(self) -> list[nodes.Node]:
        """Leave a place; the titles are known only when all pages are read."""
        return [CourseMap()]


def skip(writer, node: CourseMap) -> None:
    """Say nothing where there are no pictures."""
    raise nodes.SkipNode


def draw(writer, node: CourseMap) -> None:
    """Both drawings."""
    shown = {part: pages for part, pages in parts().items() if part not in LEFT_OUT}
    needs = direct_needs([page for pages in shown.values() for page in pages])
    env, here = writer.builder.env, writer.builder.current_docname
    titles = {page: env.titles[page].astext().partition(":")[0] for page in needs}
    links = {page: writer.builder.get_relative_uri(here, page) for page in needs}
    writer.body.append('<figure class="course-map">\n')
    for name, size in WIDTHS.items():
        writer.body.append(drawing(name, size, shown, needs, titles, links))
    writer.body.append("</figure>\n")
    raise nodes.SkipNode


def direct_needs(pages: list[str]) -> dict[str, list[str]]:
    """For each page those that it needs, but none that another of them needs already."""
    needs: dict[str, list[str]] = {}
    implied: dict[str, set[str]] = {}
    for page in pages:
        # A chapter may name a later one that "helps"; lines only lead onward.
        own = [other for other in prerequisites(page) if other in needs]
        further = set().union(*(implied[other] for other in own))
        needs[page] = [other for other in own if other not in further]
        implied[page] = further.union(own)
    return needs


def drawing(name: str, size: tuple, shown: dict, needs: dict, titles: dict, links: dict) -> str:
    """One drawing, as SVG."""
    width, columns, letters = size
    box = (width - GAP * (columns - 1)) / columns
    places, names, top = {}, [], 0.0
    for part, pages in shown.items():
        names.append(f'<text class="part" x="0" y="{top + 20:g}">{html.escape(part)}</text>')
        top += HEAD
        for number, page in enumerate(pages):
            row, column = divmod(number, columns)
            places[page] = (column * (box + GAP), top + row * ROW)
        top += ROW * -(-len(pages) // columns) + 6

    def curve(start: str, end: str) -> str:
        (x0, y0), (x1, y1) = places[start], places[end]
        if y0 == y1 and x1 > x0 and x1 - x0 < 1.5 * box:
            path = f"M{x0 + box:g} {y0 + BOX / 2:g}H{x1:g}"
        else:
            x0, x1, y0 = x0 + box / 2, x1 + box / 2, y0 + BOX
            bend = 12 if y1 > y0 else -12
            path = f"M{x0:g} {y0:g}C{x0:g} {y0 + bend + 8:g} {x1:g} {y1 - bend - 8:g} {x1:g} {y1:g}"
        return f'<path class="to-{order[end]}" d="{path}"/>'

    order = {page: f"{name}-{number}" for number, page in enumerate(places)}
    lines = [curve(other, page) for page, others in needs.items() for other in others]
    boxes, rules = [], []
    for page, (x, y) in places.items():
        rows = textwrap.wrap(titles[page], letters)
        if len(rows) > 2:  # what stands before the comma is enough
            short = titles[page].partition(",")[0]
            rows = textwrap.wrap(short, letters, max_lines=2, placeholder="…")
        first = y + BOX / 2 + 4.5 - 7.5 * (len(rows) - 1)
        text = "".join(
            f'<tspan x="{x + 9:g}" y="{first + 15 * number:g}">{html.escape(row)}</tspan>'
            for number, row in enumerate(rows)
        )
        others = ", ".join(titles[other] for other in needs[page])
        needed = f". Builds on: {others}" if others else ""
        said = html.escape(f"{titles[page]}{needed}", quote=True)
        boxes.append(
            f'<a id="{order[page]}" href="{links[page]}" aria-label="{said}"><title>{said}</title>'
            f'<rect x="{x:g}" y="{y:g}" width="{box:g}" height="{BOX}" rx="7"/>'
            f"<text>{text}</text></a>"
        )
        rules.append(
            f"svg:has(#{order[page]}:is(:hover,:focus)) .to-{order[page]}"
            "{stroke:var(--pst-color-secondary);stroke-width:2.5;opacity:1}"
        )
    content = "\n".join([*lines, *names, *boxes])
    return (
        f'<svg class="{name}" viewBox="-2 0 {width + 4:g} {top:g}" role="group" '
        f'aria-label="Map of the course: {len(places)} chapters in {len(shown)} parts">\n'
        f"<style>{''.join(rules)}</style>\n{content}\n</svg>\n"
    )
