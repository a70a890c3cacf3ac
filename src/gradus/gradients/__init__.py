"""Gradients: derived in matrix form with every step, checked, graded, and turned into code.

A name is imported when it is first used, so that ``import gradus.gradients`` costs next to nothing.
"""

from typing import TYPE_CHECKING

from gradus.core.face import lazy_face

if TYPE_CHECKING:
    from gradus.gradients.building import call, line, model_of, variable
    from gradus.gradients.checking import GradientCheck, InputCheck, check
    from gradus.gradients.deriving.jacobians import Jacobian, hessian, jacobian
    from gradus.gradients.differences import numerical_gradient
    from gradus.gradients.engine import Gradients, derive
    from gradus.gradients.expressions.model import Model
    from gradus.gradients.extending import add_function
    from gradus.gradients.grading import Grade, grade
    from gradus.gradients.library import model_names, model_text
    from gradus.gradients.reading.models import read_model
    from gradus.gradients.verification import Verification, verify

#: Where each public name is defined.
HOMES = {
    "Grade": "gradus.gradients.grading",
    "GradientCheck": "gradus.gradients.checking",
    "Gradients": "gradus.gradients.engine",
    "InputCheck": "gradus.gradients.checking",
    "Jacobian": "gradus.gradients.deriving.jacobians",
    "Model": "gradus.gradients.expressions.model",
    "Verification": "gradus.gradients.verification",
    "add_function": "gradus.gradients.extending",
    "call": "gradus.gradients.building",
    "check": "gradus.gradients.checking",
    "derive": "gradus.gradients.engine",
    "grade": "gradus.gradients.grading",
    "hessian": "gradus.gradients.deriving.jacobians",
    "jacobian": "gradus.gradients.deriving.jacobians",
    "line": "gradus.gradients.building",
    "model_names": "gradus.gradients.library",
    "model_of": "gradus.gradients.building",
    "model_text": "gradus.gradients.library",
    "numerical_gradient": "gradus.gradients.differences",
    "read_model": "gradus.gradients.reading.models",
    "variable": "gradus.gradients.building",
    "verify": "gradus.gradients.verification",
}

__all__ = [
    "Grade",
    "GradientCheck",
    "Gradients",
    "InputCheck",
    "Jacobian",
    "Model",
    "Verification",
    "add_function",
    "call",
    "check",
    "derive",
    "grade",
    "hessian",
    "jacobian",
    "line",
    "model_names",
    "model_of",
    "model_text",
    "numerical_gradient",
    "read_model",
    "variable",
    "verify",
]

__getattr__, __dir__ = lazy_face(__name__, HOMES)
