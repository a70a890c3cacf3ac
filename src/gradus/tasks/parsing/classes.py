"""What a transition parser chooses from: transitions with labels, as training met them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int32

from gradus.core.errors import SettingsError
from gradus.tasks.parsing.kernels.moves import LEFT, RIGHT
from gradus.tasks.parsing.systems import MOVES, TransitionSystem

#: The relation of the root's word, and relations that say the least, the vaguest first.
ROOT, VAGUE = "root", ("dep", "parataxis")


class Classes(NamedTuple):
    """Transitions with the numbers of their labels; -1 where no arc is made."""

    table: Int32[np.ndarray, "classes 2"]
    leftover: Int32[np.ndarray, " 2"]  # labels of words that are left without a head, and a root

    @classmethod
    def of(
        cls,
        system: TransitionSystem,
        heads: Int32[np.ndarray, " words"],
        labels: Int32[np.ndarray, " words"],
        names: Sequence[str],
    ) -> "Classes":
        """Every transition of the system, with the labels that arcs of its direction have.

        ``heads`` are relative: where the head stands from its word; below 0 it is to the left.
        """
        rows: list[tuple[int, int]] = []
        for move in system.moves:
            if move == LEFT:
                chosen = np.unique(labels[heads > 0])
            elif move == RIGHT:
                chosen = np.unique(labels[heads <= 0])
            else:
                chosen = np.array([-1])
            rows += [(move, label) for label in (chosen.tolist() or [0])]
        return cls(np.array(rows, dtype=np.int32), leftover_labels(names))

    @classmethod
    def read(cls, rows: Any, system: TransitionSystem, names: Sequence[str]) -> "Classes":
        """Classes from the rows of their table.

        Raises:
            SettingsError: a row is no transition of the system with one of the labels ``names``.
        """
        if not isinstance(rows, list) or not rows:
            raise SettingsError("it has no table of classes")
        for row in rows:
            if (
                not isinstance(row, list)
                or [type(value) for value in row] != [int, int]
                or row[0] not in system.moves
                or not (0 if row[0] in (LEFT, RIGHT) else -1) <= row[1] < len(names)
            ):
                raise SettingsError(
                    f"class {row} is no transition of {system.name} with one of {len(names)} labels"
                )
        if {move for move, _ in rows} != set(system.moves):
            raise SettingsError(f"its classes lack a transition of {system.name}")
        return cls(np.array(rows, dtype=np.int32), leftover_labels(names))

    def name(self, number: int, labels: Sequence[str]) -> str:
        """A class in words, such as ``left nsubj``."""
        move, label = self.table[number].tolist()
        return MOVES[move] if label < 0 else f"{MOVES[move]} {labels[label]}"


def leftover_labels(names: Sequence[str]) -> Int32[np.ndarray, " 2"]:
    """The labels for what no transition attached: the vaguest of the treebank, and the root's."""
    others = [number for number, name in enumerate(names) if name != ROOT]
    vague = next((names.index(name) for name in VAGUE if name in names), (others or [0])[0])
    root = names.index(ROOT) if ROOT in names else vague
    return np.array([vague, root], dtype=np.int32)
