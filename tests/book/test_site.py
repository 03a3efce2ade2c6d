"""The site: what surrounds the pages, seen in a book of two pages that is built here."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from xml.etree import ElementTree

import pytest
import yaml
from nbformat import reads

import formulas_in_html
from build import fetched_elsewhere
from pages import (
    ARCHIVE,
    BOOK,
    ROOT,
    Repository,
    page_names,
    reading_time,
    source_of,
    written_pages,
)
from questions import QuestionError, parse_question
from sharing import addresses

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

**You need** [a](a.md).

**Reading time:** about 7 minutes.

Residuals, and a residual.

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
QUESTION = """
```{question}
:check: 2 + 2 == 4

How many are *two* and two?

- [ ] $3$

  Too few.
- [x] four, in `code`

  Count them.
```
"""
TOC = """
format: jb-book
root: index
parts:
  - caption: Part
    chapters: [{file: part/a}, {file: part/b}]
  - caption: Reference
    chapters: [{file: reference/glossary}, {file: reference/bibliography}]
"""


def script(folder, name, **options):
    command = [sys.executable, folder / "book" / "_ext" / name]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of a little book with this book's glue, after `make notebooks` and `make book`."""
    folder = tmp_path_factory.mktemp("book")
    for name in ("_ext", "_static", "references.bib"):
        copy = shutil.copytree if (BOOK / name).is_dir() else shutil.copy
        (folder / "book").mkdir(exist_ok=True)
        copy(BOOK / name, folder / "book" / name)
    shutil.copy(ROOT / "_config.yml", folder)
    (folder / "_toc.yml").write_text(TOC)
    (folder / "requirements.lock").touch()
    (folder / "book" / "part").mkdir()
    (folder / "book" / "index.md").write_text(
        "# Title\n\nRead {doc}`part/a`.\n\n```{course-map}\n```\n"
    )
    (folder / "book" / "reference").mkdir()
    shutil.copy(BOOK / "reference" / "bibliography.md", folder / "book" / "reference")
    (folder / "book" / "reference" / "glossary.md").write_text(
        "# Glossary\n\n```{glossary}\nresidual\n  Prediction minus truth.\n```\n"
    )
    (folder / "book" / "addresses.txt").write_text("index\npart/old -> part/a\npart/a\n")
    for name in "ab":
        page = HEADER + PAGE.format(name=name) + (EXPLORABLE if name == "a" else QUESTION)
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


def test_formulas_are_set_before_any_script_runs(site):
    page = html(site, "part/a")
    formula = page.partition('<div class="formula"')[2].partition("</div>")[0]
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML"' in formula, "for a screen reader"
    assert '<span class="katex-html" aria-hidden="true">' in formula, "for the eye"
    assert not re.search(r"<script[^>]*mathjax", page, re.IGNORECASE)
    styles = site / "_build" / "html" / "_static" / "katex"
    assert 'href="../_static/katex/katex.min.css' in page
    for font in re.findall(r"url\((fonts/[\w-]+\.woff2)\)", (styles / "katex.min.css").read_text()):
        assert (styles / font).is_file()
    assert not list(styles.glob("*.js"))
    assert 'KaTeX_Math-Italic.woff2" as="font"' in page
    assert "KaTeX_Size4" not in page


def test_katex_refuses_what_it_does_not_know():
    with pytest.raises(Exception, match="Undefined control sequence"):
        formulas_in_html.rendered(r"\nosuch{x}", True)


