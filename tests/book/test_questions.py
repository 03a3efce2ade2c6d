"""The questions of every chapter: their form, and that the right answers are right."""

import math

import numpy as np
import pytest

from companion import reference
from companion._backend import tf
from notebooks import read_source
from pages import BOOK, page_names, source_of
from plain_markdown import Page
from questions import parse_question

PARTS = ("foundations", "losses", "activations", "optimizers", "networks", "speed")
CHAPTERS = [page for page in page_names() if page.startswith(PARTS)]
QUESTIONS = {page: Page(page, read_source(source_of(page))).find("question") for page in CHAPTERS}
CHECKED = [
    pytest.param(block.options["check"], id=f"{page}-{block.number}")
    for page, blocks in QUESTIONS.items()
    for block in blocks
    if "check" in block.options
]


@pytest.mark.parametrize("page", CHAPTERS)
def test_a_chapter_asks_two_to_four_questions(page):
    assert 2 <= len(QUESTIONS[page]) <= 4
    assert source_of(page).read_text(encoding="utf-8").count("{question}") == len(QUESTIONS[page])
    for block in QUESTIONS[page]:
        parse_question(block.body)


@pytest.mark.parametrize("page", CHAPTERS)
def test_most_chapters_have_an_answer_that_a_machine_confirms(page):
    assert any("check" in block.options for block in QUESTIONS[page])


@pytest.mark.parametrize("check", CHECKED)
def test_the_right_answer_is_right(check):
    scope = {"np": np, "math": math, "tf": tf, "reference": reference}
    assert eval(check, scope) in (True, np.True_)


def test_the_right_answer_does_not_always_stand_in_the_same_place():
    places = [
        [answer.right for answer in parse_question(block.body).answers].index(True)
        for blocks in QUESTIONS.values()
        for block in blocks
    ]
    for place in range(3):
        assert 0.15 < places.count(place) / len(places) < 0.55


def test_no_question_stands_where_no_test_looks():
    asking = {
        path.relative_to(BOOK).with_suffix("").as_posix()
        for path in BOOK.rglob("*.md")
        if "```{question}" in path.read_text(encoding="utf-8")
    }
    assert asking <= set(CHAPTERS)
