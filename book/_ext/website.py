"""Sphinx extension: what this site needs beyond Jupyter Book.

- Formulas are set while the site is built (`formulas_in_html.py`).
- The first mention of a term links to the glossary (`terms.py`); the search knows its spellings.
- Figures, tables and exercises are counted page by page, as equations are, and as in notebooks.
- Buttons open a page's executed notebook in Colab or on Binder, and download it with its outputs.
- A folded solution says so.
- `{explorable}` is a figure that runs in the page; its script is on no other page.
- `{question}` asks, and answers each choice; `{course-map}` draws the chapters (`course_map.py`).
- `{cheat-sheet}` prints the chapters' formulas side by side (`cheat_sheet.py`).
- What the theme leaves open is mended last (`finish.py`).
- Cards, structured data, old addresses and the archive of notebooks: `sharing.py`.
- A build that would execute a notebook fails.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import ClassVar

import sphinx.search
from docutils import nodes
from docutils.statemachine import StringList
from nbclient import NotebookClient
from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish
from sphinx.util.docutils import SphinxDirective
from sphinxcontrib.bibtex.plugin import register_plugin
from sphinxcontrib.bibtex.style.referencing import BracketStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

import cheat_sheet
import course_map
import finish
import formulas_in_html
import sharing
import terms
from pages import EXPLORABLES, KATEX, Repository, explorable_id, notebook_of
from questions import QuestionError, parse_question
from spellings import spellings


def setup(app: Sphinx) -> dict:
    """Register everything with Sphinx."""
    register_plugin("sphinxcontrib.bibtex.style.referencing", "round", RoundBrackets)
    for module in (formulas_in_html, terms, course_map, cheat_sheet, sharing, finish):
        module.setup(app)
    sphinx.search.languages["en"] = English
    app.add_node(QuestionNode, html=(open_question, close_question), text=(nothing, nothing))
    app.add_node(AnswerNode, html=(open_answer, close_answer), text=(nothing, nothing))
    app.add_node(ChoiceNode, html=(open_choice, close_choice), text=(nothing, nothing))
    app.add_directive("question", QuestionDirective)
    app.add_node(RunningFigure, html=(open_explorable, close_explorable))
    app.add_directive("explorable", Explorable)
    app.connect("config-inited", keep_off)
    app.connect("builder-inited", forbid_execution)
    app.connect("doctree-read", name_solutions)
    app.connect("env-check-consistency", count_page_by_page)
    app.connect("html-page-context", start_explorables)
    app.connect("html-page-context", add_buttons, priority=900)
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
        place, title = explorable_id(name), name.replace("-", " ").capitalize()
        labels = self.env.get_domain("std")
        labels.note_hyperlink_target(place, self.env.docname, place, title)
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


def keep_off(app: Sphinx, config) -> None:
    """Jupyter Book puts every script and style below _static on every page; not these."""
    own = (f"{EXPLORABLES.name}/", f"{KATEX.name}/")
    for files in (config.html_js_files, config.html_css_files):
        files[:] = [file for file in files if not str(file).startswith(own)]


def start_explorables(app: Sphinx, pagename: str, template: str, context: dict, doctree) -> None:
    """Put script and style on a page that has an explorable."""
    if doctree is not None and any(doctree.findall(RunningFigure)):
        app.add_css_file(f"{EXPLORABLES.name}/explore.css")
        app.add_js_file(f"{EXPLORABLES.name}/main.js", type="module")


class QuestionNode(nodes.General, nodes.Element):
    """A question: its text, then its answers."""


class AnswerNode(nodes.General, nodes.Element):
    """An answer, `right` or not: the choice, then why it is right or not."""


class ChoiceNode(nodes.General, nodes.Element):
    """What one can choose."""


class QuestionDirective(SphinxDirective):
    """`{question}`, in the form that `questions.py` reads."""

    has_content = True
    option_spec: ClassVar[dict] = {"check": str}

    def run(self) -> list[nodes.Node]:
        """Parse the text, the choices and the explanations as Markdown."""
        try:
            question = parse_question(list(self.content))
        except QuestionError as error:
            raise self.error(f"a question in the wrong form: {error}") from None
        node = QuestionNode(classes=["question"])
        self.parse(question.text, 0, node)
        for answer in question.answers:
            choice, because = ChoiceNode(), AnswerNode(right=answer.right)
            self.parse(answer.text, answer.line, choice)
            because += choice
            self.parse(answer.explanation, answer.line, because)
            if not isinstance(because[1], nodes.paragraph):
                raise self.error("an explanation begins with a paragraph")
            verdict = nodes.strong("", "Yes." if answer.right else "No.")
            because[1][:0] = [verdict, nodes.Text(" ")]
            node += because
        return [node]

    def parse(self, lines: list[str], line: int, node: nodes.Node) -> None:
        """Parse some lines of the body into `node`."""
        content = StringList(lines, self.env.doc2path(self.env.docname))
        self.state.nested_parse(content, self.content_offset + line, node)


def open_question(writer, node: QuestionNode) -> None:
    """Begin a question."""
    writer.body.append('<div class="question" role="group" aria-label="Question">\n')


def close_question(writer, node: QuestionNode) -> None:
    """End a question."""
    writer.body.append("</div>\n")


def open_answer(writer, node: AnswerNode) -> None:
    """Begin an answer, which is folded; it needs no script."""
    kind = "right" if node["right"] else "not-right"
    writer.body.append(f'<details class="answer {kind}">\n')


def close_answer(writer, node: AnswerNode) -> None:
    """End an answer."""
    writer.body.append("</details>\n")


def open_choice(writer, node: ChoiceNode) -> None:
    """Begin what one clicks on."""
    # axe-core, and who listens, may find no words in a choice that is a formula alone.
    writer.body.append('<summary><span class="visually-hidden">Answer: </span>')
    node[:] = node[0].children  # the words alone, without a paragraph around them


def close_choice(writer, node: ChoiceNode) -> None:
    """End it."""
    writer.body.append("</summary>\n")


def nothing(writer, node: nodes.Node) -> None:
    """Where there is no markup."""


class English(SearchEnglish):
    """Sphinx' index of words; `log-cosh`, `log_cosh` and `LogCosh` are found as one another."""

    def split(self, input: str) -> list[str]:
        """Every word in all of its spellings."""
        words = super().split(input)
        words += [word.replace("-", "_") for word in re.findall(r"\w+(?:-\w+)+", input)]
        return [spelling for word in words for spelling in spellings(word)]


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
