"""Write the pages of `reference/api` from the docstrings of the companion.

    .venv/bin/python book/_ext/api.py

`build.py` does this before each build. A module without underscore that stands directly in
`companion` or in `companion.reference` has a page, with the names in its `__all__`, or where it has
none with what it defines. So nothing is listed by hand, and the pages are not committed.

What a docstring may hold is Markdown with a strict frame, and what breaks it stops the build:

- Sections start at the margin: Args (Attributes where a dataclass has them), Returns, Raises,
  Example, Source, Chapter. Args has an entry for every parameter and for nothing else.
- `$…$` and `$$…$$` are formulas.
- A single backtick around a name says that it leads somewhere: to a parameter, to a public name of
  the companion, which becomes a link, or to a name of Python or an installed library. What is only
  code stands in double backticks.

Each name is declared in Sphinx' Python domain, so objects.inv and the search hold it, and a page
links to it with `` {py:func}`companion.losses.huber` `` or, as `Huber` alone, with
`` {py:class}`~companion.losses.Huber` ``.

Sphinx' own autodoc reads docstrings as reStructuredText, which knows no `$…$` and makes no link of
a backtick; what would have to be translated for it is most of this file.
"""

from __future__ import annotations

import builtins
import importlib
import inspect
import os
import pkgutil
import pydoc
import re
import shutil
import sys
import textwrap
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any

from pages import API, BOOK, KERNEL_ENVIRONMENT, ROOT, Repository, api_page, page_names, source_of

FOLDER = BOOK / API
INDEX = FOLDER / "tables.inc"
HEADER = """\
---
myst:
  enable_extensions: [deflist, dollarmath]
---

"""
TITLES = {"Args": "Arguments"}
SECTIONS = {"Args", "Attributes", "Returns", "Raises", "Example", "Source", "Chapter"}
SENTENCES = {"Source", "Chapter"}  # they start beside their name
ABBREVIATIONS = {"tf": "tensorflow", "np": "numpy"}

MARKED = re.compile(
    r"(?P<code>(?P<ticks>`+)(?P<content>.+?)(?<!`)(?P=ticks)(?!`))"
    r"|(?P<display>\$\$.+?\$\$)"
    r"|(?P<math>\$[^$]+\$)",
    re.DOTALL,
)


class DocstringError(Exception):
    """What is wrong with a docstring."""


@dataclass(frozen=True)
class Entry:
    """A public name: where it is found, and what it is."""

    module: str
    name: str
    value: Any

    @property
    def full_name(self) -> str:
        return f"{self.module}.{self.name}"

    @property
    def kind(self) -> str:
        return "class" if inspect.isclass(self.value) else "function"

    @property
    def alias_of(self) -> str:
        """The other name under which this is defined, or ''."""
        return "" if self.value.__name__ == self.name else self.value.__name__

    @property
    def is_reference(self) -> bool:
        return self.module.startswith("companion.reference")

    @cached_property
    def parameters(self) -> list[inspect.Parameter] | None:
        """None where a class leaves its constructor to a library."""
        call = self.value
        if self.kind == "class":
            call = self.value.__init__
            if not getattr(call, "__module__", "").startswith("companion"):
                return None
        parameters = list(inspect.signature(call).parameters.values())
        return parameters[1:] if self.kind == "class" else parameters

    @property
    def signature(self) -> str:
        """The name with its parameters and their defaults."""
        if self.parameters is None:
            return self.name
        plain = [
            parameter.replace(
                annotation=parameter.empty,
                default=parameter.default
                if parameter.default is parameter.empty
                else _Shown(parameter.default),
            )
            for parameter in self.parameters
        ]
        return f"{self.name}{inspect.Signature(plain)}"

    @property
    def origin(self) -> ModuleType:
        """The file in which it is defined, as a module."""
        return sys.modules[self.value.__module__]


class _Shown:
    """A default as a reader would type it: relu, not <function relu at 0x7f…>."""

    def __init__(self, value: Any):
        self.value = value

    def __repr__(self) -> str:
        return getattr(self.value, "__name__", None) or repr(self.value)


