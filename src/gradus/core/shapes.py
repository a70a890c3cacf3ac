"""Shape annotations that cost a user nothing: jaxtyping's names, or light stand-ins for them.

Importing jaxtyping takes longer than answering a query. Shapes are checked in the test run only,
which loads jaxtyping first; everywhere else a stand-in forgets the shape and keeps the array type.
"""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or "jaxtyping" in sys.modules:
    from jaxtyping import Float, Int
else:

    class _Unchecked:
        def __getitem__(self, annotation: tuple[Any, str]) -> Any:
            return annotation[0]

    Float = Int = _Unchecked()

__all__ = ["Float", "Int"]
