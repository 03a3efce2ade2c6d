r"""Execute the pages of the book once and write them as notebooks.

    .venv/bin/python book/_ext/notebooks.py [--force] [page …]     write what is stale
    .venv/bin/python book/_ext/notebooks.py --check                only say what is stale

`book/losses/robust.md` becomes `notebooks/losses/robust.ipynb`: executed, with outputs. The site
shows those outputs, `pytest --nbval` replays them, Colab opens them. A second run changes no byte.
Nothing flows back: edit the page, never the notebook.


How to author a page
====================

A page is MyST Markdown and stands in `_toc.yml`. It starts with

    ---
    jupytext:
      text_representation:
        format_name: myst
    kernelspec:
      name: python3
      display_name: Python 3
    ---

    # Title

**Code cells** stand at the top level (not in a list or directive), hold at most 15 lines of at most
80 characters, which is what the page has room for, and do one thing. Tags say how a cell is shown
and replayed:

    ```{code-cell}
    :tags: [data-dependent]
    print(dataset)
    ```

- `data-dependent`: the output belongs to the real data; without it, run but not compared.
- `nbval-ignore-output`: never compared; the cell's first line is `# not compared: <why>`.
- `hide-input`: the site folds the code.
- `solution`, `hide-cell`: the solution of an exercise, see below.

All text that a cell prints or displays (plain, Markdown, HTML) is compared to the character when
the notebook is replayed; images are not. So print the digits on which any machine agrees and
assert bounds on the rest. Progress bars, times, memory addresses, absolute paths, and anything on
stderr are errors here, and so is a `;` at the end of a cell (the replay would not honour it). To
show an exception, catch it and print it. The working directory is the notebook's folder, as in
Jupyter; a page writes to temporary folders only.

**Figures**: one image per cell, with a caption that says what to see and a text for those who
cannot see it; a missing one is an error. A caption may hold formulas and emphasis.

    ```{code-cell}
    ---
    mystnb:
      image:
        alt: Huber's loss is a parabola up to one and straight lines beyond.
      figure:
        caption: >-
          Inside $\pm\delta$: a parabola. Outside, see how the derivative stops growing.
        name: fig-huber
    ---
    plotting.value_and_derivative(…)
    ```

**Formulas**: `$…$` in a line. Displays are `math` directives, or `$$` on lines of their own:

    ```{math}
    :label: eq-huber
    \ell(r) = \dots
    ```

A display is numbered if it has a label. Equations, figures, tables and exercises are counted page
by page, on the site and in the notebook alike. A line `% …` is a comment: the check of formulas
reads it, the reader does not see it.

**Exercises** are a statement and then one cell with the whole solution:

    ````{exercise} Where does the gradient bend?
    :label: ex-robust-1
    Write …
    ````

    ```{code-cell}
    :tags: [solution, hide-cell]
    def gradient(residual, delta):
        # solution
        return np.clip(residual, -delta, delta)
        # end of solution


    check("robust-gradient", gradient)
    ```

The site folds the cell ("Show the solution"). The notebook gets a second cell in front of it, in
which the marked lines are one line `...  # your turn`. It is executed too, so what the checker
says to an empty attempt stands in the notebook: an answer, not an exception.

**Questions** stand in a section of their own before the exercises. One paragraph asks; each answer
is a paragraph with `[x]` if it is right, else `[ ]`, and below it, indented, why it is or is not:

    ```{question}
    :check: reference.losses.huber([0.0], [3.0], 1.0)[0] == 2.5

    With $\delta = 1$, what does Huber's loss cost at a residual of 3?

    - [ ] 4.5

      That is the square, $3^2 / 2$. Beyond $\delta$ the loss goes on along a line.
    - [x] 2.5

      $\delta \cdot (|r| - \delta / 2)$ is $1 \cdot (3 - 0.5)$.
    ```

A test evaluates the expression after `:check:`, with `np`, `math` and `companion.reference`.

**References**

- `` {doc}`../losses/robust` `` or `[text](../losses/robust.md)`: a page
- `` {ref}`text <target>` `` or `[text](#target)`: a heading with `(target)=` above it, or any label
- `` {eq}`eq-huber` ``: "(1)", `` {numref}`fig-huber` ``: "Figure 1", `` {ref}`ex-robust-1` ``:
  "Exercise 1"; say whose, where it stands on another page
- `` {cite:t}`kingma2015` ``: "Kingma and Ba (2015)", `` {cite:p}`kingma2015` ``: "(Kingma and Ba,
  2015)"; the keys stand in `book/references.bib`. The page holds no list of references: the site
  has one page for it, the notebook gets its own at the end.
- `` {py:func}`companion.losses.huber` ``, `` {py:class}`~companion.losses.Huber` ``,
  `` {py:mod}`companion.losses` ``: an entry of the API; with `~` the last part stands for the name
- `` {term}`logit` ``: an entry of the glossary. At its first use on a page a term becomes a link
  by itself.

**Blocks**, fenced with backticks or colons: `note`, `tip`, `hint`, `important`, `warning`,
`caution`, `attention`, `danger`, `seealso`, `admonition Title` (folded with `:class: dropdown`),
`dropdown Title`, `exercise`, `question`, `math`, `figure`, `image`, `table`, `list-table`,
`code-block`. HTML and footnotes are not used. Anything else is an error, because the notebook shows
each block in the plain Markdown that Colab and GitHub render (`plain_markdown.py`). A page without
code cells has no notebook and is free to use what Sphinx knows.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import os
import re
import sys
import time
from pathlib import Path

import nbformat
from jupytext.myst import myst_to_notebook
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from pages import (
    KERNEL_ENVIRONMENT,
    NOTEBOOKS,
    ROOT,
    Repository,
    notebook_of,
    page_names,
    source_of,
)
from plain_markdown import Bibliography, MystError, Page, Translator

COLAB_CELL = """\
import sys