def test_a_question_answers_every_choice(site):
    answers = re.findall(
        r'<details class="answer ([\w-]+)">\s*<summary>(.*?)</summary>\s*(.*?)</details>',
        html(site, "part/b"), re.DOTALL,
    )  # fmt: skip
    assert [kind for kind, _, _ in answers] == ["not-right", "right"]
    assert 'class="katex"' in answers[0][1]
    assert re.sub(r"<[^>]+>", "", answers[1][1]) == "Answer: four, in code"
    assert "<strong>No.</strong> Too few." in answers[0][2]
    assert "<strong>Yes.</strong> Count them." in answers[1][2]
    notebook = reads((site / "notebooks" / "part" / "b.ipynb").read_text("utf-8"), as_version=4)
    plain = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert "**Question 1.** How many are *two* and two?" in plain
    assert "<summary>four, in <code>code</code></summary>\n\n**Yes.** Count them." in plain


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("- [x] a\n\n  b\n- [ ] c\n\n  d", "asks nothing"),
        ("Q?\n\n- [x] a\n\n  b", "two to four answers"),
        ("Q?\n\n- [x] a\n\n  b\n- [x] c\n\n  d", "exactly one"),
        ("Q?\n\n- [x] a\n\n  b\n- [ ] c", "is not explained"),
        ("Q?\n\n- [x] a\n\nb\n- [ ] c\n\n  d", "indented"),
    ],
)
def test_a_question_in_the_wrong_form_is_an_error(body, reason):
    with pytest.raises(QuestionError, match=reason):
        parse_question(body.splitlines())


def test_the_first_mention_of_a_term_is_a_link_to_the_glossary(site):
    link = r'<a class="reference internal" href="\.\./reference/glossary\.html#term-[\w-]+"[^>]*>'
    found = re.findall(link + r'<span class="[^"]*std-term">(.*?)</span></a>', html(site, "part/a"))
    assert found == ["Residuals"], "once, whatever its form"


def test_the_map_leads_to_every_chapter(site):
    page = html(site, "index")
    for drawing in ("wide", "narrow"):
        svg = page.partition(f'<svg class="{drawing}"')[2].partition("</svg>")[0]
        assert re.findall(r'href="([^"]+)"', svg) == ["part/a.html", "part/b.html"]
        assert svg.count("<path ") == 1, "b builds on a"
        assert 'aria-label="Page of b. Builds on: Page of a"' in svg


def test_a_page_says_what_it_is_to_who_shares_or_finds_it(site):
    page, repository = html(site, "part/b"), Repository.from_config()
    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page)[1])
    assert data["name"] == "Page of b"
    assert data["timeRequired"] == "PT7M"
    assert data["competencyRequired"] == [repository.page("part/a")]
    card = re.search(r'<meta property="og:image" content="([^"]+)"', page)[1]
    assert card.startswith(f"{repository.site}/")
    picture = site / "_build" / "html" / card.removeprefix(f"{repository.site}/")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_archive_holds_every_notebook(site):
    with zipfile.ZipFile(site / "_build" / "html" / ARCHIVE) as archive:
        assert archive.testzip() is None
        for page in ("part/a", "part/b"):
            stored = (site / "notebooks" / f"{page}.ipynb").read_bytes()
            assert archive.read(f"deep-learning-derived/{page}.ipynb") == stored


def test_an_address_that_moved_leads_on(site):
    moved = html(site, "part/old")
    assert 'http-equiv="refresh" content="0; url=a.html"' in moved
    assert '<a href="a.html">' in moved


def test_no_address_is_ever_lost():
    pages = set(page_names())
    known = addresses()
    assert pages <= set(known), "a new page is written into book/addresses.txt"
    for old, new in known.items():
        assert new in pages, f"{old} is gone: say `{old} -> …` in book/addresses.txt"


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


@pytest.mark.parametrize("page", [page for page in page_names() if reading_time(page)])
def test_a_page_takes_about_as_long_as_it_says(page):
    text = source_of(page).read_text(encoding="utf-8")
    code = re.findall(r"^```\{code-cell\}.*?^```", text, re.DOTALL | re.MULTILINE)
    words_of_code = sum(len(cell.split()) for cell in code)
    words = len(text.split()) - words_of_code
    minutes = words / 200 + words_of_code / 150
    assert reading_time(page) == pytest.approx(minutes, abs=6), "200 words, 150 of code a minute"


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
