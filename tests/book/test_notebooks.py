"""The pages of the book and the notebooks made from them."""

import re
from pathlib import Path

import pytest

import notebooks
from notebooks import Book, PageError, code_cells, faults, orphans, read_notebook
from pages import page_names, source_of
from plain_markdown import Bibliography, MystError, Page, Translator

WITH_CODE = [page for page in page_names() if "{code-cell}" in source_of(page).read_text("utf-8")]
each_notebook = pytest.mark.parametrize("page", WITH_CODE)


@pytest.fixture(scope="module")
def book():
    return Book()


def tags(cell):
    return cell.metadata.get("tags", [])


def generated(notebook, kind):
    """The cells of one kind that the page itself does not have, with the cell after each."""
    return [
        (cell, notebook.cells[i + 1] if i + 1 < len(notebook.cells) else None)
        for i, cell in enumerate(notebook.cells)
        if cell.metadata.get("companion", {}).get("generated") == kind
    ]


# The notebooks as they are stored


@each_notebook
def test_writing_the_notebook_again_would_change_no_byte(book, page):
    assert not book.stale(page), "run `make notebooks`"


def test_every_notebook_belongs_to_a_page(book):
    assert orphans(book) == []
    assert set(WITH_CODE) == set(book.with_code)


@each_notebook
def test_the_first_cell_is_for_colab_alone_and_silent(book, page):
    first, *others = read_notebook(page).cells
    assert first.metadata.companion.generated == "colab"
    assert f"git+{book.repository.url}" in first.source
    assert first.outputs == []
    assert not any("%pip" in cell.source for cell in others)


@each_notebook
def test_no_myst_is_left(page):
    for cell in read_notebook(page).cells:
        if cell.cell_type == "markdown":
            prose = re.sub(r"```.*?```|`[^`]+`", "", cell.source, flags=re.DOTALL)
            assert not re.search(r"^\s*:::", cell.source, re.MULTILINE)
            assert not re.search(r"```\s*\{", cell.source)
            assert not re.search(r"\{[\w:]+\}`", cell.source)
            assert not re.search(r"^\s*(%|\([\w-]+\)=)", prose, re.MULTILINE)


@each_notebook
def test_outputs_are_reproducible_and_images_are_described(page):
    assert faults(read_notebook(page)) == []


@each_notebook
def test_what_is_not_compared_says_why(page):
    for cell in code_cells(read_notebook(page)):
        if "nbval-ignore-output" in tags(cell):
            assert re.match(r"# not compared: \S", cell.source), cell.source
        assert "nbval-skip" not in tags(cell)
        assert not re.search(r"#\s*NBVAL_", cell.source), "use a tag"


@each_notebook
def test_a_cell_does_one_thing_in_fifteen_lines(page):
    longest = max(code_cells(read_notebook(page)), key=lambda cell: cell.source.count("\n"))
    assert len(longest.source.splitlines()) <= 15, longest.source


@each_notebook
def test_an_attempt_does_not_give_the_solution_away(page):
    notebook = read_notebook(page)
    solutions = [cell for cell in code_cells(notebook) if "solution" in tags(cell)]
    attempts = [cell for cell, _ in generated(notebook, "attempt")]
    assert len(solutions) == len(attempts)
    for solution, attempt in zip(solutions, attempts, strict=True):
        hidden = map(str.strip, notebooks.SOLUTION.search(solution.source)[0].splitlines())
        given = {line.strip() for line in attempt.source.splitlines()}
        assert not given & {line for line in hidden if len(line) > len("else:")}
        assert "...  # your turn" in given
        assert attempt.outputs, "the checker says nothing to an empty attempt"
        assert {"solution", "hide-cell"} <= set(tags(solution))
        assert solution.metadata.jupyter.source_hidden


# The generator


def notebook_with(source="1", outputs=(), **metadata):
    cell = notebooks.new_code_cell(source, metadata=metadata, outputs=list(outputs))
    return notebooks.new_notebook(cells=[cell])


def shown(**data):
    data = {key.replace("_", "/"): value for key, value in data.items()}
    return notebooks.NotebookNode(output_type="display_data", data=data, metadata={})


