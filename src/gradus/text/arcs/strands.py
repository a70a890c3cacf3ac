"""What a row of words shows of every arc: all of it, or one end and a note of the other."""

from collections.abc import Sequence
from dataclasses import dataclass

from gradus.text.arcs.tree import Arc, levels
from gradus.text.arcs.widths import shown
from gradus.text.document import Sentence

#: Letters of a word that the note at the end of a broken arc names.
NAMED = 14


@dataclass(frozen=True, slots=True)
class Strand:
    """The part of an arc that one row shows; an end beyond the row is open."""

    arc: Arc
    left: int  # word, or the one before the row's first where the arc comes from an earlier row
    right: int
    level: int
    note: str = ""  # where the open end leads to

    @property
    def is_root(self) -> bool:
        """Whether this is the arc of a root, which stands upright."""
        return self.left == self.right


def cut_strands(
    sentence: Sentence, arcs: Sequence[Arc], first: int, last: int, *, leftwards: bool = False
) -> tuple[Strand, ...]:
    """The strands of the words ``first`` to ``last``; in a ``leftwards`` row notes are turned.

    >>> sentence = Sentence.of(["Cats", "sleep", "well"])
    >>> [strand.note for strand in cut_strands(sentence, [Arc(2, 1, "nsubj")], 1, 1)]
    ['nsubj ← 2 sleep']
    >>> [strand.note for strand in cut_strands(sentence, [Arc(2, 3, "advmod")], 3, 3)]
    ['2 sleep → advmod']
    """
    parts = []
    for arc in arcs:
        left, right = arc.span
        ends = [end for end in (left, right) if first <= end <= last]
        if ends:
            note = "" if len(ends) == 2 else _note(sentence, arc, ends[0], leftwards=leftwards)
            parts.append((arc, max(left, first - 1), min(right, last + 1), note))
    heights = levels([(left, right) for _, left, right, _ in parts])
    return tuple(
        Strand(arc, left, right, level, note)
        for (arc, left, right, note), level in zip(parts, heights, strict=True)
    )


def label_text(arc: Arc) -> str:
    """What stands on an arc: its relation, and where a comparison says so the right one.

    >>> label_text(Arc(2, 1, "obl", gold_label="nmod"))
    'obl ≠ nmod'
    """
    label = shown(arc.label)
    return f"{label} ≠ {shown(arc.gold_label)}" if arc.gold_label else label


def _note(sentence: Sentence, arc: Arc, near: int, *, leftwards: bool) -> str:
    """The label, an arrow that points as the arc does, and the word at the other end."""
    far = sum(arc.span) - near
    form = shown(sentence.words[far - 1].form)
    form = form if len(form) <= NAMED else form[: NAMED - 1] + "…"
    # the note stands at the side of the far end, and so does the word in it
    word_is_right = (far > near) != leftwards
    arrow = "→" if (arc.dependent == far) == word_is_right else "←"
    parts = [part for part in (label_text(arc), arrow, f"{far} {form}") if part]
    return " ".join(parts if word_is_right else reversed(parts))
