"""The table of transition systems.

Each lets exactly one word hang on the root. ``σ`` is the stack, its top at the right, ``β`` the
buffer of words to come, its first at the left, ``δ`` what Covington's parser has set aside.
"""

from dataclasses import dataclass

from gradus.core.errors import SettingsError
from gradus.tasks.parsing.kernels import moves
from gradus.tasks.parsing.positions import ACROSS, CLASSIC, LISTED

#: Names of transitions by the number that compiled code knows them by.
MOVES = ("shift", "left", "right", "reduce", "swap", "pass")

#: What each does, by the way a system draws its arcs.
EFFECTS = {
    "shift": "σ, b|β → σ|b, β",
    "left within": "σ|i|j, β → σ|j, β with j → i",
    "right within": "σ|i|j, β → σ|i, β with i → j",
    "left across": "σ|i, j|β → σ, j|β with j → i",
    "right across": "σ|i, j|β → σ|i|j, β with i → j",
    "reduce": "σ|i, β → σ, β if i has a head",
    "swap within": "σ|i|j, β → σ|j, i|β if i < j",
    "swap across": "σ|i, j|β → σ, j|i|β if i < j",
    "left listed": "σ|i, δ, j|β → σ, i|δ, j|β with j → i",
    "right listed": "σ|i, δ, j|β → σ, i|δ, j|β with i → j",
    "pass": "σ|i, δ, j|β → σ, i|δ, j|β",
    "shift listed": "σ, δ, j|β → σ|δ|j, [], β",
}


@dataclass(frozen=True)
class TransitionSystem:
    """One system: its transitions, where its classifier looks, and what its oracle can do."""

    name: str
    number: int  # as compiled code knows it
    about: str
    transitions: dict[str, str]  # name of each, and the key of its effect
    positions: tuple[str, ...]
    projective: bool  # whether its trees never cross
    dynamic: bool  # whether its oracle has an answer in every configuration
    width: int  # configurations of a sentence over its words, at the most in practice

    @property
    def moves(self) -> tuple[int, ...]:
        """The numbers of its transitions."""
        return tuple(MOVES.index(name) for name in self.transitions)


_WITHIN = {"shift": "shift", "left": "left within", "right": "right within"}
_ACROSS = {"shift": "shift", "left": "left across", "right": "right across", "reduce": "reduce"}
_HYBRID = {"shift": "shift", "left": "left across", "right": "right within"}
_LISTED = {
    **{"shift": "shift listed", "left": "left listed"},
    **{"right": "right listed", "pass": "pass"},
}

#: Every system by name.
SYSTEMS = {
    system.name: system
    for system in (
        TransitionSystem(
            *("standard", moves.STANDARD),
            "Arc-standard: a word is attached when it has all of its dependents [nivre2004]",
            *(_WITHIN, CLASSIC),
            projective=True,
            dynamic=False,
            width=2,
        ),
        TransitionSystem(
            *("eager", moves.EAGER),
            "Arc-eager: a word is attached as soon as its head is known [nivre2003]",
            *(_ACROSS, ACROSS),
            projective=True,
            dynamic=True,
            width=2,
        ),
        TransitionSystem(
            *("hybrid", moves.HYBRID),
            "Arc-hybrid: left arcs as in arc-eager, right arcs as in arc-standard [kuhlmann2011]",
            *(_HYBRID, ACROSS),
            projective=True,
            dynamic=True,
            width=2,
        ),
        TransitionSystem(
            *("swap-standard", moves.SWAP_STANDARD),
            "Arc-standard that may put words back in another order, lazily [nivre2009][nivre2009b]",
            *({**_WITHIN, "swap": "swap within"}, CLASSIC),
            projective=False,
            dynamic=False,
            width=8,
        ),
        TransitionSystem(
            *("swap-hybrid", moves.SWAP_HYBRID),
            "Arc-hybrid that may put words back in another order [delhoneux2017]",
            *({**_HYBRID, "swap": "swap across"}, ACROSS),
            projective=False,
            dynamic=True,
            width=8,
        ),
        TransitionSystem(
            *("covington", moves.COVINGTON),
            "Covington's: each word meets all words before it, any tree can be built [nivre2008]",
            *(_LISTED, LISTED),
            projective=False,
            dynamic=True,
            width=16,
        ),
    )
}


def named_system(name: str) -> TransitionSystem:
    """The system of this name; :class:`SettingsError` lists them all.

    >>> named_system("hybrid").dynamic
    True
    """
    if name not in SYSTEMS:
        raise SettingsError(f"system={name!r} is unknown: choose {', '.join(SYSTEMS)}")
    return SYSTEMS[name]