def printed(text, name="stdout"):
    return notebooks.NotebookNode(output_type="stream", name=name, text=text)


DESCRIBED = {"image": {"alt": "a line"}, "figure": {"caption": "See how it rises."}}


@pytest.mark.parametrize(
    ("notebook", "fault"),
    [
        (notebook_with(outputs=[printed("W0000 a log line", "stderr")]), "writes to stderr"),
        (notebook_with(outputs=[printed("<Huber object at 0x7f3a>")]), "at 0x7f3a"),
        (notebook_with(outputs=[printed(f"saved to {notebooks.ROOT}/x")]), "different elsewhere"),
        (notebook_with("plot();"), "ends in ';'"),
        (notebook_with(outputs=[shown(image_png="")]), "1 images"),
        (notebook_with(outputs=[shown(image_png="")], mystnb={"image": {"alt": "a"}}), "1 images"),
        (notebook_with(outputs=[shown(image_png="")] * 2, mystnb=DESCRIBED), "2 images"),
        (notebook_with(mystnb=DESCRIBED), "no image"),
    ],
)
def test_faults_are_found(notebook, fault):
    (found,) = faults(notebook)
    assert fault in found


def test_a_described_image_and_plain_text_are_no_fault():
    assert faults(notebook_with(outputs=[shown(image_png="")], mystnb=DESCRIBED)) == []
    assert faults(notebook_with(outputs=[printed("0.25\n")])) == []


def test_an_attempt_keeps_everything_but_the_marked_lines():
    source = """def f(x):
    y = 2
    # solution
    z = x
    return y * z
    # end of solution


f(1)"""
    metadata = {"tags": ["solution", "data-dependent"]}
    attempt, heading = notebooks.attempt("page", 1, source, metadata)
    assert attempt.source == "def f(x):\n    y = 2\n    ...  # your turn\n\n\nf(1)"
    assert attempt.metadata.tags == ["data-dependent"]
    assert heading.source.startswith("**Solution**")


def test_a_solution_without_marks_is_an_error():
    with pytest.raises(MystError, match=r"book/page.md:7: .*# solution"):
        notebooks.attempt("page", 7, "def f(x):\n    return x", {"tags": ["solution"]})


CODE = """def f(x):
    # a comment, which show_source prints
    return x


class C:
    pass
"""
DOCUMENTED = """\"\"\"A module.\"\"\"
def f(x):
    \"\"\"A function
    in two lines.\"\"\"
    # a comment, which show_source prints
    return x


class C:
    \'\'\'A class.\'\'\'
    pass
"""


def test_outputs_do_not_depend_on_docstrings():
    assert notebooks.without_docstrings(DOCUMENTED) == notebooks.without_docstrings(CODE)
    for changed in (CODE.replace("return x", "return -x"), CODE.replace("a comment", "another")):
        assert notebooks.without_docstrings(changed) != notebooks.without_docstrings(CODE)


@pytest.mark.parametrize(
    ("path", "matters"),
    [
        ("requirements.lock", True),
        ("companion/losses/robust.py", True),
        ("companion/verification/exercises/rows.py", True),
        ("companion/verification/exercises/losses/robust.py", True),
        ("companion/verification/exercises/losses/squared.py", False),
        ("companion/verification/exercises/activations/sigmoids.py", False),
        ("companion/experiments/__init__.py", False),
        ("companion/networks/__init__.py", False),
        ("companion/reference/networks/perceptron.py", False),
        ("companion/training.py", False),
    ],
)
def test_outputs_depend_on_the_companion_without_the_exercises_of_other_pages(
    monkeypatch, book, path, matters
):
    before = book.execution_key("losses/robust", book.notebook("losses/robust"))
    assert path in book.inputs
    monkeypatch.setitem(book.inputs, path, "changed")
    after = book.execution_key("losses/robust", book.notebook("losses/robust"))
    assert (before != after) == matters


