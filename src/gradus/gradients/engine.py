"""The engine as it is used: derive, and what can be done with a derivation."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradus.core.errors import NotationError, SettingsError
from gradus.gradients.building import model_of
from gradus.gradients.codegen import generate
from gradus.gradients.deriving import derivation as deriving
from gradus.gradients.deriving.derivation import Derivation
from gradus.gradients.deriving.jacobians import Jacobian
from gradus.gradients.expressions.model import Model
from gradus.gradients.expressions.nodes import Node
from gradus.gradients.grading import Grade, grade
from gradus.gradients.pages.data import derivation_data, sections_data
from gradus.gradients.pages.html import html_page, html_part
from gradus.gradients.pages.latex import latex_page
from gradus.gradients.pages.outline import Section, jacobian_outline, outline
from gradus.gradients.pages.text import text_page
from gradus.gradients.verification import Judge, Verification, verify
from gradus.gradients.writing.notation import notation

#: How sections are written, by format; JSON needs more than the sections.
PAGES: dict[str, Callable[[Sequence[Section]], str]] = {
    "text": text_page,
    "numpy": lambda sections: text_page(sections, "numpy"),
    "latex": latex_page,
    "html": html_page,
}

FORMATS = (*PAGES, "json")


@dataclass(frozen=True)
class Gradients(Derivation):
    """A derivation that can be read, checked and turned into code; a notebook shows it."""

    def __str__(self) -> str:
        return self.page("answer")

    def __repr__(self) -> str:
        return f"<gradients of {self.model.output} by {', '.join(self.asked)}>"

    def _repr_html_(self) -> str:
        return html_part(outline(self))

    def __getitem__(self, name: str) -> str:
        """The gradient by an input or a line, in the notation that can be read back."""
        return notation(self.answers[name])

    def page(self, level: str = "signals", format: str = "text") -> str:
        """The derivation at a level (``answer``, ``signals``, ``proof``) in one of the formats.

        Raises:
            SettingsError: there is no such level or format.
        """
        sections = outline(self, level)
        if format == "json":
            return json.dumps(derivation_data(self, sections), ensure_ascii=False, indent=2) + "\n"
        return write_page(sections, format)

    def to_dict(self, level: str = "signals") -> dict[str, Any]:
        """The derivation as plain values."""
        return derivation_data(self, outline(self, level))

    def code(self, library: str = "numpy", *, form: str = "function") -> str:
        """Python code of the forward and backward pass, for ``numpy`` or ``torch``."""
        return generate(self, library, form)

    def verify(
        self,
        *,
        count: int = 3,
        seed: int = 1,
        sizes: Mapping[str, int] | None = None,
        judges: Mapping[str, Judge] | None = None,
    ) -> Verification:
        """Compare every gradient with slopes, see :func:`~gradus.gradients.verification.verify`."""
        return verify(self, count=count, seed=seed, sizes=sizes, judges=judges)

    def grade(self, name: str, answer: str, *, given: str = "", seed: int = 1) -> Grade:
        """Compare a person's answer, see :func:`~gradus.gradients.grading.grade`."""
        return grade(self, name, answer, given=given, seed=seed)


def derive(
    model: Model | Node | str,
    wrt: Sequence[str] | str | None = None,
    *,
    shapes: Mapping[str, Any] | None = None,
    kinds: Mapping[str, str] | None = None,
    output: str | None = None,
) -> Gradients:
    """Derive the gradients of a model's result, a single number, in matrix form.

    ``model`` is a model, an expression (:mod:`~gradus.gradients.building`) or a text; ``shapes``,
    ``kinds`` and ``output`` are for a text, see
    :func:`~gradus.gradients.reading.models.read_model`. ``wrt`` names inputs or lines, by default
    all inputs that are not data. A gradient has the shape of what it is taken by.

    >>> found = derive("J = CE(softmax(W x), y)", shapes={"W": "C, D", "x": "D", "y": "C"},
    ...                kinds={"y": "one-hot"})
    >>> found["W"], found["x"]
    ('outer(delta1, x)', 'W.T @ delta1')
    >>> found.verify().passed
    True

    Raises:
        NotationError: the text cannot be read, or ``wrt`` names nothing.
        ShapeError: shapes do not go together.
        DerivationError: the result is not a single number, or an index is differentiated.
    """
    if isinstance(model, Node):
        model = model_of(model)
    if not isinstance(model, Model | str):
        raise NotationError(f"derive takes a text, a model or an expression, not {model!r}")
    found = deriving.derive(model, wrt, shapes=shapes, kinds=kinds, output=output)
    return Gradients(**{name: getattr(found, name) for name in found.__dataclass_fields__})


def jacobian_page(found: Jacobian, format: str = "text") -> str:
    """A Jacobian, or one block of rows of a Hessian, in one of the formats.

    Raises:
        SettingsError: there is no such format.
    """
    sections = jacobian_outline(found)
    if format == "json":
        return (
            json.dumps({"sections": sections_data(sections)}, ensure_ascii=False, indent=2) + "\n"
        )
    return write_page(sections, format)


def write_page(sections: Sequence[Section], format: str) -> str:
    """Sections in one of the formats.

    Raises:
        SettingsError: there is no such format.
    """
    if format not in PAGES:
        raise SettingsError(f"unknown format {format!r}; one of {', '.join(FORMATS)}")
    return PAGES[format](sections)