class Docstring:
    """A docstring, taken apart; `sections` holds the lines of each."""

    def __init__(self, text: str | None):
        if not text:
            raise DocstringError("has no docstring")
        self.sections: dict[str, list[str]] = {}
        self.body: list[str] = []
        lines = self.body
        for line in inspect.cleandoc(text).splitlines():
            name, colon, rest = line.partition(":")
            if colon and (name in SECTIONS or (re.fullmatch(r"\w+", name) and not rest.strip())):
                if name not in SECTIONS:
                    known = ", ".join(sorted(SECTIONS))
                    raise DocstringError(f"{name!r} is no section; there are {known}")
                if name in self.sections:
                    raise DocstringError(f"has two sections {name}")
                lines = self.sections[name] = [rest.strip()] if rest.strip() else []
            else:
                lines.append(line)
        for name, lines in self.sections.items():
            if not "".join(lines).strip():
                raise DocstringError(f"the section {name} is empty")
            if name in SENTENCES:
                self.sections[name] = [line.strip() for line in lines]
                continue
            if outside := [line for line in lines if line and not line.startswith("    ")]:
                raise DocstringError(f"in {name}, {outside[0]!r} is not indented by four spaces")
            self.sections[name] = textwrap.dedent("\n".join(lines)).strip().splitlines()

    @property
    def summary(self) -> str:
        """The first sentence."""
        first = "\n".join(self.body).split("\n\n")[0].replace("\n", " ")
        return re.split(r"(?<=\.)\s+(?=[^a-z])", first, maxsplit=1)[0]

    @property
    def chapter(self) -> str:
        return " ".join(self.sections.get("Chapter", []))

    def items(self, section: str) -> list[tuple[list[str], str]]:
        """The entries of Args or Raises: names and text of each."""
        found = []
        for line in self.sections.get(section, []):
            if line.startswith(" "):
                found[-1][1].append(line.strip())
            elif line:
                start = re.fullmatch(r"([\w*]+(?:, [\w*]+)*):\s+(\S.*)", line)
                if not start:
                    raise DocstringError(f"{section} should hold 'name: text', not {line!r}")
                names = [name.lstrip("*") for name in start[1].split(", ")]
                found.append((names, [start[2]]))
        return [(names, "\n".join(lines)) for names, lines in found]


