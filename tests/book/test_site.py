"""The site: what surrounds the pages, seen in a book of two pages that is built here."""

import re
import shutil
import subprocess
import sys
from xml.etree import ElementTree

import pytest
import yaml
from nbformat import reads

from build import fetched_elsewhere
from pages import BOOK, ROOT, Repository, page_names, source_of, written_pages

HEADER = """---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  name: python3
  display_name: Python 3
---

"""
PAGE = """# Page of {name}

:::{{note}}
{{cite:t}}`kingma2015` and {{cite:p}}`huber1964`.
:::

```{{math}}
:label: eq-{name}
x = 1
```

{{eq}}`eq-{name}`, {{numref}}`fig-{name}`, {{ref}}`ex-{name}`

```{{code-cell}}
---
mystnb:
  image:
    alt: The letter {name}
  figure:
    caption: The figure of {name}.
    name: fig-{name}
---
from pathlib import Path
from IPython.display import Image, display

with Path("runs").open("a") as runs:
    runs.write("{name}")
display(Image(data=b"GIF89a", format="gif"))
```

```{{exercise}}
:label: ex-{name}
Do it.
```

```{{code-cell}}
:tags: [solution, hide-cell]
def one():
    # solution
    return 1
    # end of solution


print("✓" if one() else "✗")
```
"""
EXPLORABLE = """
```{explorable} loss-explorer
Drag the prediction *to the left*.
```
"""
TOC = """
format: jb-book
root: index
parts:
  - caption: Part
    chapters: [{file: part/a}, {file: part/b}, {file: reference/bibliography}]
"""


def script(folder, name, **options):
    command = [sys.executable, folder / "book" / "_ext" / name]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of a little book with this book's glue, after `make notebooks` and `make book`."""
    folder = tmp_path_factory.mktemp("book")
    for name in ("_ext", "_static", "references.bib", "reference"):
        copy = shutil.copytree if (BOOK / name).is_dir() else shutil.copy
        (folder / "book").mkdir(exist_ok=True)
        copy(BOOK / name, folder / "book" / name)
    shutil.copy(ROOT / "_config.yml", folder)
    (folder / "_toc.yml").write_text(TOC)
    (folder / "requirements.lock").touch()
    (folder / "book" / "part").mkdir()
    (folder / "book" / "index.md").write_text("# Title\n\nRead {doc}`part/a`.\n")
    for name in "ab":
        page = HEADER + PAGE.format(name=name) + (EXPLORABLE if name == "a" else "")
        (folder / "book" / "part" / f"{name}.md").write_text(page)
    for name in ("notebooks.py", "build.py"):
        done = script(folder, name)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


def html(site, page):
    return (site / "_build" / "html" / f"{page}.html").read_text(encoding="utf-8")


def text(site, page):
    article = html(site, page).partition("<article")[2].partition("</article>")[0]
    return re.sub(r"<[^>]+>", "", article)


def test_the_build_executes_nothing(site):
    assert (site / "notebooks" / "part" / "runs").read_text() == "ab"


def test_the_site_shows_the_recorded_outputs(site):
    assert "✓" in text(site, "part/a")
    assert 'alt="The letter a"' in html(site, "part/a")
    assert "your turn" not in html(site, "part/a")
    assert "google.colab" not in text(site, "part/a")


@pytest.mark.parametrize("page", ["part/a", "part/b"])
def test_page_and_notebook_count_from_one_and_cite_alike(site, page):
    notebook = reads((site / "notebooks" / f"{page}.ipynb").read_text("utf-8"), as_version=4)
    plain = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    for words in (text(site, page), plain):
        assert "(1), Figure 1, Exercise 1" in words
        assert "Kingma and Ba (2015) and (Huber, 1964)." in words
    assert "Figure 1 The figure of" in text(site, page)
    assert "**Figure 1.** The figure of" in plain


def test_the_solution_is_folded_and_says_so(site):
    assert "Show the solution" in html(site, "part/a")


def test_the_buttons_lead_to_the_executed_notebook(site):
    page, repository = html(site, "part/a"), Repository.from_config()
    assert f'href="{repository.colab("part/a")}"' in page
    assert f'href="{repository.binder("part/a")}"' in page
    assert f'href="{repository.edit("part/a")}"' in page
    assert 'href="../_notebooks/part/a.ipynb"' in page
    copy = site / "_build" / "html" / "_notebooks" / "part" / "a.ipynb"
    assert copy.read_bytes() == (site / "notebooks" / "part" / "a.ipynb").read_bytes()
    assert "colab" not in html(site, "index")


