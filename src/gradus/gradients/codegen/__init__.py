"""Code from derivations: modules that compute a loss and its gradients, for NumPy and torch."""

from gradus.gradients.codegen.module import generate

__all__ = ["generate"]