def test_only_pages_lean_on_experiments_networks_and_training():
    for path in (notebooks.ROOT / "companion").rglob("*.py"):
        code = path.read_text(encoding="utf-8")
        assert not re.search(r"companion(\.training| import.*\btraining)", code), path
        if "experiments" not in path.parts:
            assert "companion.experiments" not in code, path
            if "networks" not in path.parts and path.name != "distributed.py":
                assert not re.search(
                    r"companion(\.reference)?(\.networks| import.*networks)", code
                ), path


@pytest.mark.parametrize(
    ("page", "path"),
    [
        ("optimizers/race", "companion/experiments/results/race.json"),
        ("optimizers/race", "companion/networks/perceptron.py"),
        ("activations/initializers", "companion/networks/signals.py"),
        ("networks/perceptron", "companion/reference/networks/perceptron.py"),
    ],
)
def test_a_page_that_names_experiments_or_networks_depends_on_them(monkeypatch, book, page, path):
    before = book.execution_key(page, book.notebook(page))
    monkeypatch.setitem(book.inputs, path, "changed")
    assert book.execution_key(page, book.notebook(page)) != before


@pytest.mark.parametrize(
    "code", ["from companion.training import fit", "training.fit(model)", "training.order(5)"]
)
def test_a_page_that_names_training_depends_on_it(monkeypatch, book, code):
    notebook = book.notebook("losses/robust")
    notebook.cells[-1] = notebooks.new_code_cell(code)
    before = book.execution_key("losses/robust", notebook)
    monkeypatch.setitem(book.inputs, "companion/training.py", "changed")
    assert book.execution_key("losses/robust", notebook) != before


def test_a_failing_page_leaves_the_old_notebook_alone(monkeypatch, tmp_path, book):
    def fail(page, notebook):
        notebook.cells[0].outputs = [printed("a warning", "stderr")]

    stored = tmp_path / "page.ipynb"
    stored.write_text(notebooks.serialise(notebook_with()))
    before = stored.read_bytes()
    monkeypatch.setattr(notebooks, "notebook_of", lambda page: stored)
    monkeypatch.setattr(book, "execute", fail)
    with pytest.raises(PageError, match="stderr"):
        book.write(WITH_CODE[0])
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [before]


# Plain Markdown


class Address:
    """A repository with short addresses."""

    site = "https://site"

    def page(self, page, anchor=""):
        return f"https://site/{page}.html" + (f"#{anchor}" if anchor else "")


@pytest.fixture(scope="module")
def bibliography(tmp_path_factory):
    path: Path = tmp_path_factory.mktemp("bib") / "references.bib"
    path.write_text(
        "@article{one, author={Huber, Peter}, title={On {A}}, journal={Annals}, year=1964}\n"
        "@article{two, author={Kingma, D. and Ba, J.}, title={On B}, journal={ICLR}, year=2015}\n"
        "@article{three, author={A, B and C, D and E, F}, title={On C}, journal={J}, year=2018}\n"
        '@book{accent, author={M{\\"u}ller, K.}, title={On E}, publisher={P}, year=1998}\n'
        "@misc{group, author={{A Group}}, title={On D}, year=2020}\n",
        encoding="utf-8",
    )
    return Bibliography(path)


@pytest.fixture
def translate(bibliography):
    """Translate the Markdown of a page `losses/robust`, beside which there is one other page."""
    other = "(far)=\n## Far away\n\n```{math}\n:label: eq-far\nx\n```\n"
    other = Page("activations/sigmoids", [(1, "markdown", f"# Sigmoids\n\n{other}", {})])

    def translate(text, *figures):
        cells = [(1, "markdown", text, {})]
        cells += [(99, "code", "", {"mystnb": {"figure": figure}}) for figure in figures or [None]]
        page = Page("losses/robust", cells)
        book = {page.name: page, other.name: other}
        translator = Translator(page, book, Address(), bibliography)
        translate.captions = [translator.cell(i) for i in range(1, len(cells))]
        text = translator.cell(0)
        translate.references = translator.references()
        return text

    return translate


SITE = "https://site/activations/sigmoids.html"
API = "https://site/reference/api/"


