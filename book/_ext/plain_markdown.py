"""Say a MyST page in plain Markdown: what Jupyter, Colab and GitHub render without help.

MyST is richer than Markdown. Each construct that a page may use is translated here; whatever this
module does not know is an error that names the page and the line, so no notebook ever shows
raw MyST. The site is built from the MyST itself, and numbers things the same way: equations with
a label, figures and tables with a caption, and exercises, each counted from 1 on every page.

Two steps: `Page` parses the cells of one page into blocks and numbers them; `Translator` knows all
pages, so that references lead somewhere, and renders one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from pybtex.database import Entry, parse_file
from pybtex.plugin import find_plugin
from pybtex.richtext import Text

from pages import BOOK, EXPLORABLES, Repository, api_page, explorable_id
from questions import QuestionError, parse_question

ADMONITIONS = {
    "admonition": "", "note": "Note", "tip": "Tip", "hint": "Hint", "important": "Important",
    "warning": "Warning", "caution": "Caution", "attention": "Attention", "danger": "Danger",
    "seealso": "See also",
}  # fmt: skip
OPTIONS = {
    "math": {"label"},
    "exercise": {"label"},
    "solution": {"label"},
    "dropdown": {"open"},
    "figure": {"name", "alt", "width", "align", "class"},
    "image": {"name", "alt", "width", "align", "class"},
    "table": {"name", "align"},
    "list-table": {"name", "header-rows", "widths", "align"},
    "code-block": {"caption"},
    "explorable": set(),
    "question": {"check"},
    **{name: {"class", "name"} for name in ADMONITIONS},
}
NUMBERED = {"math": "equation", "figure": "figure", "table": "table", "list-table": "table",
            "exercise": "exercise", "question": "question"}  # fmt: skip
WITH_ARGUMENT = {
    "admonition", "dropdown", "figure", "image", "code-block", "solution", "explorable",
}  # fmt: skip
WITH_MARKDOWN_BODY = {
    *ADMONITIONS, "dropdown", "exercise", "solution", "figure", "table", "explorable",
}  # fmt: skip

FENCE = re.compile(r"(?P<indent>\s*)(?P<fence>`{3,}|~{3,}|:{3,})\s*(?P<info>[^`]*)$")
DOLLARS = re.compile(r"\s*\$\$(?P<body>.*?)(?P<end>\$\$\s*(?:\((?P<label>[^)]+)\))?\s*)?$")
DOLLARS_END = re.compile(r"(?P<body>.*?)\$\$\s*(?:\((?P<label>[^)]+)\))?\s*$")
TARGET = re.compile(r"\s{0,3}\((?P<label>[^()\s]+)\)=\s*$")
HEADING = re.compile(r"#{1,6}\s+(?P<title>.*?)\s*#*$")
INLINE = re.compile(
    r"""(?P<escape>\\.)
      | \{(?P<role>[a-zA-Z][\w:.+-]*)\}(?P<ticks>`+)(?P<content>.+?)(?P=ticks)
      | (?P<code>(?P<marks>`+)(?!`).+?(?<!`)(?P=marks)(?!`))
      | (?P<math>\$\$.+?\$\$|\$[^$]+\$)
      | (?P<footnote>\[\^[^\]]+\])
      | (?<!!)\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]\((?P<target>[^()\s]*)\)""",
    re.VERBOSE | re.DOTALL,
)


class MystError(Exception):
    """A page uses something that has no translation, at `page.md:line`."""

    def __init__(self, page: str, line: int, message: str):
        super().__init__(f"book/{page}.md:{line}: {message}")


@dataclass
class Block:
    """A run of text, a literal, a target, or a directive, with the line where it starts."""

    kind: str  # "text", "literal", "target", or the name of a directive
    line: int
    body: list[str]
    argument: str = ""
    options: dict = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)  # the body, where it is Markdown itself
    indent: str = ""
    number: int | None = None

    @property
    def lines(self) -> list[str]:
        """The body without comments, blank lines and indentation: of a formula, its TeX."""
        lines = [line.strip() for line in self.body]
        return [line for line in lines if line and not line.startswith("%")]

    def walk(self) -> Iterator[Block]:
        """The block and all blocks within it, in the order of the page."""
        yield self
        for block in self.blocks:
            yield from block.walk()


@dataclass(frozen=True)
class Label:
    """What a label stands for: something on a page, with the number or the title it goes by."""

    page: str
    name: str
    kind: str
    number: int | None
    title: str

    def __str__(self) -> str:
        if self.kind == "equation":
            return f"({self.number})"
        return f"{self.kind.capitalize()} {self.number}" if self.number else self.title


class Page:
    """One page, parsed: its cells as lists of blocks, its title, and what its labels stand for."""

    def __init__(self, name: str, cells: list[tuple[int, str, str, dict]]):
        """Parse `cells`: tuples of first line, cell type, source and metadata.

        A page without code becomes no notebook, so it may use what has no translation.
        """
        self.name = name
        self.has_code = any(cell_type == "code" for _, cell_type, _, _ in cells)
        self.title = ""
        self.labels: dict[str, Label] = {}
        self.counts = dict.fromkeys(NUMBERED.values(), 0)
        self.cells: list[list[Block]] = []
        for line, cell_type, source, metadata in cells:
            if cell_type == "markdown":
                self.cells.append(self._parse(source.splitlines(), line))
            else:
                self.cells.append(self._parse_figure(line, metadata))

    def find(self, kind: str) -> list[Block]:
        """All blocks of one kind, those within others too."""
        top = (block for cell in self.cells for block in cell)
        return [block for outer in top for block in outer.walk() if block.kind == kind]

    def error(self, line: int, message: str) -> MystError:
        """An error at a line of this page, to be raised."""
        return MystError(self.name, line, message)

    def _parse_figure(self, line: int, metadata: dict) -> list[Block]:
        """A code cell holds one block if its image has a caption, else none."""
        figure = metadata.get("mystnb", {}).get("figure")
        if not figure:
            return []
        block = Block("figure", line, [], options={"name": figure.get("name", "")})
        self._enter(block)
        block.blocks = self._parse(figure["caption"].splitlines(), line)
        return [block]

    def _enter(self, block: Block, *, label: str = "", title: str = "") -> None:
        """Number a block if its kind is numbered, and remember its label."""
        label = label or block.options.get("label") or block.options.get("name", "")
        kind = NUMBERED.get(block.kind, block.kind)
        if kind in self.counts and (label or kind != "equation"):
            self.counts[kind] += 1
            block.number = self.counts[kind]
        if label:
            if label in self.labels:
                raise self.error(block.line, f"the label {label!r} occurs twice")
            self.labels[label] = Label(self.name, label, kind, block.number, title)

    def _parse(self, lines: list[str], first: int) -> list[Block]:
        blocks: list[Block] = []
        text: list[str] = []
        targets: list[Block] = []  # waiting for the heading that they name
        i = 0

        def flush() -> None:
            if body := "\n".join(text).rstrip():
                blocks.append(Block("text", first + i - len(text), body.splitlines()))
            text.clear()

        while i < len(lines):
            line, here = lines[i], first + i
            heading = HEADING.match(line)
            if targets and line.strip():
                for target in targets:
                    if heading:
                        self._enter(target, label=target.argument, title=heading["title"])
                    elif self.has_code:
                        raise self.error(target.line, "a target stands above a heading only")
                targets.clear()
            if heading and not self.title:
                self.title = heading["title"]
            if fence := FENCE.match(line):
                flush()
                body, after = self._fenced(lines, i, first, fence)
                blocks.append(self._block_of_fence(fence, body, here))
                i = after
                continue
            if dollars := DOLLARS.match(line):
                flush()
                block, i = self._dollar_math(lines, i, first, dollars)
                blocks.append(block)
                continue
            if line.lstrip().startswith("%"):
                flush()
            elif target := TARGET.match(line):
                flush()
                targets.append(Block("section", here, [], argument=target["label"]))
            elif self.has_code and re.match(r"\s*<[a-zA-Z/!](?!\w*:)", line):
                raise self.error(here, "HTML is not used on a page")
            elif text or line.strip():
                text.append(line)
            i += 1
        flush()
        return blocks

    def _fenced(self, lines, i, first, fence) -> tuple[list[str], int]:
        """The body of the fence that opens in line `i`, and the line after its end."""
        mark, indent = fence["fence"], len(fence["indent"])
        for end in range(i + 1, len(lines)):
            closing = lines[end].strip()
            if set(closing) == {mark[0]} and len(closing) >= len(mark):
                body = [
                    line[indent:] if not line[:indent].strip() else line
                    for line in lines[i + 1 : end]
                ]
                return body, end + 1
        raise self.error(first + i, f"the fence {mark}{fence['info']} is never closed")

    def _block_of_fence(self, fence, body: list[str], line: int) -> Block:
        info = fence["info"].strip()
        directive = re.fullmatch(r"\{([^}\s]+)\}\s*(.*)", info)
        if not directive:
            if fence["fence"][0] == ":" or info.startswith("{"):
                raise self.error(line, f"a block without a directive's name: {info!r}")
            literal = [f"```{info}", *body, "```"]
            return Block("literal", line, literal, indent=fence["indent"])
        name, argument = directive.groups()
        if name not in OPTIONS:
            if self.has_code:
                raise self.error(line, f"unknown directive {{{name}}}")
            return Block("literal", line, body)
        if name in WITH_ARGUMENT and not argument:
            raise self.error(line, f"{{{name}}} needs an argument")
        if argument and name not in WITH_ARGUMENT | {"exercise", "table", "list-table"}:
            # MyST lets the body begin on the first line
            body, argument = [argument, *body], ""
            line -= 1
        options, body, skipped = self._options(name, body, line)
        block = Block(name, line, body, argument, options, indent=fence["indent"])
        if name in NUMBERED and (argument or "table" not in name):
            self._enter(block)
        if name in WITH_MARKDOWN_BODY:
            block.blocks = self._parse(body, line + 1 + skipped)
        return block

    def _options(self, name: str, body: list[str], line: int) -> tuple[dict, list[str], int]:
        """Split a directive's body into options, the rest, and the number of lines taken."""
        end = 0
        if body and body[0].strip() == "---":
            end = 1 + [row.strip() for row in body[1:]].index("---") + 1
            text = "\n".join(body[1 : end - 1])
        else:
            while end < len(body) and re.match(r":[\w-]+:", body[end]):
                end += 1
            text = "\n".join(row[1:] for row in body[:end])
        options = {key: "" if value is None else value
                   for key, value in (yaml.safe_load(text) or {}).items()}  # fmt: skip
        if unknown := set(options) - OPTIONS[name]:
            raise self.error(line, f"unknown option of {{{name}}}: {', '.join(sorted(unknown))}")
        return options, body[end:], end

    def _dollar_math(self, lines, i, first, opening) -> tuple[Block, int]:
        body, end = [opening["body"]], i
        closing = opening if opening["end"] else None
        while not closing:
            end += 1
            if end == len(lines):
                raise self.error(first + i, "$$ is never closed")
            closing = DOLLARS_END.match(lines[end])
            body.append(closing["body"] if closing else lines[end])
        block = Block("math", first + i, body, options={"label": closing["label"] or ""})
        block.indent = lines[i][: len(lines[i]) - len(lines[i].lstrip())]
        self._enter(block)
        return block, end + 1


class Bibliography:
    """The entries of `references.bib`, as words in a sentence and as a list."""

    def __init__(self, path: Path = BOOK / "references.bib"):
        self.entries = parse_file(str(path)).entries
        self.style = find_plugin("pybtex.style.formatting", "plain")()
        self.backend = find_plugin("pybtex.backends", "markdown")()

    def cite(self, key: str, parenthetical: bool) -> str:
        """`Kingma and Ba (2015)`, or in parentheses `Kingma and Ba, 2015`."""
        entry: Entry = self.entries[key]
        persons = entry.persons.get("author") or entry.persons["editor"]
        names = [" ".join(person.prelast_names + person.last_names) for person in persons]
        names = [str(Text.from_latex(name)) for name in names]
        who = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
        year = entry.fields["year"]
        return f"{who}, {year}" if parenthetical else f"{who} ({year})"

    def item(self, key: str) -> str:
        """The entry as one item of a Markdown list."""
        (formatted,) = self.style.format_entries([self.entries[key]])
        text = formatted.text.render(self.backend).replace("\n", " ")
        # pybtex escapes all punctuation; \( and \[ would start a formula in Jupyter
        return "- " + re.sub(r"\\([^*_`\w])", r"\1", text)


