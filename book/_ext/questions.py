"""The questions of a page: one form, which the site, the notebooks and the tests read.

How to write one stands in `notebooks.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

ANSWER = re.compile(r"- \[(?P<mark>[ x])\] (?P<text>.*)")


class QuestionError(Exception):
    """A question that breaks the form, and how."""


@dataclass
class Answer:
    """One answer of a question and what is said to who chooses it: lines of Markdown."""

    right: bool
    line: int  # counted from the first line of the question's body
    text: list[str]
    explanation: list[str] = field(default_factory=list)


@dataclass
class Question:
    """What is asked, and two to four answers of which one is right."""

    text: list[str]
    answers: list[Answer]


def parse_question(lines: list[str]) -> Question:
    """Read the body of a `{question}`; a `QuestionError` says what is missing."""
    question = Question([], [])
    in_answer = False  # else in the explanation, or before the first answer
    for number, line in enumerate(lines):
        if start := ANSWER.fullmatch(line):
            question.answers.append(Answer(start["mark"] == "x", number, [start["text"]]))
            in_answer = True
        elif not question.answers:
            question.text.append(line)
        elif not line.strip():
            if not in_answer:
                question.answers[-1].explanation.append("")
            in_answer = False
        elif not line.startswith("  "):
            raise QuestionError(f"neither an answer nor indented by two spaces: {line!r}")
        else:
            answer = question.answers[-1]
            (answer.text if in_answer else answer.explanation).append(line[2:])
    if not any(line.strip() for line in question.text):
        raise QuestionError("it asks nothing")
    if not 2 <= len(question.answers) <= 4:
        raise QuestionError(f"two to four answers, not {len(question.answers)}")
    if sum(answer.right for answer in question.answers) != 1:
        raise QuestionError("exactly one answer is marked with [x]")
    for answer in question.answers:
        if not any(line.strip() for line in answer.explanation):
            raise QuestionError(f"{answer.text[0]!r} is not explained")
    return question