@pytest.mark.parametrize(
    ("myst", "plain"),
    [
        ("Just *text* with `code {x}`.", "Just *text* with `code {x}`."),
        ("before\n% check: x > 0\nafter", "before\n\nafter"),
        ("(here)=\n## Title\n\nsee {ref}`here`", "## Title\n\nsee Title"),
        (":::{note}\nText\n:::", "> **Note**\n>\n> Text"),
        ("```{admonition} A *title*\nText\n```", "> **A *title***\n>\n> Text"),
        (
            "::::{tip}\n- a\n\n```{math}\nx\n= 1\n```\n::::",
            "> **Tip**\n>\n> - a\n>\n> $$x = 1$$",
        ),
        (
            ":::{dropdown} Why\nText\n:::",
            "<details>\n<summary>Why</summary>\n\nText\n\n</details>",
        ),
        (
            "```{admonition} Why\n:class: dropdown\nText\n```",
            "<details>\n<summary>Why</summary>\n\nText\n\n</details>",
        ),
        ("```{exercise} Bend\n:label: ex-1\nDo.\n```", "**Exercise 1 · Bend**\n\nDo."),
        (
            "```{exercise}\n:label: ex-1\nDo.\n```\n\nSee {ref}`ex-1`.",
            "**Exercise 1**\n\nDo.\n\nSee Exercise 1.",
        ),
        ("$$ x $$", "$$\nx\n$$"),
        ("$$\nx\n$$ (eq-x)\n\n{eq}`eq-x`", "$$\nx\n\\tag{1}\n$$\n\n(1)"),
        (
            "```{math}\nx\n```\n```{math}\n:label: eq-a\n% TeX's comment\ny\n```\n"
            "```{math}\n:label: eq-b\nz\n```\n{eq}`eq-b`",
            "$$\nx\n$$\n\n$$\ny\n\\tag{1}\n$$\n\n$$\nz\n\\tag{2}\n$$\n\n(2)",
        ),
        (
            "```{math}\na &= b \\\\\n&= c\n```",
            "$$\n\\begin{aligned}\na &= b \\\\\n&= c\n\\end{aligned}\n$$",
        ),
        (
            "```{math}\n\\begin{cases} a \\\\ b \\end{cases}\n```",
            "$$\n\\begin{cases} a \\\\ b \\end{cases}\n$$",
        ),
        ("- item\n\n  $$ x $$", "- item\n\n  $$\n  x\n  $$"),
        ("{math}`x^2` and $\\{a\\}$ for \\$5", "$x^2$ and $\\{a\\}$ for \\$5"),
        ("{doc}`../activations/sigmoids`", f"[Sigmoids]({SITE})"),
        ("{doc}`S <../activations/sigmoids>`", f"[S]({SITE})"),
        ("[S](../activations/sigmoids.md#far)", f"[S]({SITE}#far)"),
        ("{ref}`far`, {ref}`there <far>`", f"[Far away]({SITE}#far), [there]({SITE}#far)"),
        ("{eq}`eq-far`", f"[(1)]({SITE}#equation-eq-far)"),
        ("[a](#far) [web](https://x.org) <https://y.org>",
         f"[a]({SITE}#far) [web](https://x.org) <https://y.org>"),
        ("a {term}`logit` and {term}`logits <logit>`", "a logit and logits"),
        ("{py:func}`~companion.losses.huber`",
         f"[`huber`]({API}losses.html#companion.losses.huber)"),
        ("{py:class}`Huber's loss <companion.losses.Huber>`",
         f"[`Huber's loss`]({API}losses.html#companion.losses.Huber)"),
        ("{py:mod}`companion.reference.losses`",
         f"[`companion.reference.losses`]({API}reference-losses.html"
         "#module-companion.reference.losses)"),
        ("{cite:t}`accent`", "Müller (1998)"),
        ("{cite:t}`one`, {cite:t}`two`", "Huber (1964), Kingma and Ba (2015)"),
        ("so {cite:p}`two,three,group`",
         "so (Kingma and Ba, 2015; A et al., 2018; A Group, 2020)"),
        ("```{code-block} python\nx = {1: 2}\n```", "```python\nx = {1: 2}\n```"),
        ("```python\n% {ref}`x`\n```", "```python\n% {ref}`x`\n```"),
        (
            "```{list-table} Two\n:header-rows: 1\n\n"
            "* - a\n  - {math}`b`\n* - c\n  - d\n    e\n```",
            "**Table 1.** Two\n\n| a | $b$ |\n| --- | --- |\n| c | d e |",
        ),
        ("```{table} One\n| a |\n| - |\n```", "**Table 1.** One\n\n| a |\n| - |"),
        (
            "```{figure} ../_static/x.svg\n:alt: A line\n:name: fig-x\nSee it.\n```\n"
            "{numref}`fig-x`",
            "![A line](https://site/_static/x.svg)\n\n**Figure 1.** See it.\n\nFigure 1",
        ),
        (
            "```{explorable} loss-explorer\nDrag $x$.\n```",
            "**Explorable**, [on the website]"
            "(https://site/losses/robust.html#explorable-loss-explorer): Drag $x$.",
        ),
    ],
)  # fmt: skip
def test_myst_becomes_plain_markdown(translate, myst, plain):
    assert translate(myst) == plain


