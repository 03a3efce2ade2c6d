"""The pages of the API: all that is public stands there, and a docstring that is wrong stops them.

The pages are built here by Sphinx itself, without the rest of the book.
"""

import re
import subprocess
import sys
import types
from dataclasses import dataclass, field

import pytest
from sphinx.util.inventory import InventoryFile

import api
from api import Api, Docstring, DocstringError, Entry, Scope, inline, markdown, public_names
from pages import BOOK, api_page, page_names, source_of

CONF = """
extensions = ["myst_parser"]
myst_enable_extensions = ["dollarmath"]
"""


@pytest.fixture(scope="module")
def whole():
    """All names, and all pages as they are written."""
    return Api()


@pytest.fixture(scope="module")
def pages(whole):
    written = {api_page(name): whole.page(name) for name in whole.modules}
    written["reference/api/tables"] = whole.tables()
    assert whole.faults == []
    return written


@pytest.fixture(scope="module")
def site(pages, tmp_path_factory):
    """The folder of a site with these pages, built with every warning an error."""
    source = tmp_path_factory.mktemp("api")
    for name, text in pages.items():
        suffix = "inc" if name.endswith("tables") else "md"
        (source / f"{name}.{suffix}").parent.mkdir(parents=True, exist_ok=True)
        (source / f"{name}.{suffix}").write_text(text, encoding="utf-8")
    (source / "reference" / "api.md").write_text(source_of("reference/api").read_text("utf-8"))
    for name in page_names():
        stub = source / f"{name}.md"
        if not stub.exists():
            stub.parent.mkdir(parents=True, exist_ok=True)
            stub.write_text(f"# {name}\n")
    (source / "index.md").write_text("# Index\n\n```{toctree}\n:glob:\n**\n```\n")
    (source / "conf.py").write_text(CONF)
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-n", "--keep-going"]
    done = subprocess.run([*command, source, source / "html"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return source / "html"


# All that is public


def test_a_module_is_public_if_the_package_shows_it(whole):
    assert {"companion.losses", "companion.datasets", "companion.reference.losses"} <= set(
        whole.modules
    )
    assert not [name for name in whole.modules if "._" in name]
    assert "companion.losses.robust" not in whole.modules
    assert public_names(types.ModuleType("bare")) == []
    assert public_names(whole.modules["companion.reference"]) == []
    for module in whole.modules.values():
        assert set(public_names(module)) <= set(getattr(module, "__all__", vars(module)))


def test_every_public_name_is_in_the_inventory_the_page_and_the_table(whole, pages, site):
    with (site / "objects.inv").open("rb") as file:
        inventory = InventoryFile.load(file, "", lambda base, address: address)
    assert set(inventory["py:module"]) == set(whole.modules)
    declared = inventory["py:function"] | inventory["py:class"]
    public = {
        f"{name}.{each}": module
        for name, module in whole.modules.items()
        for each in public_names(module)
    }
    assert set(declared) == set(public)
    for name, module in public.items():
        page = api_page(module.__name__)
        assert declared[name][2] == f"{page}.html#{name}"
        assert f'id="{name}"' in (site / f"{page}.html").read_text("utf-8")
        assert f"<{name}>` |" in pages["reference/api/tables"]


def test_an_entry_on_the_page_has_formula_arguments_example_and_links(site):
    page = (site / "reference" / "api" / "losses.html").read_text("utf-8")
    start = page.index('id="companion.losses.huber"')
    text = page[start : page.index('id="companion.losses.', start + 30)]
    assert '<div class="math notranslate nohighlight">' in text
    for argument in ("y_true", "y_pred", "delta"):
        assert re.search(rf'<dt><code[^>]*><span class="pre">{argument}</span></code></dt>', text)
    assert '<div class="highlight-pycon' in text
    assert 'href="../../losses/robust.html"' in text
    assert 'href="reference-losses.html#companion.reference.losses.huber"' in text
    assert re.search(r"/blob/main/companion/losses/robust\.py#L\d+", text)
    assert "$" not in re.sub(r"<[^>]+>", "", text)


def test_the_counterpart_is_named_on_both_sides(whole):
    def twins(name):
        return [entry.full_name for entry in whole.twins(whole.entries[name])]

    assert twins("companion.losses.LogCosh") == ["companion.reference.losses.log_cosh"]
    assert twins("companion.optimizers.AdamW") == ["companion.reference.optimizers.adamw"]
    assert twins("companion.reference.losses.huber") == [
        "companion.losses.huber",
        "companion.losses.Huber",
    ]


def test_another_name_of_a_function_says_so(whole):
    entry = whole.entries["companion.activations.identity"]
    assert "Another name of {py:func}`linear " in whole.entry(entry)


# A docstring that is wrong

GOOD = """Scale.

    $$f(x) = c x$$

    Args:
        x: tensor, see `huber`.
        factor: c, with `x` times
            two lines.

    Returns:
        Tensor, as `companion.losses.huber` or `tf.function`, not ``nothing``.

    Raises:
        ValueError, TypeError: if x is no number.

    Example:
        >>> scale(2)
        4

    Source: somebody.
    """


def scale(x, factor=2.0):
    return factor * x


def entry_of(docstring, whole):
    scale.__doc__, scale.__module__ = docstring, "companion.losses.robust"
    return whole.entry(Entry("companion.losses", "scale", scale))


def test_a_good_docstring_becomes_an_entry(whole):
    entry = entry_of(GOOD, whole)
    assert "{py:function} scale(x, factor=2.0)\nScale.\n\n$$\nf(x) = c x\n$$" in entry
    assert "`x`\n: tensor, see {py:func}`huber <companion.losses.huber>`." in entry
    assert "`factor`\n: c, with `x` times two lines." in entry
    assert "as {py:func}`companion.losses.huber <companion.losses.huber>` or `tf.function`" in entry
    assert "```{code-block} pycon\n>>> scale(2)\n4\n```" in entry
    assert "Chapter: {doc}`/losses/robust`" in entry


@pytest.mark.parametrize(
    ("was", "now", "complaint"),
    [
        ("factor: c", "faktor: c", "documents faktor, which is no parameter"),
        ("        factor: c, with `x` times\n            two lines.\n", "", "document factor"),
        ("factor: c", "x: c", "documents x twice"),
        ("factor: c", "factor - c", "Args should hold 'name: text'"),
        ("Args:", "Arguments:", "'Arguments' is no section"),
        ("Returns:", "Return:", "'Return' is no section"),
        ("Returns:", "Returns (a tensor):", "in Args, 'Returns (a tensor):' is not indented"),
        ("Returns:", "Args:", "two sections Args"),
        ("        Tensor, as", "      Tensor, as", "in Returns, '  Tensor, as"),
        ("        >>> scale(2)\n        4\n", "", "Example is empty"),
        ("    Example:\n        >>> scale(2)\n        4\n", "", "has no Example"),
        (">>> scale(2)", "scale(2)", "should start with '>>> '"),
        ("ValueError, TypeError:", "ValueErorr:", "Raises ValueErorr, which is no exception"),
        ("`huber`", "`hubert`", "`hubert` is the name of nothing"),
        ("`companion.losses.huber`", "`companion.losses.hubert`", "the name of nothing"),
        ("`companion.losses.huber`", "`companion.losses.robust`", "the name of nothing"),
        ("`tf.function`", "`tf.funktion`", "`tf.funktion` is the name of nothing"),
        ("`huber`", "`huber", "a ` without its counterpart"),
        ("c x$$", "c x$", "a $ without its counterpart"),
        (GOOD, "", "has no docstring"),
    ],
)
def test_a_bad_docstring_is_refused(whole, was, now, complaint):
    assert was in GOOD
    with pytest.raises(DocstringError) as refused:
        entry_of(GOOD.replace(was, now, 1), whole)
    assert complaint in str(refused.value)


def test_all_faults_are_reported_at_once(monkeypatch):
    broken = Api()
    for name in ("huber", "log_cosh"):
        function = getattr(broken.modules["companion.losses"], name)
        monkeypatch.setattr(function, "__doc__", "No section at all.")
    monkeypatch.setattr(api, "Api", lambda: broken)
    with pytest.raises(DocstringError) as refused:
        api.write()
    assert "companion.losses.huber: does not document" in str(refused.value)
    assert "companion.losses.log_cosh: does not document" in str(refused.value)


# Words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a_b * c_d < [0, 1)", r"a\_b \* c\_d \< \[0, 1)"),
        ("|r| and $|r_i|$", r"\|r\| and $|r_i|$"),
        ("two\nlines", "two lines"),
        ("``a_b`` and `f(x, y)`", "``a_b`` and `f(x, y)`"),
        ("so\n$$a,\n  \\qquad b$$\nthen", "so\n\n$$\n\\begin{gathered}a, \\\\[0.4em] b"
         "\\end{gathered}\n$$\n\nthen"),
    ],
)  # fmt: skip
def test_words_stay_words_and_formulas_stay_formulas(whole, text, expected):
    assert inline(text, Scope(whole, "companion.losses")) == expected


