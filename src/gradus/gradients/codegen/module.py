"""The text of a module that computes a loss and its gradients."""

import re
from collections.abc import Callable, Mapping

from gradus.core.errors import SettingsError
from gradus.gradients.codegen.autograd_form import autograd_body
from gradus.gradients.codegen.draft import Draft
from gradus.gradients.codegen.function_form import function_body
from gradus.gradients.codegen.helpers import HELPERS, NEEDS
from gradus.gradients.codegen.numpy_code import NUMPY
from gradus.gradients.codegen.torch_code import TORCH
from gradus.gradients.codegen.writer import Library
from gradus.gradients.deriving.derivation import Derivation

#: Libraries by name.
LIBRARIES: Mapping[str, Library] = {"numpy": NUMPY, "torch": TORCH}

Body = Callable[[Derivation, Library], tuple[Draft, list[str]]]

#: Forms by name.
FORMS: Mapping[str, Body] = {"function": function_body, "autograd": autograd_body}


def generate(derivation: Derivation, library: str = "numpy", form: str = "function") -> str:
    r"""The text of a module with a function ``loss_and_gradients`` of the inputs of the model.

    It returns the loss and a dict of gradients by name. With ``form="autograd"``, for torch alone,
    the module has a ``torch.autograd.Function`` and a function ``loss`` that applies it.

    >>> from gradus.gradients.deriving.derivation import derive
    >>> found = derive("J = sum((W @ x - y)**2) / 2", "W", shapes={"W": "m, n", "x": "n", "y": "m"})
    >>> print(generate(found).partition("# forward\n")[2])
        residual = W @ x - y
        J = residual @ residual / 2
        return J, {"W": residual[:, None] * x}
    <BLANKLINE>

    Raises:
        SettingsError: there is no such library or form.
    """
    if library not in LIBRARIES:
        raise SettingsError(f"there is no library {library!r}; choose {' or '.join(LIBRARIES)}")
    if form not in FORMS:
        raise SettingsError(f"there is no form {form!r}; choose {' or '.join(FORMS)}")
    if form == "autograd" and library != "torch":
        raise SettingsError(f"form='autograd' is for torch; {library} has form='function' alone")
    draft, body = FORMS[form](derivation, LIBRARIES[library])
    return "\n".join([*heading(draft, body), "", "", *body]) + "\n"


def heading(draft: Draft, body: list[str]) -> list[str]:
    """The docstring of the module, its imports and its helpers."""
    library, helpers = draft.library, draft.writer.helpers
    needs = [need for helper in helpers for need in NEEDS.get(helper, ())]
    standard = [f"import {name}" for name in sorted({*draft.writer.imports, *needs})]
    third = []
    if re.search(rf"\b{library.alias}\.", "\n".join(body)):
        shown = f" as {library.alias}" if library.alias != library.name else ""
        third = [f"import {library.name}{shown}"]
    if "@once_differentiable" in "\n".join(body):
        third.append("from torch.autograd.function import once_differentiable")
    lines = [f'"""{draft.result} and its gradients, line by line."""']
    for group in (standard, third):
        lines += ["", *group] if group else []
    for helper in helpers:
        lines += HELPERS[helper].rstrip("\n").split("\n")
    return lines
