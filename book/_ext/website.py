"""Sphinx extension: what this site needs beyond Jupyter Book.

- MathJax comes from the site itself.
- Figures, tables and exercises are counted page by page, as equations are, and as in notebooks.
- Buttons open a page's executed notebook in Colab or on Binder, and download it with its outputs.
- A folded solution says so.
- `{explorable}` is a figure that runs in the page; its script is on no other page.
- A build that would execute a notebook fails.
"""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from docutils import nodes
from nbclient import NotebookClient
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinxcontrib.bibtex.plugin import register_plugin
from sphinxcontrib.bibtex.style.referencing import BracketStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

from pages import EXPLORABLES, NOTEBOOKS, Repository, explorable_id, notebook_of

# With every TeX extension inside, so that no page makes it load one more file.
MATHJAX = "tex-svg-full.js"


def setup(app: Sphinx) -> dict:
    """Register everything with Sphinx."""
    register_plugin("sphinxcontrib.bibtex.style.referencing", "round", RoundBrackets)
    app.config.mathjax_path = f"mathjax/{MATHJAX}"
    app.add_node(RunningFigure, html=(open_explorable, close_explorable))
    app.add_directive("explorable", Explorable)
    app.connect("config-inited", keep_explorables_off)
    app.connect("builder-inited", forbid_execution)
    app.connect("doctree-read", name_solutions)
    app.connect("env-check-consistency", count_page_by_page)
    app.connect("html-page-context", start_explorables)
    app.connect("html-page-context", add_buttons, priority=900)
    app.connect("build-finished", copy_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def round_brackets() -> BracketStyle:
    """Kingma and Ba (2015), not [2015]."""
    return BracketStyle(left="(", right=")")


@dataclass
class RoundBrackets(AuthorYearReferenceStyle):
    """Citations by author and year, as in the notebooks."""

    bracket_textual: BracketStyle = field(default_factory=round_brackets)
    bracket_parenthetical: BracketStyle = field(default_factory=round_brackets)


class RunningFigure(nodes.General, nodes.Element):
    """A figure that runs in the page. Its children are the text alternative."""


class Explorable(SphinxDirective):
    """`{explorable} NAME`, with the text alternative as its body."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Parse the text alternative, and say before it what it stands for."""
        name = self.arguments[0]
        if not (EXPLORABLES / f"{name}.js").is_file():
            raise self.error(f"there is no explorable {name!r}")
        node = RunningFigure(name=name)
        self.state.nested_parse(self.content, self.content_offset, node)
        if not node.children or not isinstance(node[0], nodes.paragraph):
            raise self.error(f"the explorable {name!r} needs a text alternative")
        node[0][:0] = [nodes.strong("", "Explorable."), nodes.Text(" ")]
        return [node]


def open_explorable(writer, node: RunningFigure) -> None:
    """Begin the figure that main.js fills. Before it does, the caption is all there is to see."""
    name = node["name"]
    label = name.replace("-", " ").capitalize()
    writer.body.append(
        f'<figure class="explorable" id="{explorable_id(name)}" data-explorable="{name}" '
        f'role="group" aria-label="{label}">\n<figcaption>\n'
    )


def close_explorable(writer, node: RunningFigure) -> None:
    """End caption and figure."""
    writer.body.append("</figcaption>\n</figure>\n")


def keep_explorables_off(app: Sphinx, config) -> None:
    """Jupyter Book puts every script and style below _static on every page; not these."""
    for files in (config.html_js_files, config.html_css_files):
        files[:] = [file for file in files if not str(file).startswith(f"{EXPLORABLES.name}/")]


def start_explorables(app: Sphinx, pagename: str, template: str, context: dict, doctree) -> None:
    """Put script and style on a page that has an explorable."""
    if doctree is not None and any(doctree.findall(RunningFigure)):
        app.add_css_file(f"{EXPLORABLES.name}/explore.css")
        app.add_js_file(f"{EXPLORABLES.name}/main.js", type="module")


def forbid_execution(app: Sphinx) -> None:
    """Make it impossible to start a kernel: the site shows what the tests have replayed."""

    def refuse(client, *_, **__):
        raise RuntimeError("the site is built from notebooks/ and executes nothing")

    NotebookClient.async_start_new_kernel = refuse


def name_solutions(app: Sphinx, doctree: nodes.document) -> None:
    """Say on a folded solution what it is."""
    for cell in doctree.findall(nodes.container):
        if "tag_solution" in cell["classes"] and "hide_mode" in cell:
            cell["prompt_show"] = "Show the solution"
            cell["prompt_hide"] = "Hide the solution"


def count_page_by_page(app: Sphinx, env) -> None:
    """Let the numbers of figures, tables and exercises start at 1 on every page."""
    for kinds in env.toc_fignumbers.values():
        for kind, numbers in kinds.items():
            in_order = sorted(numbers, key=numbers.get)
            kinds[kind] = {node: (count,) for count, node in enumerate(in_order, start=1)}


def add_buttons(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Put Colab, Binder and the download in front of the theme's own buttons."""
    if not notebook_of(pagename).exists():
        return
    repository = Repository.from_config()

    def button(text: str, url: str, icon: str, tooltip: str) -> dict:
        return {"type": "link", "text": text, "url": url, "icon": icon, "tooltip": tooltip}

    download = context["pathto"](f"_notebooks/{pagename}.ipynb", 1)
    context["header_buttons"][:0] = [
        {
            "type": "group",
            "label": "launch-buttons",
            "icon": "fas fa-rocket",
            "tooltip": "Run this page",
            "buttons": [
                button(
                    "Colab",
                    repository.colab(pagename),
                    "_static/images/logo_colab.png",
                    "Open the notebook in Google Colab",
                ),
                button(
                    "Binder",
                    repository.binder(pagename),
                    "_static/images/logo_binder.svg",
                    "Open the notebook on Binder",
                ),
            ],
        },
        button("", download, "fas fa-download", "Download the notebook with its outputs"),
    ]


def copy_files(app: Sphinx, error: Exception | None) -> None:
    """Add MathJax and the notebooks to the finished site."""
    if error:
        return
    package = importlib.util.find_spec("sphinx-mathjax-offline").submodule_search_locations[0]
    mathjax = Path(app.outdir, "_static", "mathjax", MATHJAX)
    mathjax.parent.mkdir(exist_ok=True)
    shutil.copyfile(Path(package, "static", "mathjax", MATHJAX), mathjax)
    for notebook in NOTEBOOKS.rglob("*.ipynb"):
        copy = Path(app.outdir, "_notebooks", notebook.relative_to(NOTEBOOKS))
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(notebook, copy)
