"""Docstrings on their way into the reference: roles, citation keys and examples in Markdown."""

import ast
import re
from typing import Any

import griffe

ROLE = re.compile(r":[a-z]+:`~?([^`]+)`")
CITATION = re.compile(r"\[([a-z]+\d{4}[a-z]?)\](?![\[(])")
EXAMPLE = re.compile(r"^>>> .*(?:\n.+)*", re.MULTILINE)  # up to the next empty line


class Docstrings(griffe.Extension):
    """Rewrite every docstring that the reference shows."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of one module, class, function or attribute."""
        if obj.docstring:
            obj.docstring.value = to_markdown(obj.docstring.value)

    def on_attribute_instance(self, *, attr: griffe.Attribute, **_: Any) -> None:
        """Document a setting by the description on the line that declares it."""
        description = setting_description(str(attr.value or ""))
        if description and not attr.docstring:
            attr.docstring = griffe.Docstring(description, parent=attr)


def setting_description(value: str) -> str:
    """The description in ``Field(..., description="...")``; empty for any other value."""
    if not value.startswith("Field("):
        return ""
    call = ast.parse(value, mode="eval").body
    keywords = call.keywords if isinstance(call, ast.Call) else []
    return next(
        (ast.literal_eval(word.value) for word in keywords if word.arg == "description"), ""
    )


def to_markdown(docstring: str) -> str:
    """Code for roles, links for citation keys, fenced blocks for examples."""
    pieces = []
    end = 0
    for example in EXAMPLE.finditer(docstring):
        pieces += [_prose(docstring[end : example.start()]), f"\n```pycon\n{example[0]}\n```\n"]
        end = example.end()
    return "".join([*pieces, _prose(docstring[end:])])


def _prose(text: str) -> str:
    return CITATION.sub(r"[\1][\1]", ROLE.sub(r"`\1`", text))