if "google.colab" in sys.modules:
    %pip install -q "deep-learning-derived[verify] @ git+{url}"
"""
EXERCISES = "companion/verification/exercises"  # one folder for each part, one module for each page
# Where only pages lean on that name it, in one of these words; the first leans on the second.
APART = {
    "companion/experiments/": "experiments",
    "companion/(reference/)?networks/": "experiments|networks|distributed",
    r"companion/training\.py": r"companion\.training|training\.(fit|order)",
    r"companion/distributed\.py": "distributed",
    r"companion/verification/(specs/)?layers\.py": "Dropout|reference/verification",
}
SOLUTION = re.compile(r"^( *)# solution\n.*?^ *# end of solution$", re.DOTALL | re.MULTILINE)


class PageError(Exception):
    """A page that cannot become a notebook, and why."""


class Book:
    """All pages, parsed, from which the notebooks are written."""

    def __init__(self) -> None:
        self.repository = Repository.from_config()
        self.bibliography = Bibliography()
        # A page that is missing stops the build of the site, not the notebooks of the others.
        existing = [page for page in page_names() if source_of(page).exists()]
        self.sources = {page: read_source(source_of(page)) for page in existing}
        self.pages = {page: Page(page, cells) for page, cells in self.sources.items()}
        self.with_code = [name for name, page in self.pages.items() if page.has_code]
        self.inputs = hashes_of_inputs()

    def notebook(self, name: str) -> NotebookNode:
        """The notebook of a page as it has to be, all but the outputs."""
        page = self.pages[name]
        translator = Translator(page, self.pages, self.repository, self.bibliography)
        cells = [generated_code("colab", COLAB_CELL.format(url=self.repository.url).rstrip())]
        for index, (line, cell_type, source, metadata) in enumerate(self.sources[name]):
            plain = translator.cell(index)
            if cell_type == "markdown":
                cells.append(new_markdown_cell(plain))
                continue
            if "solution" in metadata.get("tags", []):
                cells += attempt(name, line, source, metadata)
            cells.append(new_code_cell(source, metadata=metadata))
            if "solution" in metadata.get("tags", []):
                cells[-1].metadata = folded(metadata)
            if plain:
                cells.append(generated_text("caption", plain))
        if references := translator.references():
            cells.append(generated_text("references", references))
        for number, cell in enumerate(cells):
            cell.id = hashlib.sha256(f"{name} {number}".encode()).hexdigest()[:12]
        notebook = new_notebook(cells=cells)
        notebook.metadata = NotebookNode(
            kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
            language_info={"name": "python"},
            companion={"source": f"book/{name}.md", "executed": self.execution_key(name, notebook)},
        )
        return notebook

    def execution_key(self, name: str, notebook: NotebookNode) -> str:
        """What the outputs depend on: the code cells, the companion and the lock.

        The cell for Colab is left out: it does nothing here, so the outputs survive a new address.
        So are the exercises of the other pages, and what the page does not name of `APART`.
        """
        code = "\0".join(cell.source for cell in code_cells(notebook)[1:])
        own = f"{EXERCISES}/{name}.py"
        text = f"{name}\0{code}"
        unnamed = [path for path, words in APART.items() if not re.search(words, text)]
        others = "|".join([f"{EXERCISES}/.+/", *unnamed])
        inputs = [
            f"{path} {digest}"
            for path, digest in self.inputs.items()
            if path == own or not re.match(others, path)
        ]
        return hashlib.sha256("\0".join([*inputs, code]).encode()).hexdigest()

    def stale(self, name: str) -> str:
        """Why the notebook of a page has to be written, or '' if that would change no byte."""
        wanted = self.notebook(name)
        if not notebook_of(name).exists():
            return "has no notebook yet"
        stored = read_notebook(name)
        if stored.metadata.get("companion") != wanted.metadata.companion:
            return "its code, the companion or requirements.lock has changed"
        take_outputs(wanted, stored)
        if serialise(wanted) != notebook_of(name).read_text(encoding="utf-8"):
            return "its text has changed"
        return ""

    def write(self, name: str, *, force: bool = False) -> None:
        """Write the notebook of a page, with new outputs only where the old may be wrong."""
        notebook, path = self.notebook(name), notebook_of(name)
        stored = read_notebook(name) if path.exists() else None
        if not force and stored and stored.metadata.get("companion") == notebook.metadata.companion:
            take_outputs(notebook, stored)
        else:
            self.execute(name, notebook)
        if found := faults(notebook):
            raise PageError("\n".join(found))
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(serialise(notebook), encoding="utf-8", newline="\n")
        partial.replace(path)

    def execute(self, name: str, notebook: NotebookNode) -> None:
        """Run all cells in a new kernel, in the notebook's folder."""
        total = len(code_cells(notebook))
        done = 0

        def progress(**_):
            nonlocal done
            done += 1
            print(f"\r  cell {done} of {total} ", end="", flush=True)

        folder = notebook_of(name).parent
        folder.mkdir(parents=True, exist_ok=True)
        client = NotebookClient(
            notebook,
            kernel_name="python3",
            timeout=None,
            record_timing=False,
            coalesce_streams=True,
            on_cell_start=progress if sys.stdout.isatty() else None,
            resources={"metadata": {"path": str(folder)}},
            extra_arguments=["--log-level=ERROR"],
        )
        metadata = notebook.metadata.copy()
        try:
            client.execute()
        except CellExecutionError as error:
            raise PageError(f"a cell fails:\n\n{error}") from None
        notebook.metadata = metadata  # the kernel adds its Python's patch version


