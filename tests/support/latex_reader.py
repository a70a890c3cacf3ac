"""LaTeX read as a person reads it: what stands in braces belongs together, and nothing else does.

The judge of what is printed: a formula comes back in the notation of models, with parentheses
only where LaTeX has parentheses, fractions or roots.
"""

import re
from collections.abc import Iterator

TOKEN = re.compile(
    r"\\(?:left|right)(?:\\[A-Za-z]+|.)|\\[A-Za-z]+|\\.|[A-Za-z]|\d+(?:\.\d+)?|\S", re.DOTALL
)

#: Brackets with what closes them and how they are read.
BRACKETS = {
    "(": (")", "({})"),
    r"\left(": (r"\right)", "({})"),
    r"\left\lvert": (r"\right\rvert", "abs({})"),
    r"\left\lVert": (r"\right\rVert", "norm({})"),
    "[": ("]", "([{}])"),
}

WORDS = {
    r"\circ": "∘",
    r"\times": ",",
    r"\cdot": "·",
    r"\geq": ">=",
    r"\max": "maximum",
    r"\sigma": "sigmoid",
    r"\lambda": "lam",
    r"\varepsilon": "eps",
}

ABOVE = {r"\top": "ᵀ", "-1": "⁻¹", r"-\top": "⁻ᵀ"}

#: What a sum reaches up to.
AFTER_SUM = ("+", "-", ",", r"\geq")


class LatexReader:
    """Reads from left to right; sums over all axes are known, those over some are not."""

    def __init__(self, text: str) -> None:
        self.tokens, self.at = TOKEN.findall(text), 0
        self.raised = -1  # where the last superscript ended

    def next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def raw(self) -> str:
        """What stands in braces, as it is."""
        assert self.next() == "{"
        start, level = self.at, 1
        while level:
            level += {"{": 1, "}": -1}.get(self.next(), 0)
        return "".join(self.tokens[start : self.at - 1])

    def group(self) -> str:
        """What stands in braces, read."""
        assert self.next() == "{"
        text = self.run(("}",))
        assert self.next() == "}"
        return text

    def run(self, ends: tuple[str, ...] = ()) -> str:
        """Everything up to one of some tokens."""
        words: list[str] = []
        while self.at < len(self.tokens) and self.tokens[self.at] not in ends:
            self.word(self.next(), words, ends)
        return " ".join(words)

    def word(self, token: str, words: list[str], ends: tuple[str, ...]) -> None:
        """Add a token, and what belongs to it."""
        if token in BRACKETS:
            closing, shown = BRACKETS[token]
            words.append(shown.format(self.run((closing,))))
            assert self.next() == closing
        elif token == r"\frac":
            words.append(f"(({self.group()}) / ({self.group()}))")
        elif token == r"\sqrt":
            words.append(f"sqrt({self.group()})")
        elif token == "^":
            assert self.raised != self.at - 1, "two superscripts in a row"
            place = self.at
            above = ABOVE.get(self.raw())
            if above is None:
                self.at = place
                above = f"^({self.group()})"
            words[-1] += above
            self.raised = self.at
        elif token == "_":
            below = self.raw()  # an index, or a part of a name
            words[-1] += f"[{below}]" if words[-1].endswith(")") else below
        elif token == r"\hat":
            words.append(self.group() + "hat")
        elif token in (r"\mathbf", "I"):  # ones, and the identity
            name = "eye" if token == "I" else {"1": "ones", "0": "zeros"}[self.raw()]
            assert self.next() == "_"
            words.append(f"{name}({self.group()})")
        elif token == r"\mathbb":
            assert self.raw() == "1"
        elif token == r"\sum":
            assert self.next() == "_"
            self.raw()
            words.append(f"sum({self.run((*ends, *AFTER_SUM))})")
        elif token == r"\operatorname":
            words.append(self.raw())
        else:
            words.append(WORDS.get(token, token.removeprefix("\\")))


def read_latex(text: str) -> str:
    """LaTeX in the notation of models."""
    return LatexReader(text).run()


def unbalanced(text: str) -> Iterator[str]:
    """Brackets without a partner."""
    open_brackets = []
    for token in TOKEN.findall(text):
        kind = next((kind for kind in PAIRS if token.startswith(kind)), "")
        if kind:
            open_brackets.append(kind)
        for opening, closing in PAIRS.items():
            if (
                token.startswith(closing)
                and (open_brackets.pop() if open_brackets else "") != opening
            ):
                yield token
    yield from open_brackets


PAIRS = {"{": "}", r"\left": r"\right", r"\begin": r"\end"}