def test_lists_and_code_keep_their_shape(whole):
    text = "First:\n\n    x = 1\n\n- a\n  b\n- c\n\n1. d\n2. e"
    assert markdown(text, Scope(whole, "companion.losses")) == (
        "First:\n\n```{code-block} python\nx = 1\n```\n\n- a b\n- c\n\n1. d\n2. e"
    )


def test_a_name_that_two_modules_have_needs_its_module(whole):
    twice = Api()
    twice.entries["companion.plotting.huber"] = Entry("companion.plotting", "huber", scale)
    with pytest.raises(DocstringError) as refused:
        inline("`huber`", Scope(twice, "companion.datasets"))
    assert "could be that of companion.losses, companion.plotting" in str(refused.value)


def test_the_summary_is_the_first_sentence():
    assert Docstring("One thing, e.g. this. Another.\n\nMore.").summary == "One thing, e.g. this."


def test_a_default_is_shown_as_it_is_typed():
    @dataclass
    class Box:
        activation: object = scale
        name: str = "box"
        parts: list = field(default_factory=list)

    Box.__init__.__module__ = "companion.networks"
    signature = Entry("companion.networks", "Box", Box).signature
    assert signature.startswith("Box(activation=scale, name='box', parts=")


def test_what_is_generated_is_not_committed():
    ignored = (BOOK.parent / ".gitignore").read_text("utf-8").split()
    assert "/book/reference/api/" in ignored
