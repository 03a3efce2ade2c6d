"""`{cheat-sheet} losses`: one small card for each function, for the page that fits on two sheets.

What stands on a card is in `book/reference/cheat_sheet.yml`, but for the formulas: those are copied
from the chapters, by label, where they are checked.
"""

from __future__ import annotations

import functools
import hashlib
import json

import yaml
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from notebooks import read_source
from pages import CHEAT_SHEET, source_of
from plain_markdown import Page

LINES = {
    "where": "",
    "means": "",
    "repairs": "Repairs ",
    "range": "Values ",
    "slope": "Slopes ",
    "defaults": "Defaults: ",
    "trap": "⚠ ",
}


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("cheat-sheet", CheatSheet)


def entries() -> dict[str, list[dict]]:
    """The cards of each family."""
    text = source_of(CHEAT_SHEET).with_suffix(".yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


@functools.cache
def labelled(page: str) -> dict[str, str]:
    """The displayed formulas of a chapter that have a label, without comments."""
    formulas = Page(page, read_source(source_of(page))).find("math")
    return {each.options["label"]: "\n".join(each.lines) for each in formulas
            if each.options.get("label")}  # fmt: skip


def digest() -> str:
    """A short name for what the sheet says, which no other sheet has."""
    cards = [card for family in entries().values() for card in family]
    formulas = [labelled(card["page"])[card[key]] for card in cards
                for key in ("formula", "gradient") if key in card]  # fmt: skip
    text = json.dumps([cards, formulas, source_of(CHEAT_SHEET).read_text(encoding="utf-8")])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class CheatSheet(SphinxDirective):
    """`{cheat-sheet} FAMILY`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Build the cards of a family."""
        sheet = nodes.container(classes=["cheat-sheet"])
        self.env.note_dependency(str(source_of(CHEAT_SHEET).with_suffix(".yml")))
        for entry in entries()[self.arguments[0]]:
            self.env.note_dependency(str(source_of(entry["page"])))
            sheet += self.card(entry)
        return [sheet]

    def card(self, entry: dict) -> nodes.container:
        """One card: name, formula, gradient, and a line for each of the rest."""
        card = nodes.container(classes=["card-of-sheet"])
        chapter = addnodes.pending_xref(
            "", nodes.inline("", entry["name"]), refdomain="std", reftype="doc",
            reftarget=f"/{entry['page']}", refexplicit=True, refwarn=True, refdoc=self.env.docname,
        )  # fmt: skip
        name = entry["function"]
        api = addnodes.pending_xref(
            "", nodes.literal("", name.rpartition(".")[2]), refdomain="py", reftype="obj",
            reftarget=name, refexplicit=True, refwarn=True, refdoc=self.env.docname,
        )  # fmt: skip
        title = nodes.paragraph("", "", nodes.strong("", "", chapter), nodes.Text(" "), api)
        card += title
        for key in ("formula", "gradient"):
            if label := entry.get(key):
                tex = labelled(entry["page"])[label]
                card += nodes.math_block(tex, tex, number=None, label=None, nowrap=False)
        for key, prefix in LINES.items():
            if text := entry.get(key):
                card += nodes.paragraph("", f"{prefix}{text}", classes=[key])
        return card
