"""The lines of one arc: up from a word, across with the label in the middle, down with an arrow."""

from dataclasses import dataclass
from typing import Any

from gradus.text.arcs.look import ARROW_HALF, ARROW_HIGH, BEND, HALO, LABEL, STUMP
from gradus.text.arcs.rows import Row
from gradus.text.arcs.strands import label_text
from gradus.text.arcs.widths import text_width

#: From the middle of a label's letters down to the line that they stand on, in their size.
MIDDLE = 0.35

#: A path of SVG: commands with their numbers.
Path = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Stroke:
    """One arc as paths and a label with its place; ``anchor`` is empty where it is centred."""

    line: Path
    arrow: Path
    label: str
    place: tuple[float, float]
    anchor: str = ""


def stroke(row: Row, index: int, *, y: float, ground: float) -> Stroke:
    """One strand of ``row`` with its line at the height ``y`` and its feet at ``ground``."""
    strand = row.strands[index]
    if strand.is_root:
        return _root(row, index, y, ground)
    if strand.note:
        return _stub(row, index, y, ground)
    label = label_text(strand.arc)
    half = text_width(label, LABEL) / 2 + HALO if label else 0.0
    ends = row.ends(index)
    tip = ends[strand.arc.dependent == strand.right]
    middle = _middle(row, index, half)
    line = [
        *_leg(min(ends), middle - half, y, _foot(min(ends), tip, ground)),
        *_leg(max(ends), middle + half, y, _foot(max(ends), tip, ground)),
    ]
    return Stroke(line, _arrow(tip, ground), label, (middle, y + LABEL * MIDDLE))


def _root(row: Row, index: int, y: float, ground: float) -> Stroke:
    x, _ = row.ends(index)
    line: Path = [("M", x, y + LABEL / 2), ("V", ground - ARROW_HIGH / 2)]
    place = (x, y + LABEL * MIDDLE - 2)
    return Stroke(line, _arrow(x, ground), label_text(row.strands[index].arc), place)


def _stub(row: Row, index: int, y: float, ground: float) -> Stroke:
    """A leg whose line ends at the edge of the row, where a note says what lies beyond."""
    strand = row.strands[index]
    ends = row.ends(index)
    edge, leg = ends if strand.left < row.first else ends[::-1]
    arrives = row.first <= strand.arc.dependent <= row.last
    line = _leg(leg, edge, y, ground - (ARROW_HIGH / 2 if arrives else 0))
    beside, anchor = (edge - STUMP, "end") if edge < leg else (edge + STUMP, "start")
    place = (beside, y + LABEL * MIDDLE)
    return Stroke(line, _arrow(leg, ground) if arrives else [], strand.note, place, anchor)


def _leg(foot: float, to: float, y: float, ground: float) -> Path:
    """From a word up to the height of the line, round a bend and along to ``to``."""
    bend = BEND if to > foot else -BEND
    return [("M", foot, ground), ("V", y + BEND), ("Q", foot, y, foot + bend, y), ("H", to)]


def _foot(x: float, tip: float, ground: float) -> float:
    """Where a leg begins: at the word, or under the arrow, whose tip it would blunt."""
    return ground - ARROW_HIGH / 2 if x == tip else ground


def _arrow(x: float, ground: float) -> Path:
    top = ground - ARROW_HIGH
    return [("M", x, ground), ("L", x - ARROW_HALF, top), ("L", x + ARROW_HALF, top)]


def _middle(row: Row, index: int, half: float) -> float:
    """Where the label is centred: in the middle, or beside the legs of arcs that cross the line."""
    ends = row.ends(index)
    low, high = min(ends) + BEND, max(ends) - BEND
    crossing = sorted(
        end
        for other, above in enumerate(row.strands)
        if above.level > row.strands[index].level
        for end in row.ends(other)
        if low < end < high
    )
    clear = [
        (begin + half, end - half)
        for begin, end in zip([low, *crossing], [*crossing, high], strict=True)
        if end - begin >= 2 * half
    ]
    centre = (low + high) / 2
    # without any room the label stays in the middle and is crossed
    places = [min(max(centre, begin), end) for begin, end in clear] or [centre]
    return min(places, key=lambda place: abs(place - centre))