@pytest.mark.parametrize(
    ("myst", "line", "message"),
    [
        ("text\n\n```{tabbed} x\n```", 3, "unknown directive {tabbed}"),
        (":::{note}\ntext\n\n{sub}`x`\n:::", 4, "unknown role {sub}"),
        ("a\nb {kbd}`x`\n\n\n```{math}\nx\n```", 2, "unknown role {kbd}"),
        ("```{note}\n:klass: x\ntext\n```", 1, "unknown option of {note}: klass"),
        ("```{math}\nx", 1, "never closed"),
        ("x\n\n$$\nx", 3, "never closed"),
        ("```{dropdown}\nx\n```", 1, "needs an argument"),
        ("{ref}`nowhere`", 1, "nothing has the label 'nowhere'"),
        ("{eq}`nowhere`", 1, "nothing has the label 'nowhere'"),
        ("{cite:t}`nobody`", 1, "references.bib"),
        ("[x](../README.md)", 1, "no page of the book"),
        ("{doc}`../losses/none`", 1, "no page of the book"),
        ("a footnote[^1]", 1, "footnotes"),
        ("\n<div>x</div>", 2, "HTML"),
        ("(target)=\ntext", 1, "above a heading"),
        ("$$ x $$ (a)\n\n$$ y $$ (a)", 3, "occurs twice"),
        ("```{image} x.png\n```", 1, "needs :alt:"),
        ("```{explorable} loss-explorer\n```", 1, "needs a text alternative"),
        ("```{explorable} no-such-thing\nDrag.\n```", 1, "no explorable 'no-such-thing'"),
        ("```{explorable}\nDrag.\n```", 1, "needs an argument"),
        ("```{list-table}\n* - a\n* - b\n  - c\n```", 1, "different lengths"),
    ],
)
def test_what_has_no_translation_is_an_error_at_its_line(translate, myst, line, message):
    with pytest.raises(MystError) as error:
        translate(myst)
    assert str(error.value).startswith(f"book/losses/robust.md:{line}: ")
    assert message in str(error.value)


def test_the_caption_of_a_figure_follows_its_cell_with_its_number(translate):
    figures = [{"caption": "One $x$."}, {"caption": "See {eq}`eq-x`.", "name": "fig-b"}]
    assert translate("{numref}`fig-b`\n\n$$ x $$ (eq-x)", *figures).startswith("Figure 2")
    assert translate.captions == ["**Figure 1.** One $x$.", "**Figure 2.** See (1)."]


def test_what_is_cited_is_listed_once_in_the_order_of_citation(translate):
    translate("{cite:t}`two` {cite:p}`one` {cite:t}`two`")
    heading, first, second = translate.references.replace("\n\n", "\n").splitlines()
    assert heading == "## References"
    assert first.startswith("- D. Kingma and J. Ba. On b. *ICLR*")
    assert second.startswith("- Peter Huber. On A. *Annals*")
    translate("nothing cited")
    assert translate.references == ""


def test_a_page_without_code_may_use_what_has_no_translation():
    page = Page("index", [(1, "markdown", "# Home\n\n````{grid} 2\n````\n\n<b>x</b>", {})])
    assert page.title == "Home"