def test_mathjax_comes_with_the_site(site):
    source = re.search(r'src="\.\./(_static/mathjax/[\w-]+\.js)"', html(site, "part/a"))[1]
    assert (site / "_build" / "html" / source).stat().st_size > 1_000_000


def test_an_explorable_shows_its_text_until_its_script_runs(site):
    figure = html(site, "part/a").partition('<figure class="explorable" ')[2]
    opening, _, caption = figure.partition("</figure>")[0].partition("<figcaption>")
    assert 'id="explorable-loss-explorer" data-explorable="loss-explorer"' in opening
    assert 'role="group" aria-label="Loss explorer"' in opening
    assert "<strong>Explorable.</strong> Drag the prediction <em>to the left</em>." in caption


def test_the_script_of_explorables_is_on_no_page_without_one(site):
    page = html(site, "part/a")
    assert re.search(r'<script type="module" src="\.\./_static/explore/main\.js[^"]*">', page) or (
        re.search(r'<script src="\.\./_static/explore/main\.js[^"]*" type="module">', page)
    )
    assert page.count("_static/explore/") == 2, "the script and the style, each once"
    for other in ("part/b", "index"):
        assert "explore" not in html(site, other)
    assert (site / "_build" / "html" / "_static" / "explore" / "loss-explorer.js").exists()


def test_in_the_notebook_an_explorable_is_a_link_to_the_site(site):
    notebook = reads((site / "notebooks" / "part" / "a.ipynb").read_text("utf-8"), as_version=4)
    plain = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    address = Repository.from_config().page("part/a", "explorable-loss-explorer")
    assert f"**Explorable**, [on the website]({address}): Drag the prediction" in plain


def test_no_other_host_is_asked_for_anything(site):
    assert fetched_elsewhere(site / "_build" / "html") == []


@pytest.mark.parametrize(
    "file",
    [
        ("a.html", '<script src="https://cdn.net/x.js"></script>'),
        ("a.html", '<link rel="stylesheet" href="//cdn.net/x.css">'),
        ("a.html", '<img alt="" src="http://cdn.net/x.png">'),
        ("a.css", "@import 'https://cdn.net/x.css';"),
        ("a.css", "b { background: url(https://cdn.net/x.png) }"),
    ],
)
def test_a_foreign_address_is_noticed(tmp_path, file):
    (tmp_path / file[0]).write_text(file[1])
    (found,) = fetched_elsewhere(tmp_path)
    assert "cdn.net/x" in found


def test_a_page_newer_than_its_notebook_stops_the_build(site):
    page = site / "book" / "part" / "a.md"
    before = page.read_text()
    page.write_text(before + "\nOne more sentence.\n")
    done = script(site, "build.py")
    page.write_text(before)
    assert done.returncode == 1
    assert "part/a: its text has changed" in done.stderr
    assert "make notebooks" in done.stderr


# The book itself


def test_the_table_of_contents_lists_what_exists_and_nothing_else():
    pages = page_names()
    assert sorted(pages) == sorted(
        path.relative_to(BOOK).with_suffix("").as_posix() for path in written_pages()
    )
    assert all(source_of(page).read_text("utf-8").strip() for page in pages)


def test_one_setting_feeds_every_link_of_the_site():
    """An address of the repository stands in _config.yml alone, as far as the book goes."""
    url = Repository.from_config().url
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    assert config.count(url) == 1
    for path in [*written_pages(), *BOOK.rglob("*.py"), *BOOK.rglob("*.css")]:
        assert url not in path.read_text(encoding="utf-8"), path
    other = Repository("https://github.com/Someone/fork.git", "work")
    assert other.page("a/b", "c") == "https://someone.github.io/fork/a/b.html#c"
    assert other.colab("a/b").endswith("/Someone/fork/blob/work/notebooks/a/b.ipynb")
    assert other.binder("a/b").endswith("/Someone/fork/work?urlpath=lab/tree/notebooks/a/b.ipynb")


def test_every_entry_of_the_bibliography_can_be_cited():
    from plain_markdown import Bibliography

    bibliography = Bibliography()
    for key in bibliography.entries:
        assert re.fullmatch(r".+ \((\d{4}|n\.d\.)\)", bibliography.cite(key, parenthetical=False))
        assert bibliography.item(key).startswith("- ")


@pytest.mark.parametrize("name", ["logo.svg", "favicon.svg"])
def test_the_mark_is_drawn_here_and_has_a_name(name):
    drawing = ElementTree.parse(BOOK / "_static" / name).getroot()
    assert drawing.get("aria-label")
    assert "href" not in (BOOK / "_static" / name).read_text()


def test_the_configuration_is_plain():
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert config["only_build_toc_files"] is True
    assert config["sphinx"]["config"]["nb_ipywidgets_js"] == {}, "would come from other hosts"
