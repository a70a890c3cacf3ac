"""A module with one function that returns the loss and its gradients."""

from gradus.gradients.codegen.draft import Draft
from gradus.gradients.codegen.layout import bracketed, docstring, indented, listing
from gradus.gradients.codegen.programs import as_program
from gradus.gradients.codegen.writer import Library
from gradus.gradients.deriving.derivation import Derivation


def function_body(derivation: Derivation, library: Library) -> tuple[Draft, list[str]]:
    """The draft and the text of ``loss_and_gradients``."""
    draft = Draft(derivation, as_program(derivation), library)
    backward = draft.backward_lines()
    gradients = [f'"{key}": {text}' for key, text in draft.gradients.items()]
    body = [
        *draft.sizes.lines(),
        "# forward",
        *draft.forward_lines(),
        *(["", "# backward", *backward] if backward else []),
        *bracketed(f"return {draft.result}, {{", gradients, "}", depth=1),
    ]
    head = bracketed("def loss_and_gradients(", draft.arguments(), "):")
    return draft, [*head, *indented([*_docstring(draft), *body])]


def _docstring(draft: Draft) -> list[str]:
    names = listing(list(draft.program.answers))
    return docstring(
        f"{draft.result} and its gradients with respect to {names}.",
        [
            "Args:",
            *draft.described(),
            "",
            "Returns:",
            f"    {draft.result}, and the gradients by name, each in the shape of its input.",
        ],
    )