def read_source(path: Path) -> list[tuple[int, str, str, dict]]:
    """The cells of a page: line, type, source and metadata of each."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    notebook = myst_to_notebook(text, add_source_map=True)
    cells = []
    for cell, line in zip(notebook.cells, notebook.metadata.source_map, strict=True):
        if cell.cell_type == "markdown":
            while not lines[line].strip():
                line += 1
            line += 1
        cells.append((line, cell.cell_type, cell.source, cell.metadata))
    return cells


def hashes_of_inputs() -> dict[str, str]:
    """A hash of each file that pages import, and of the lock file with the versions."""
    hashes = {"requirements.lock": digest((ROOT / "requirements.lock").read_text(encoding="utf-8"))}
    for path in sorted((ROOT / "companion").rglob("*")):
        if path.suffix in {".py", ".json"}:
            text = path.read_text(encoding="utf-8")
            text = without_docstrings(text) if path.suffix == ".py" else text
            hashes[path.relative_to(ROOT).as_posix()] = digest(text)
    return hashes


def digest(text: str) -> str:
    """A short name for a text that no other text has."""
    return hashlib.sha256(text.encode()).hexdigest()


def without_docstrings(source: str) -> str:
    """Python code without its docstrings, which no page prints; `show_source` prints comments."""
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    left_out = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            left_out.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    lines = enumerate(source.splitlines(), start=1)
    return "\n".join(line for number, line in lines if number not in left_out)


def generated_code(kind: str, source: str, tags: list[str] | None = None) -> NotebookNode:
    """A code cell that the page does not have."""
    metadata = {"companion": {"generated": kind}} | ({"tags": tags} if tags else {})
    return new_code_cell(source, metadata=metadata)


def generated_text(kind: str, source: str) -> NotebookNode:
    """A Markdown cell that the page does not have."""
    return new_markdown_cell(source, metadata={"companion": {"generated": kind}})


def attempt(page: str, line: int, source: str, metadata: dict) -> list[NotebookNode]:
    """The cells before a solution: the same without the solution, and a heading."""
    empty, count = SOLUTION.subn(r"\1...  # your turn", source)
    if not count:
        message = "a solution needs the lines '# solution' and '# end of solution'"
        raise MystError(page, line, message)
    tags = [tag for tag in metadata["tags"] if tag not in {"solution", "hide-cell"}]
    return [
        generated_code("attempt", empty, tags),
        generated_text("solution", "**Solution** (unfold the next cell)"),
    ]


def folded(metadata: dict) -> dict:
    """Metadata with which Jupyter and Colab show a cell folded."""
    return {**metadata, "cellView": "form", "jupyter": {"source_hidden": True}}


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells of a notebook."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def take_outputs(notebook: NotebookNode, stored: NotebookNode) -> None:
    """Copy outputs between two notebooks with the same code cells."""
    for new, old in zip(code_cells(notebook), code_cells(stored), strict=True):
        new.outputs, new.execution_count = old.outputs, old.execution_count


def faults(notebook: NotebookNode) -> list[str]:
    """What is wrong with the outputs of a notebook, as seen by a reader or by the replay."""
    found = []
    for cell in code_cells(notebook):
        start = cell.source.partition("\n")[0]
        shown = cell.metadata.get("mystnb", {})
        images = 0
        for output in cell.outputs:
            data = output.get("data", {"text": output.get("text", "")})
            images += any(mime.startswith("image/") for mime in data)
            text = "\n".join(v for k, v in data.items() if not k.startswith("image/"))
            if output.output_type == "error":
                found.append(f"{start!r} ends in an exception: catch it and print it")
            if output.get("name") == "stderr":
                found.append(f"{start!r} writes to stderr: {text.strip()}")
            if volatile := re.search(rf"\bat 0x[0-9a-f]+|{re.escape(str(ROOT))}|/ipykernel_", text):
                found.append(f"{start!r} shows {volatile[0]!r}, which is different elsewhere")
        if cell.source.rstrip().endswith(";"):
            found.append(f"{start!r} ends in ';', which the replay does not honour")
        described = bool(shown.get("image", {}).get("alt")), bool(shown.get("figure"))
        if images and (images > 1 or described != (True, True)):
            found.append(f"{start!r} shows {images} images; it may show one, with alt and caption")
        if any(described) and not images:
            found.append(f"{start!r} has a caption or alt, but no image")
    return found


def read_notebook(name: str) -> NotebookNode:
    """The notebook of a page as it is stored."""
    return nbformat.read(notebook_of(name), as_version=4)


def serialise(notebook: NotebookNode) -> str:
    """The text of a notebook's file."""
    return nbformat.writes(notebook, version=4) + "\n"


