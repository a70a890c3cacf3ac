"""Every operation that an expression can have; importing this fills the table of builders."""

from gradus.gradients.expressions import (
    arithmetic,
    contractions,
    functions,
    indexing,
    linear,
    recurrence,
    reductions,
)
from gradus.gradients.expressions.nodes import BUILDERS

#: The modules that define operations.
HOMES = (arithmetic, linear, reductions, indexing, functions, contractions, recurrence)

#: The names of all operations.
OPERATIONS = tuple(BUILDERS)
