"""Answers to an escalation's questions, each against its question's JSON Schema."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from signoff.domain.documents import check_depth
from signoff.domain.errors import Code, Invalid
from signoff.domain.schemas import check_schema
from signoff.domain.sidecars import Flag, Question
from signoff.domain.validators import Effort, errors_of

MAX_ANSWER_BYTES = 64 * 1024
MAX_ANSWER_VALUES = 1_000
MAX_PROBLEMS = 20


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is wrong with one answer; `at` is a JSON pointer into it (RFC 6901)."""

    question: str
    message: str
    at: str = ""


def check_questions(questions: Sequence[Question]) -> tuple[Flag, ...]:
    """Return a flag for each question whose schema cannot be used; it is asked all the same."""
    found = ((question, _unusable(question)) for question in questions)
    return tuple(
        Flag(
            severity="warning",
            message=f"The schema of question “{question.id}” is not used. {reason}",
        )
        for question, reason in found
        if reason
    )


def _unusable(question: Question) -> str:
    try:
        usable_schema(question, strict=True)
    except Invalid as refusal:
        return refusal.message
    return ""


def usable_schema(question: Question, *, strict: bool = False) -> dict[str, Any] | None:
    """Return the schema that an answer must satisfy, with references written out.

    None if there is none, or if it cannot be used; with `strict` the latter is Invalid.
    """
    if question.schema is None:
        return None
    try:
        return check_schema(question.schema)
    except Invalid:
        if strict:
            raise
        return None


def check_answers(questions: Sequence[Question], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers by question id, in the order of the questions.

    Raise Invalid (`answer_invalid`) with every problem and the id of its question.
    """
    known = {question.id: question for question in questions}
    problems = [
        Problem(question=name, message="There is no question with this id")
        for name in answers
        if name not in known
    ]
    effort = Effort()
    for question in questions:
        problems.extend(_problems(question, answers, effort))
    if problems:
        raise Invalid(
            _sentence(problems),
            code=Code.ANSWER_INVALID,
            hint="Correct what is listed under `problems` and send all answers again.",
            problems=[msgspec.to_builtins(each) for each in problems[:MAX_PROBLEMS]],
        )
    return {name: answers[name] for name in known if name in answers}


def _sentence(problems: list[Problem]) -> str:
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"The answer to “{first.question[:80]}” cannot be taken: {first.message}{more}"


def _problems(
    question: Question, answers: Mapping[str, Any], effort: Effort
) -> Iterator[Problem]:
    answer = answers.get(question.id)
    schema = usable_schema(question)
    if question.id not in answers or (schema is None and _says_nothing(answer)):
        if question.required:
            yield Problem(question=question.id, message="An answer is required")
        return
    if answer is None and not question.required:
        return
    try:
        _check_size(answer)
        for error in errors_of(schema or {}, answer, effort=effort):
            at = "".join(f"/{part}" for part in error.absolute_path)
            yield Problem(question=question.id, message=error.message[:300], at=at)
    except Invalid as refusal:
        yield Problem(question=question.id, message=refusal.message)
    except (ArithmeticError, RecursionError) as broken:
        # `multipleOf` divides what it is given, however large
        yield Problem(question=question.id, message=f"It cannot be checked: {broken}")


def _check_size(answer: Any) -> None:
    """Bound the work: each value may be held against each part of the schema."""
    check_depth(answer)
    encoded = msgspec.json.encode(answer)
    if len(encoded) > MAX_ANSWER_BYTES:
        raise Invalid(f"An answer has {MAX_ANSWER_BYTES:,} bytes at most")
    if not isinstance(answer, str) and encoded.count(b",") >= MAX_ANSWER_VALUES:
        raise Invalid(f"An answer has {MAX_ANSWER_VALUES:,} values at most")


def _says_nothing(answer: Any) -> bool:
    return answer is None or (isinstance(answer, str) and not answer.strip())