class Api:
    """All public names of the companion, and the pages that describe them."""

    def __init__(self) -> None:
        self.modules = public_modules()
        self.repository = Repository.from_config()
        self.chapters = [page for page in page_names() if source_of(page).exists()]
        self.faults: list[str] = []
        self.entries = {
            (entry := Entry(module.__name__, name, getattr(module, name))).full_name: entry
            for module in self.modules.values()
            for name in public_names(module)
        }
        constants = [each for each in self.entries.values() if not callable(each.value)]
        if constants:
            names = ", ".join(each.full_name for each in constants)
            raise DocstringError(f"{names}: a page holds functions and classes alone")

    def of(self, module: str) -> list[Entry]:
        """The entries of a module, file by file and in the order in which they are defined."""

        def place(entry: Entry) -> tuple:
            has_chapter = bool(chapter_of_module(entry.origin)[1])
            line = inspect.getsourcelines(inspect.unwrap(entry.value))[1]
            return has_chapter, entry.origin.__name__, line, bool(entry.alias_of)

        return sorted((e for e in self.entries.values() if e.module == module), key=place)

    # Pages

    def page(self, name: str) -> str:
        """The page of a module."""
        module = self.modules[name]
        intro = module.__doc__ and inspect.cleandoc(module.__doc__)
        parts = [f"# {breakable(name)}", fence("py:module", name)]
        parts += self.guarded(name, lambda: markdown(intro, Scope(self, name)))
        below = [child for child in self.modules if child.startswith(f"{name}.")]
        parts += ["\n".join(f"- {{py:mod}}`{child}`" for child in below)]
        group = None
        for entry in self.of(name):
            title, chapter = chapter_of_module(entry.origin)
            if chapter and entry.origin.__name__ not in (group, name):
                parts.append(f"## {escaped(title)}")
            group = entry.origin.__name__
            parts += self.guarded(entry.full_name, lambda entry=entry: self.entry(entry))
        return HEADER + "\n\n".join(filter(None, parts)) + "\n"

    def tables(self) -> str:
        """The names of all modules with a line on each, for the page `reference/api`."""
        parts = []
        for name, module in self.modules.items():
            parts.append(f"## {{doc}}`{breakable(name)} </{api_page(name)}>`")
            scope = Scope(self, name)
            parts += self.guarded(name, lambda m=module, s=scope: inline(summary(m), s))
            rows = ["| name | what it is |", "| --- | --- |"]
            for entry in self.of(name):
                rows += self.guarded(entry.full_name, lambda e=entry: self.row(e))
            if len(rows) > 2:
                parts.append("\n".join(rows))
        return "\n\n".join(parts) + "\n"

    def row(self, entry: Entry) -> str:
        """A line of the table: the name as a link, and what it is."""
        scope = Scope(self, entry.module, entry)
        about = self.alias(entry) or inline(Docstring(entry.value.__doc__).summary, scope)
        about = about.replace(r"\|", "|").replace("|", r"\|")
        return f"| {link(entry)} | {about} |"

    def guarded(self, name: str, write) -> list[str]:
        """What `write` returns; a fault is noted, so that all are reported at once."""
        try:
            return [write()]
        except DocstringError as error:
            fault = f"{name}: {error}"
            self.faults += [fault] if fault not in self.faults else []
            return []

    # Entries

    def entry(self, entry: Entry) -> str:
        """Everything on one name."""
        scope = Scope(self, entry.module, entry)
        if alias := self.alias(entry):
            return fence(f"py:{entry.kind}", entry.signature, alias)
        docstring = Docstring(entry.value.__doc__)
        self.check_parameters(entry, docstring)
        parts = [markdown("\n".join(docstring.body), scope)]
        for section, lines in docstring.sections.items():
            if section != "Chapter":
                parts.append(f"```{{rubric}} {TITLES.get(section, section)}\n```")
                parts.append(self.section(section, docstring, lines, scope))
        parts.append(self.foot(entry, docstring))
        return fence(f"py:{entry.kind}", entry.signature, "\n\n".join(parts))

    def alias(self, entry: Entry) -> str:
        """Which name an entry is another of, or '' if it has a docstring of its own."""
        if not entry.alias_of:
            return ""
        same = self.entries.get(f"{entry.module}.{entry.alias_of}")
        if not same:
            raise DocstringError(f"is {entry.alias_of}, which is not public")
        return f"Another name of {link(same)}."

    def section(self, name: str, docstring: Docstring, lines: list[str], scope: Scope) -> str:
        """The body of one section."""
        if name == "Example":
            if not lines[0].startswith(">>> "):
                raise DocstringError("the Example should start with '>>> '")
            return fence("code-block", "pycon", "\n".join(lines))
        if name not in {"Args", "Attributes", "Raises"}:
            return markdown("\n".join(lines), scope)
        items = []
        for names, text in docstring.items(name):
            if name == "Raises":
                for exception in names:
                    if not isinstance(getattr(builtins, exception, None), type):
                        raise DocstringError(f"Raises {exception}, which is no exception of Python")
            terms = ", ".join(f"`{each}`" for each in names)
            items.append(f"{terms}\n: {textwrap.indent(markdown(text, scope), '  ').strip()}")
        return "\n\n".join(items)

    def check_parameters(self, entry: Entry, docstring: Docstring) -> None:
        """Args documents every parameter and no other; a user's function has an example."""
        if {"Args", "Attributes"} <= set(docstring.sections):
            raise DocstringError("has both Args and Attributes")
        items = docstring.items("Args") + docstring.items("Attributes")
        documented = [name for names, _ in items for name in names]
        wanted = [parameter.name for parameter in entry.parameters or []]
        if twice := {name for name in documented if documented.count(name) > 1}:
            raise DocstringError(f"documents {', '.join(sorted(twice))} twice")
        if unknown := [name for name in documented if name not in wanted]:
            raise DocstringError(f"documents {', '.join(unknown)}, which is no parameter of it")
        missing = [name for name in wanted if name not in documented]
        if missing and (documented or not entry.is_reference):
            raise DocstringError(f"does not document {', '.join(missing)}")
        # The reference is shown and run in the chapters.
        if "Example" not in docstring.sections and not entry.is_reference:
            raise DocstringError("has no Example")

    def foot(self, entry: Entry, docstring: Docstring) -> str:
        """Where it is derived, its counterpart, and its code."""
        chapter = docstring.chapter or chapter_of_module(entry.origin)[1]
        parts = [
            f"Chapter: {{doc}}`/{page}`"
            for page in (chapter, f"{chapter}/index")
            if page in self.chapters
        ]
        if twins := self.twins(entry):
            title = "In TensorFlow" if entry.is_reference else "In NumPy"
            parts.append(f"{title}: {', '.join(map(link, twins))}")
        path = f"{entry.origin.__name__.replace('.', '/')}"
        path += "/__init__.py" if hasattr(entry.origin, "__path__") else ".py"
        line = inspect.getsourcelines(inspect.unwrap(entry.value))[1]
        parts.append(f"Code: [{path}]({self.repository.file(path)}#L{line})")
        return "```{container} api-foot\n" + " · ".join(parts) + "\n```"

    def twins(self, entry: Entry) -> list[Entry]:
        """The reference of a TensorFlow function or class, or the other way round."""
        here, there = "companion.", "companion.reference."
        if entry.is_reference:
            here, there = there, here
        module = there + entry.module.removeprefix(here)

        def key(name: str) -> str:
            return name.replace("_", "").lower()

        found = [
            other
            for other in self.entries.values()
            if other.module == module and key(other.name) == key(entry.name)
        ]
        return sorted(found, key=lambda other: other.kind, reverse=True)  # functions first