def orphans(book: Book) -> list[Path]:
    """Notebooks that belong to no page."""
    return sorted(set(NOTEBOOKS.rglob("*.ipynb")) - {notebook_of(name) for name in book.with_code})


def main() -> int:
    """Write the notebooks, or with --check say which have to be written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("pages", nargs="*", metavar="page", help="such as losses/robust")
    parser.add_argument("--force", action="store_true", help="execute what is up to date as well")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if stale")
    arguments = parser.parse_args()
    os.environ.update(KERNEL_ENVIRONMENT, COMPANION_REQUIRE_REAL_DATA="1")
    if "COMPANION_DATA" in os.environ:
        os.environ["COMPANION_DATA"] = str(Path(os.environ["COMPANION_DATA"]).resolve())

    try:
        book = Book()
    except MystError as error:
        sys.exit(str(error))
    names = [page.removeprefix("book/").removesuffix(".md") for page in arguments.pages]
    if unknown := set(names) - set(book.with_code):
        parser.error(f"no page with code in _toc.yml: {', '.join(sorted(unknown))}")

    failed = False
    for name in names or book.with_code:
        start = time.monotonic()
        try:
            reason = book.stale(name) or ("is forced" if arguments.force else "")
            print(f"{name}: {reason or 'up to date'}", flush=True)
            if reason and not arguments.check:
                book.write(name, force=arguments.force)
                print(f"\r  written in {time.monotonic() - start:.0f} s", flush=True)
            failed |= bool(reason) and arguments.check
        except MystError as error:
            print(error, file=sys.stderr)
            failed = True
        except PageError as error:
            print(f"\nbook/{name}.md: {error}", file=sys.stderr)
            failed = True
    for path in [] if names else orphans(book):
        print(f"{path.relative_to(ROOT)}: belongs to no page")
        failed |= arguments.check
        if not arguments.check:
            path.unlink()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