def in_html(text: str) -> str:
    """Inline Markdown where only HTML is understood: code and emphasis as tags."""
    text = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;")
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    return re.sub(r"(?<![\w*$])\*([^*$]+)\*(?![\w*])", r"<em>\1</em>", text)


class Translator:
    """Renders one page of the book in plain Markdown."""

    def __init__(self, page: Page, book: dict[str, Page], repository: Repository,
                 bibliography: Bibliography):  # fmt: skip
        self.page = page
        self.book = book
        self.repository = repository
        self.bibliography = bibliography
        self.cited: list[str] = []
        self.labels = {k: label for other in book.values() for k, label in other.labels.items()}
        self.labels |= page.labels

    def cell(self, index: int) -> str:
        """The Markdown of a Markdown cell; for a code cell, the caption of its figure or ''."""
        return self._blocks(self.page.cells[index])

    def references(self) -> str:
        """The list of what has been cited so far, or '' if nothing was."""
        if not self.cited:
            return ""
        return "## References\n\n" + "\n".join(map(self.bibliography.item, self.cited))

    def _blocks(self, blocks: list[Block]) -> str:
        return "\n\n".join(filter(None, map(self._block, blocks)))

    def _block(self, block: Block) -> str:
        if block.kind == "text":
            return self._inline("\n".join(block.body), block.line)
        if block.kind == "literal":
            text = "\n".join(block.body)
        elif block.kind in ADMONITIONS:
            text = self._admonition(block)
        else:
            text = getattr(self, "_" + block.kind.replace("-", "_"))(block)
        return "\n".join(f"{block.indent}{line}".rstrip() for line in text.splitlines())

    # Directives

    def _admonition(self, block: Block) -> str:
        if "dropdown" in str(block.options.get("class", "")):
            return self._dropdown(block)
        title = self._inline(block.argument, block.line) or ADMONITIONS[block.kind]
        # A formula of several lines inside a quotation would have ">" as part of its TeX.
        body = re.sub(
            r"^( *)\$\$\n(.*?)\n *\$\$",
            lambda match: match[1] + "$$" + " ".join(match[2].split()) + "$$",
            self._blocks(block.blocks),
            flags=re.DOTALL | re.MULTILINE,
        )
        return "\n".join(f"> {line}".rstrip() for line in f"**{title}**\n\n{body}".splitlines())

    def _dropdown(self, block: Block) -> str:
        title = self._inline(block.argument, block.line) or ADMONITIONS[block.kind]
        body = self._blocks(block.blocks)
        return f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>"

    def _exercise(self, block: Block) -> str:
        title = self._inline(block.argument, block.line)
        heading = f"**Exercise {block.number}" + (f" · {title}**" if title else "**")
        return f"{heading}\n\n{self._blocks(block.blocks)}"

    def _question(self, block: Block) -> str:
        try:
            question = parse_question(block.body)
        except QuestionError as error:
            raise self.page.error(block.line, str(error)) from None
        text = self._inline("\n".join(question.text).strip(), block.line)
        parts = [f"**Question {block.number}.** {text}"]
        for answer in question.answers:
            line = block.line + 1 + answer.line
            chosen = self._inline("\n".join(answer.text), line)
            because = self._inline("\n".join(answer.explanation).strip(), line)
            verdict = "Yes." if answer.right else "No."
            parts.append(
                f"<details>\n<summary>{in_html(chosen)}</summary>\n\n"
                f"**{verdict}** {because}\n\n</details>"
            )
        return "\n\n".join(parts)

    def _solution(self, block: Block) -> str:
        exercise = self._label(block.argument, block.line)
        return f"**Solution of {exercise}**\n\n{self._blocks(block.blocks)}"

    def _math(self, block: Block) -> str:
        formula = "\n".join(block.lines)
        outside = formula
        while (stripped := re.sub(r"\\begin\{(\w+\*?)\}((?!\\begin).)*?\\end\{\1\}", "", outside,
                                  flags=re.DOTALL)) != outside:  # fmt: skip
            outside = stripped
        if r"\\" in outside:  # as Sphinx does, which calls it `split`
            formula = f"\\begin{{aligned}}\n{formula}\n\\end{{aligned}}"
        tag = f"\n\\tag{{{block.number}}}" if block.number else ""
        return f"$$\n{formula}{tag}\n$$"

    def _figure(self, block: Block) -> str:
        caption = f"**Figure {block.number}.** {self._blocks(block.blocks)}"
        return f"{self._image(block)}\n\n{caption}" if block.argument else caption

    def _image(self, block: Block) -> str:
        if not block.options.get("alt"):
            raise self.page.error(block.line, "an image needs :alt:")
        file = Path(block.argument).name
        folder = "_static" if "_static/" in block.argument else "_images"
        return f"![{block.options['alt']}]({self.repository.site}/{folder}/{file})"

    def _table(self, block: Block) -> str:
        return self._with_title(block, self._blocks(block.blocks))

    def _list_table(self, block: Block) -> str:
        rows: list[list[str]] = []
        for offset, line in enumerate(block.body):
            if item := re.match(r"\* - ?(.*)", line):
                rows.append([item[1]])
            elif item := re.match(r"  - ?(.*)", line):
                rows[-1].append(item[1])
            elif line.strip():
                if not rows:
                    raise self.page.error(block.line + offset, "a list-table begins with '* - '")
                rows[-1][-1] += " " + line.strip()
        if not rows or len({len(row) for row in rows}) > 1:
            raise self.page.error(block.line, "rows of different lengths in a list-table")
        cells = [[self._inline(cell.strip(), block.line) for cell in row] for row in rows]
        if not int(block.options.get("header-rows", 0)):
            cells.insert(0, [""] * len(rows[0]))
        cells.insert(1, ["---"] * len(rows[0]))
        return self._with_title(block, "\n".join(f"| {' | '.join(row)} |" for row in cells))

    def _with_title(self, block: Block, table: str) -> str:
        title = self._inline(block.argument, block.line)
        return f"**Table {block.number}.** {title}\n\n{table}" if title else table

    def _code_block(self, block: Block) -> str:
        caption = self._inline(block.options.get("caption", ""), block.line)
        code = "\n".join([f"```{block.argument}", *block.body, "```"])
        return f"{caption}\n\n{code}" if caption else code

    def _explorable(self, block: Block) -> str:
        name, text = block.argument, self._blocks(block.blocks)
        if not (EXPLORABLES / f"{name}.js").is_file():
            raise self.page.error(block.line, f"there is no explorable {name!r}")
        if not text:
            raise self.page.error(block.line, f"the explorable {name!r} needs a text alternative")
        address = self.repository.page(self.page.name, explorable_id(name))
        return f"**Explorable**, [on the website]({address}): {text}"

    # Roles and links

    def _inline(self, text: str, line: int) -> str:
        def translate(match: re.Match) -> str:
            here = line + text.count("\n", 0, match.start())
            if match["footnote"]:
                raise self.page.error(here, "footnotes are not used on a page")
            if match["role"]:
                return self._role(match["role"], " ".join(match["content"].split()), here)
            if match["target"] is not None:
                return self._link(self._inline(match["text"], here), match["target"], here)
            return match[0]

        return INLINE.sub(translate, text)

    def _role(self, name: str, content: str, line: int) -> str:
        titled = re.fullmatch(r"(?s)(.+?)\s*<([^<>]+)>", content)
        text, target = titled.groups() if titled else ("", content)
        match name:
            case "math":
                return f"${content}$"
            case "doc":
                return self._link(text, f"{target}.md", line)
            case "ref" | "numref":
                label = self._label(target, line)
                number = f"{label.number}" if label.number else ""
                return self._to_label(text.replace("%s", number).replace("{number}", number), label)
            case "eq":
                return self._to_label("", self._label(target, line))
            case "term":
                return text or target
            case "py:func" | "py:class" | "py:mod":
                return self._to_name(text, target, name == "py:mod")
            case "cite:t" | "cite:p":
                return self._citation(content, name == "cite:p", line)
        raise self.page.error(line, f"unknown role {{{name}}}")

    def _to_name(self, text: str, name: str, is_module: bool) -> str:
        """A link to a name's entry in the API; that it is there, the build of the site checks."""
        full_name = name.removeprefix("~")
        text = text or (full_name.rpartition(".")[2] if name != full_name else full_name)
        module = full_name if is_module else full_name.rpartition(".")[0]
        anchor = f"module-{full_name}" if is_module else full_name
        return f"[`{text}`]({self.repository.page(api_page(module), anchor)})"

    def _citation(self, content: str, parenthetical: bool, line: int) -> str:
        keys = [key.strip() for key in content.split(",")]
        for key in keys:
            if key not in self.bibliography.entries:
                raise self.page.error(line, f"{key!r} does not stand in references.bib")
            if key not in self.cited:
                self.cited.append(key)
        words = [self.bibliography.cite(key, parenthetical) for key in keys]
        return f"({'; '.join(words)})" if parenthetical else ", ".join(words)

    def _label(self, name: str, line: int) -> Label:
        if name not in self.labels:
            raise self.page.error(line, f"nothing has the label {name!r}")
        return self.labels[name]

    def _to_label(self, text: str, label: Label) -> str:
        """A link to another page; on the same page plain words, as notebooks have no anchors."""
        text = text or self._inline(str(label), 0)
        if label.page == self.page.name:
            return text
        anchor = f"equation-{label.name}" if label.kind == "equation" else label.name
        return f"[{text}]({self.repository.page(label.page, anchor)})"

    def _link(self, text: str, target: str, line: int) -> str:
        if re.match(r"(https?|mailto):", target):
            return f"[{text}]({target})"
        if target.startswith("#"):
            return self._to_label(text, self._label(target[1:], line))
        path, _, anchor = target.partition("#")
        base = BOOK if path.startswith("/") else (BOOK / self.page.name).parent
        full = (base / path.lstrip("/")).resolve()
        name = full.with_suffix("").relative_to(BOOK).as_posix() if BOOK in full.parents else ""
        if full.suffix != ".md" or name not in self.book:
            raise self.page.error(line, f"a link to {target!r}, which is no page of the book")
        text = text or self._inline(self.book[name].title, line)
        return f"[{text}]({self.repository.page(name, anchor)})"