class Scope:
    """What the names in a docstring may refer to."""

    def __init__(self, api: Api, module: str, entry: Entry | None = None):
        self.api, self.module, self.entry = api, module, entry

    def link(self, name: str) -> str:
        """A name in backticks, as a link if it is the companion's."""
        api, bare = self.api, name.removesuffix("()")
        parameters = (self.entry.parameters if self.entry else None) or []
        own = {self.entry.name, *(p.name for p in parameters)} if self.entry else set()
        if bare in own or (self.entry and hasattr(self.entry.value, bare)):
            return f"`{name}`"
        for full_name in (f"{self.module}.{bare}", f"companion.{bare}", bare):
            if full_name in api.entries:
                return link(api.entries[full_name], name)
            if full_name in api.modules:
                return f"{{py:mod}}`{name} <{full_name}>`"
        if "." not in bare:
            elsewhere = [e for e in api.entries.values() if e.name == bare and not e.is_reference]
            if len(elsewhere) == 1:
                return link(elsewhere[0], name)
            if elsewhere:
                modules = ", ".join(entry.module for entry in elsewhere)
                raise DocstringError(f"`{name}` could be that of {modules}: say which")
        if not exists(bare):
            raise DocstringError(f"`{name}` is the name of nothing; mere code takes two backticks")
        return f"`{name}`"


def exists(name: str) -> bool:
    """Whether Python has such a name, or a library if it has a dot; or `companion` itself."""
    head, dot, rest = name.partition(".")
    if head == "companion" and dot:
        return False  # nothing but public names is to be spoken of
    return name == "companion" or bool(
        pydoc.locate(f"{ABBREVIATIONS.get(head, head)}.{rest}") if dot else hasattr(builtins, name)
    )


def public_modules() -> dict[str, ModuleType]:
    """All public modules, in order."""
    for name, value in KERNEL_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    found = {}
    for package in ("companion", "companion.reference"):
        for info in pkgutil.iter_modules(importlib.import_module(package).__path__):
            if not info.name.startswith("_"):
                name = f"{package}.{info.name}"
                found[name] = importlib.import_module(name)
    return dict(sorted(found.items()))


def public_names(module: ModuleType) -> list[str]:
    """The functions and classes that a module offers, not the modules inside it."""
    if hasattr(module, "__all__"):
        return [name for name in module.__all__ if not inspect.ismodule(getattr(module, name))]
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
    ]


def summary(module: ModuleType) -> str:
    """The first sentence on a module."""
    return Docstring(module.__doc__).summary


