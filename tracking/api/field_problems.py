"""What is wrong with each field of a request, and its cure, in our own words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """One field that cannot be taken. `field` is a dotted path such as "legs.0.number", "" for the body as a whole."""

    field: str
    problem: str
    cure: str


# By the validation's code: the problem (None: the validation's own words, which say it best) and the cure.
_WORDS: dict[str, tuple[str | None, str]] = {
    "required": ("is missing", "Send it."),
    "null": ("may not be null", "Send a value, or leave it out."),
    "blank": ("is empty", "Send a value, or leave it out."),
    "empty": ("is empty", "Send at least one."),
    "not_a_list": ("is not a list", "Send a JSON array."),
    "not_a_dict": ("is not an object", "Send a JSON object."),
    "max_length": (None, "Shorten it."),
    "min_length": (None, "Send all of it."),
    "max_value": (None, "Send a smaller number."),
    "min_value": (None, "Send a larger number."),
    "invalid_choice": (None, "GET /api/v1/schema lists the values that are known."),
    "invalid": (None, "Check it and send it again."),
}


def field_problems(details: Any, path: str = "") -> tuple[FieldProblem, ...]:
    """The problems in a validation error's full details (nested lists and objects of {message, code})."""
    return tuple(_walk(details, path))


def _walk(details: Any, path: str) -> Iterator[FieldProblem]:
    if isinstance(details, list):
        for index, item in enumerate(details):
            # A list holds either the messages of one field or one (possibly empty) object for each item of a list.
            yield from _walk(item, path if _is_message(item) else _join(path, str(index)))
    elif _is_message(details):
        problem, cure = _WORDS.get(details["code"], (None, _WORDS["invalid"][1]))
        told, _, own_cure = str(details["message"]).partition("\n")
        yield FieldProblem(field=path, problem=problem or told, cure=own_cure or cure)
    else:
        for name, item in details.items():
            yield from _walk(item, path if name == "non_field_errors" else _join(path, str(name)))


def _is_message(item: Any) -> bool:
    return isinstance(item, dict) and set(item) == {"message", "code"} and isinstance(item["code"], str)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
