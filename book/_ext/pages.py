"""What the book consists of: its pages, in order, and the addresses that its links lead to.

Everything comes from `_toc.yml` and from `repository.url` in `_config.yml`.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from urllib.parse import urlsplit

import yaml

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
NOTEBOOKS = ROOT / "notebooks"
EXPLORABLES = BOOK / "_static" / "explore"
KATEX = BOOK / "_static" / "katex"
ADDRESSES = BOOK / "addresses.txt"
ARCHIVE = "_notebooks/deep-learning-derived.zip"  # in the site
GLOSSARY = "reference/glossary"
CHEAT_SHEET = "reference/cheat_sheet"
API = "reference/api"  # a page, and the folder of those that api.py writes

# For every kernel that runs a page, here and in the tests: TensorFlow says nothing on stderr,
# and oneDNN does not reorder sums, which would change the last digits from CPU to CPU.
# Two notebooks run side by side; with small matrices more threads would wait for each other.
KERNEL_ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "OPENBLAS_NUM_THREADS": "1",
}


@functools.cache
def parts() -> dict[str, list[str]]:
    """The pages of each part, in reading order: `{"Losses": ["losses/squared", …], …}`."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return {
        part["caption"]: [chapter["file"] for chapter in part["chapters"]] for part in toc["parts"]
    }


def page_names() -> list[str]:
    """The names of all pages in reading order: `["index", "start/index", "losses/robust", …]`."""
    return ["index", *(page for pages in parts().values() for page in pages)]


def prerequisites(page: str) -> list[str]:
    """The pages that "You need" on a page links to."""
    text = source_of(page).read_text(encoding="utf-8")
    needed = re.search(r"^\*\*You need\*\*(.+?)(?:\n\n|^```)", text, re.DOTALL | re.MULTILINE)
    if not needed:
        return []
    targets = re.findall(r"\]\(([\w./]+)\.md\)|\{doc\}`(?:[^`<]*<)?([\w./]+)>?`", needed[1])
    folder = source_of(page).parent
    found = [(folder / (link or role)).resolve().relative_to(BOOK) for link, role in targets]
    return list(dict.fromkeys(path.as_posix() for path in found))


def reading_time(page: str) -> int | None:
    """The minutes that a page says it takes, or None where it does not say."""
    text = source_of(page).read_text(encoding="utf-8")
    minutes = re.search(r"^\*\*Reading time:\*\* about (\d+) minutes", text, re.MULTILINE)
    return int(minutes[1]) if minutes else None


def source_of(page: str) -> Path:
    """The MyST source of a page."""
    return BOOK / f"{page}.md"


def written_pages() -> list[Path]:
    """The sources that people wrote: all but the pages of the API."""
    return [path for path in sorted(BOOK.rglob("*.md")) if BOOK / API not in path.parents]


def api_page(module: str) -> str:
    """The page of a public module: `companion.reference.losses` -> `…/api/reference-losses`."""
    return f"{API}/{module.removeprefix('companion.').replace('.', '-')}"


def notebook_of(page: str) -> Path:
    """The executed notebook of a page; it exists only for a page that has code cells."""
    return NOTEBOOKS / f"{page}.ipynb"


def explorable_id(name: str) -> str:
    """Where a page's explorable is, for links: `losses/robust.html#explorable-loss-explorer`."""
    return f"explorable-{name}"


class Repository:
    """Addresses at the code host. GitHub is assumed wherever a service knows no other."""

    def __init__(self, url: str, branch: str = "main"):
        self.url = url.rstrip("/").removesuffix(".git")
        self.branch = branch
        self.owner, self.name = urlsplit(self.url).path.strip("/").split("/")
        self.site = f"https://{self.owner.lower()}.github.io/{self.name}"

    @classmethod
    @functools.cache
    def from_config(cls) -> Repository:
        """The repository that `_config.yml` names."""
        settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]
        return cls(settings["url"], settings["branch"])

    def page(self, page: str, anchor: str = "") -> str:
        """A page of the published site."""
        return f"{self.site}/{page}.html" + (f"#{anchor}" if anchor else "")

    def colab(self, page: str) -> str:
        """The notebook of a page, opened in Colab."""
        path = f"{self.owner}/{self.name}/blob/{self.branch}/notebooks/{page}.ipynb"
        return f"https://colab.research.google.com/github/{path}"

    def binder(self, page: str) -> str:
        """The notebook of a page, opened on Binder."""
        path = f"{self.owner}/{self.name}/{self.branch}?urlpath=lab/tree/notebooks/{page}.ipynb"
        return f"https://mybinder.org/v2/gh/{path}"

    def file(self, path: str) -> str:
        """A file of the repository."""
        return f"{self.url}/blob/{self.branch}/{path}"

    def edit(self, page: str) -> str:
        """The source of a page, in the code host's editor."""
        return f"{self.url}/edit/{self.branch}/book/{page}.md"
