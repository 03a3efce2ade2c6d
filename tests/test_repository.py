"""What stands around the book: the workflows are valid, the documents name what exists."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import companion

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / ".ci" / "run", *WORKFLOWS]
TARGETS = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M))


def validate(schema: str, *files: Path) -> None:
    """Check files against a schema that check-jsonschema carries; no network."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_workflows_follow_githubs_schema():
    assert {path.stem for path in WORKFLOWS} == {"tests", "pages", "weekly"}
    validate("vendor.github-workflows", *WORKFLOWS)


def test_actions_are_pinned_to_a_major_version():
    for path in WORKFLOWS:
        for job in yaml.safe_load(path.read_text())["jobs"].values():
            for step in job.get("steps", []):
                assert re.fullmatch(r"actions/[\w-]+@v\d+", step.get("uses", "actions/none@v0"))


def test_the_citation_follows_its_schema_and_names_this_version():
    validate("vendor.citation-file-format", ROOT / "CITATION.cff")
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"] == companion.__version__
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.M)[1]
    assert newest == companion.__version__


def test_one_address_for_the_repository():
    address = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert project["urls"]["Repository"] == citation["repository-code"] == address
    assert f"git clone {address}\n" in (ROOT / "CONTRIBUTING.md").read_text()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents_name_commands_and_files_that_exist(path):
    text = path.read_text()
    assert set(re.findall(r"(?:^\s*|[`:] ?)make (\w+)", text, re.M)) <= TARGETS
    files = r"[\w./-]+/[\w./-]*|[\w-]+\.(?:cff|lock|md|py|toml|yml)"
    for name in re.findall(rf"(?:`|\]\(|\.venv/bin/python )({files})[`)\s]", text):
        if not name.startswith((".venv/", "_build/")):
            assert (ROOT / name).exists(), name
