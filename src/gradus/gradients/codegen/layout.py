"""Python laid out as black does it, at 100 columns."""

from collections.abc import Iterable, Sequence

WIDTH = 100
INDENT = "    "


def indented(lines: Iterable[str], depth: int = 1) -> list[str]:
    """Lines, moved to the right; empty ones stay empty."""
    return [f"{INDENT * depth}{line}" if line else "" for line in lines]


def bracketed(before: str, items: Sequence[str], after: str, *, depth: int = 0) -> list[str]:
    """``before item, item after`` on one line, else the items on one, else each on its own.

    >>> bracketed("def f(", ["a", "b"], "):")
    ['def f(a, b):']
    """
    inside = ", ".join(items)
    if _fits(f"{before}{inside}{after}", depth):
        return [f"{before}{inside}{after}"]
    if _fits(inside, depth + 1) and before.startswith("def "):
        return [before, *indented([inside]), after]
    return [before, *indented(f"{item}," for item in items), after]


def _fits(text: str, depth: int) -> bool:
    return len(text) + len(INDENT) * depth <= WIDTH


def commented(line: str, comment: str, depth: int) -> list[str]:
    """A line with its comment behind it, or above it where that is too long."""
    if not comment:
        return [line]
    if "  # " not in line and line[-1] != "(" and _fits(f"{line}  # {comment}", depth):
        return [f"{line}  # {comment}"]
    return [f"# {comment}", line]


def docstring(first: str, rest: Sequence[str]) -> list[str]:
    """A docstring: its first line, and what follows after an empty one."""
    if not rest:
        return [f'"""{first}"""']
    return [f'"""{first}', "", *rest, '"""']


def listing(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> listing(["W1", "b1", "W2"])
    'W1, b1 and W2'
    """
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