def chapter_of_module(module: ModuleType) -> tuple[str, str]:
    """The title that a module's docstring starts with, and the chapter that it names, or ''."""
    found = re.match(r"(.+?)\.?\s+Chapter: ([\w/]+)", module.__doc__ or "", re.DOTALL)
    return (" ".join(found[1].split()), found[2]) if found else ("", "")


# Markdown


def link(entry: Entry, text: str = "") -> str:
    """A link to the entry of a name."""
    role = "py:class" if entry.kind == "class" else "py:func"
    return f"{{{role}}}`{text or entry.name} <{entry.full_name}>`"


def breakable(name: str) -> str:
    """A dotted name that may go over to the next line after each dot."""
    return name.replace(".", ".\N{ZERO WIDTH SPACE}")


def fence(directive: str, argument: str, body: str = "") -> str:
    """A directive, fenced with more backticks than any fence inside."""
    ticks = "`" * max([3, *(len(run) + 1 for run in re.findall(r"^\s*(`{3,})", body, re.M))])
    return "\n".join(filter(None, [f"{ticks}{{{directive}}} {argument}", body, ticks]))


def escaped(text: str) -> str:
    """Words in which Markdown sees no mark."""
    return re.sub(r"([\\*_<>\[\]{}#~^|])", r"\\\1", text)


def markdown(text: str | None, scope: Scope) -> str:
    """The paragraphs, lists, formulas and pieces of code of a docstring."""
    if not text:
        raise DocstringError("has no docstring")
    blocks = []
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        if all(line.startswith("    ") for line in block.splitlines()):
            code = textwrap.dedent(block)
            language = "pycon" if code.startswith(">>>") else "python"
            blocks.append(fence("code-block", language, code))
        elif re.match(r"(-|\d+\.) ", block):
            items = re.split(r"\n(?=-|\d+\. )", block)
            marks = [re.match(r"(?:-|\d+\.) ", item)[0] for item in items]
            items = [inline(i[len(m) :], scope) for i, m in zip(items, marks, strict=True)]
            blocks.append("\n".join(m + item for m, item in zip(marks, items, strict=True)))
        else:
            blocks.append(inline(block, scope))
    return "\n\n".join(blocks)


def inline(text: str, scope: Scope) -> str:
    """One paragraph on one line; displayed formulas become paragraphs of their own."""
    done, end = [], 0
    for match in MARKED.finditer(text):
        done += [words(text[end : match.start()])]
        end = match.end()
        content = " ".join(match[0].split())
        if match["display"]:
            done.append(f"\n\n$$\n{stacked(content.strip('$ '))}\n$$\n\n")
        elif match["math"]:
            done.append(content)
        else:
            name = " ".join(match["content"].split())
            is_name = match["ticks"] == "`" and re.fullmatch(r"[A-Za-z_][\w.]*(\(\))?", name)
            done.append(scope.link(name) if is_name else content)
    done.append(words(text[end:]))
    blocks = [block.strip() for block in "".join(done).split("\n\n")]
    return "\n\n".join(block for block in blocks if block)


def stacked(formula: str) -> str:
    """The parts of a formula, one below the other: side by side few screens would hold them."""
    parts = re.split(r"\s*\\qquad\s*", formula)
    if len(parts) == 1 or r"\begin" in formula:
        return formula
    return r"\begin{gathered}" + r" \\[0.4em] ".join(parts) + r"\end{gathered}"


def words(text: str) -> str:
    """Text between marks; a mark that is left over is half of a pair."""
    if found := re.search(r"[`$]", text):
        raise DocstringError(f"a {found[0]} without its counterpart near {text.strip()[:40]!r}")
    return escaped(re.sub(r"\s+", " ", text))


def write() -> None:
    """Write all pages anew.

    Raises:
        DocstringError: with all that is wrong, one fault a line.
    """
    api = Api()
    pages = {BOOK / f"{api_page(name)}.md": api.page(name) for name in api.modules}
    pages[INDEX] = api.tables()
    if api.faults:
        raise DocstringError("\n".join(api.faults))
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    try:
        write()
    except DocstringError as error:
        sys.exit(str(error))
