"""Names with Greek letters, hats and subscripts: ``ŷ`` is ``yhat``, ``δ₁`` is ``delta1``."""

import unicodedata

#: Greek letters by name; ``lam`` and ``eps`` are short because Python has taken ``lambda``.
GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "eps": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "iota": "ι",
    "kappa": "κ",
    "lam": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
    "Gamma": "Γ",
    "Delta": "Δ",
    "Theta": "Θ",
    "Lambda": "Λ",
    "Xi": "Ξ",
    "Pi": "Π",
    "Psi": "Ψ",
    "Omega": "Ω",
}
LETTERS = {letter: name for name, letter in GREEK.items()} | {"ϵ": "eps", "ϑ": "theta"}

#: Other spellings of a name.
ALIASES = {"lambda": "lam", "epsilon": "eps"}

#: Marks above a letter.
MARKS = {"hat": "\u0302", "tilde": "\u0303", "bar": "\u0304"}
MARK_NAMES = {mark: name for name, mark in MARKS.items()}

SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
TO_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def canonical(name: str) -> str:
    """A name in plain letters: the one under which it is known.

    >>> [canonical(name) for name in ("ŷ", "δ₁", "λ", "lambda", "W1")]
    ['yhat', 'delta1', 'lam', 'lam', 'W1']
    """
    plain = "".join(
        MARK_NAMES.get(letter) or LETTERS.get(letter, letter)
        for letter in unicodedata.normalize("NFD", name.translate(SUBSCRIPTS))
    )
    return ALIASES.get(plain, plain)


def pretty(name: str) -> str:
    """A name as on paper; the opposite of :func:`canonical`.

    >>> [pretty(name) for name in ("yhat", "delta1", "lam", "W1", "idx", "gamma_h[t]")]
    ['ŷ', 'δ₁', 'λ', 'W₁', 'idx', 'γ_h[t]']
    """
    name, bracket, time = name.partition("[")
    if bracket:
        return f"{pretty(name)}[{time}"
    letter, underscore, rest = name.partition("_")
    if underscore and letter in GREEK and not rest.isdigit():
        return f"{GREEK[letter]}_{rest}"
    base, number = split_number(name)
    mark = next((mark for mark in MARKS if base.endswith(mark) and base != mark), "")
    stem = base.removesuffix(mark)
    letter = GREEK.get(stem, stem)
    if len(letter) != 1:
        return letter + number.translate(TO_SUBSCRIPTS) if letter != stem else name
    return unicodedata.normalize("NFC", letter + MARKS.get(mark, "")) + number.translate(
        TO_SUBSCRIPTS
    )


def split_number(name: str) -> tuple[str, str]:
    """A name and the digits at its end, with or without an underscore between.

    >>> split_number("delta12"), split_number("x_1"), split_number("x")
    (('delta', '12'), ('x', '1'), ('x', ''))
    """
    base = name.rstrip("0123456789")
    number = name[len(base) :]
    return (base.removesuffix("_") or base, number) if base else (name, "")
