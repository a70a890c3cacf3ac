"""Expressions: a graph of operations on arrays with symbolic shapes, and their values."""

# every operation is there once any is
from gradus.gradients.expressions import operations as operations
