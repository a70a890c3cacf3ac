"""How the parts of an element look as text, in LaTeX and in MathML; places are counted from 1."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

#: Signs of comparisons on paper.
SIGNS = {"==": "=", ">=": "≥", "<=": "≤", "!=": "≠"}


@dataclass(frozen=True)
class Style:
    """The pieces of a formula, from pieces that are written already."""

    flat: bool  # on one line, so that fractions and roots need parentheses
    word: Callable[[str], str]  # a letter, or the name of a length
    number: Callable[[str], str]
    whole_array: Callable[[str, bool], str]  # an array, and whether it has a name
    entry: Callable[[str, Sequence[str]], str]
    row: Callable[[Sequence[str]], str]  # factors
    signed: Callable[[Sequence[tuple[str, str]]], str]  # terms with their signs
    fraction: Callable[[str, str], str]
    power: Callable[[str, str], str]
    root: Callable[[str], str]
    sigma: Callable[[str, str, str], str]  # letter, length, body
    largest: Callable[[Sequence[str], str], str]
    call: Callable[[str, Sequence[str]], str]
    size: Callable[[str], str]  # |u|
    bracket: Callable[[str, str, str], str]
    group: Callable[[str], str]
    derivative: Callable[[str, str], str]


# text

POWERS = {"2": "²", "3": "³"}
GREEK = {"sigmoid": "σ", "Phi": "Φ", "phi": "φ"}


def _signed(terms: Sequence[tuple[str, str]]) -> str:
    first, *rest = terms
    return first[0] + first[1] + "".join(f" {sign} {text}" for sign, text in rest)


def _power_text(base: str, up: str) -> str:
    return base + (POWERS.get(up) or (f"^{up}" if up.isalnum() else f"^({up})"))


TEXT = Style(
    flat=True,
    word=str,
    number=str,
    whole_array=lambda array, named: array if named else f"({array})",
    entry=lambda array, places: f"{array}[{', '.join(places)}]",
    row=" ".join,
    signed=_signed,
    fraction=lambda top, bottom: f"{top} / {bottom}",
    power=_power_text,
    root=lambda inner: f"√({inner})",
    sigma=lambda letter, size, body: f"Σ_{letter} {body}",
    largest=lambda letters, body: (
        f"max_{{{', '.join(letters)}}} {body}" if len(letters) > 1 else f"max_{letters[0]} {body}"
    ),
    call=lambda name, args: f"{GREEK.get(name, name)}({', '.join(args)})",
    size=lambda inner: f"|{inner}|",
    bracket=lambda left, sign, right: f"[{left} {SIGNS.get(sign, sign)} {right}]",
    group=lambda inner: f"({inner})",
    derivative=lambda of, by: f"∂{of}/∂{by}",
)


# LaTeX

LATEX_SIGNS = {"==": "=", ">=": r"\ge", "<=": r"\le", "!=": r"\ne"}
LATEX_NAMES = {
    "sigmoid": r"\sigma",
    "Phi": r"\Phi",
    "phi": r"\varphi",
    **{name: "\\" + name for name in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{name: "\\" + name for name in ("arctan", "max", "min")},
}


def _latex_word(name: str) -> str:
    if len(name) == 1 or (len(name) == 2 and name[1] == "′"):
        return name.replace("′", "'")
    plain = name.replace("_", r"\_")
    return rf"\mathit{{{plain}}}"


def _latex_entry(array: str, places: Sequence[str]) -> str:
    joint = "" if all(len(place) == 1 for place in places) else ", "
    return f"{array}_{{{joint.join(places)}}}"


def _latex_array(array: str, named: bool) -> str:
    # a second subscript needs parentheses: (W_1)_{ij}
    return array if named and "_" not in array and "^" not in array else f"({array})"


LATEX = Style(
    flat=False,
    word=_latex_word,
    number=str,
    whole_array=_latex_array,
    entry=_latex_entry,
    row=" ".join,
    signed=_signed,
    fraction=lambda top, bottom: rf"\frac{{{top}}}{{{bottom}}}",
    power=lambda base, up: f"{base}^{{{up}}}",
    root=lambda inner: rf"\sqrt{{{inner}}}",
    sigma=lambda letter, size, body: rf"\sum_{{{letter}=1}}^{{{size}}} {body}",
    largest=lambda letters, body: rf"\max_{{{', '.join(letters)}}} {body}",
    call=lambda name, args: rf"{_latex_function(name)}\left({', '.join(args)}\right)",
    size=lambda inner: rf"\left|{inner}\right|",
    bracket=lambda left, sign, right: rf"\left[{left} {LATEX_SIGNS.get(sign, sign)} {right}\right]",
    group=lambda inner: rf"\left({inner}\right)",
    derivative=lambda of, by: rf"\frac{{\partial {of}}}{{\partial {by}}}",
)


def _latex_function(name: str) -> str:
    plain = name.replace("_", r"\_")
    return LATEX_NAMES.get(name) or rf"\operatorname{{{plain}}}"


# MathML


def _mrow(*parts: str) -> str:
    return f"<mrow>{''.join(parts)}</mrow>"


def _mo(sign: str) -> str:
    return f"<mo>{escape(sign)}</mo>"


def _mathml_signed(terms: Sequence[tuple[str, str]]) -> str:
    first, *rest = terms
    lead = (_mo("−"),) if first[0] else ()
    minus = {"-": "−"}
    return _mrow(*lead, first[1], *(_mo(minus.get(sign, sign)) + text for sign, text in rest))


def _mathml_array(array: str, named: bool) -> str:
    bare = named and "<msub" not in array and "<msup" not in array
    return array if bare else _mrow(_mo("("), array, _mo(")"))


def _listed(parts: Sequence[str], sign: str = ",") -> str:
    return _mo(sign).join(parts)


def _mathml_entry(array: str, places: Sequence[str]) -> str:
    single = all(place.count("<") == 2 for place in places)
    return f"<msub>{array}{_mrow(_listed(places, chr(0x2063) if single else ','))}</msub>"


MATHML = Style(
    flat=False,
    word=lambda name: f"<mi>{escape(name)}</mi>",
    number=lambda number: f"<mn>{escape(number)}</mn>",
    whole_array=_mathml_array,
    entry=_mathml_entry,
    row=lambda parts: _mrow(_mo(chr(0x2062)).join(parts)),
    signed=_mathml_signed,
    fraction=lambda top, bottom: f"<mfrac>{top}{bottom}</mfrac>",
    power=lambda base, up: f"<msup>{base}{up}</msup>",
    root=lambda inner: f"<msqrt>{inner}</msqrt>",
    sigma=lambda letter, size, body: _mrow(
        f"<munderover>{_mo('∑')}{_mrow(letter, _mo('='), '<mn>1</mn>')}{size}</munderover>", body
    ),
    largest=lambda letters, body: _mrow(
        f"<munder><mi>max</mi>{_mrow(_listed(letters))}</munder>", _mo(chr(0x2061)), body
    ),
    call=lambda name, args: _mrow(
        f"<mi>{escape(GREEK.get(name, name))}</mi>",
        _mo(chr(0x2061)),
        _mrow(_mo("("), _listed(args), _mo(")")),
    ),
    size=lambda inner: _mrow(_mo("|"), inner, _mo("|")),
    bracket=lambda left, sign, right: _mrow(
        _mo("["), left, _mo(SIGNS.get(sign, sign)), right, _mo("]")
    ),
    group=lambda inner: _mrow(_mo("("), inner, _mo(")")),
    derivative=lambda of, by: f"<mfrac>{_mrow(_mo('∂'), of)}{_mrow(_mo('∂'), by)}</mfrac>",
)

__all__ = ["LATEX", "MATHML", "TEXT", "Style"]
