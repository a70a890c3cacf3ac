"""Where the words of a row and the legs of their arcs stand, in pixels from its left edge."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from gradus.text.arcs.look import BEND, BESIDE, GAP, LABEL, PORT, STUMP
from gradus.text.arcs.strands import Strand, label_text
from gradus.text.arcs.widths import text_width

#: By strand and word.
Ports = dict[tuple[int, int], float]


def port_places(strands: Sequence[Strand], widths: Mapping[int, float]) -> Ports:
    """How far the leg of each strand stands from the centre of each word that it touches.

    ``widths`` says how wide each word of the row is.

    From the left: low arcs to the left, high ones, the root, high arcs to the right, low ones. So
    no leg crosses the line of another arc of the same word.
    """
    legs: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for index, strand in enumerate(strands):
        if strand.is_root:
            legs[strand.left].append((0.0, index))
        else:
            legs[strand.left].append((1 / strand.level, index))
            legs[strand.right].append((-1 / strand.level, index))
    places: Ports = {}
    for word, width in widths.items():
        standing = legs[word]
        distance = min(PORT, (width + 2 * BESIDE) / max(1, len(standing) - 1))
        for place, (_, index) in enumerate(sorted(standing)):
            places[index, word] = (place - (len(standing) - 1) / 2) * distance
    return places


def word_places(
    strands: Sequence[Strand], ports: Ports, widths: Mapping[int, float]
) -> tuple[dict[int, float], float]:
    """The centre of each word, as far left as the words and labels before it allow; the width.

    ``widths`` says how wide each word of the row is, in order. The places before the first and
    after the last are the edges where broken arcs end; beyond them stand their notes.
    """
    first, last = min(widths), max(widths)
    halves = _halves(strands, ports, widths)
    margins = [0.0, 0.0]
    arriving: dict[int, list[int]] = defaultdict(list)
    for index, strand in enumerate(strands):
        if not strand.is_root:
            arriving[strand.right].append(index)
        if strand.note:
            side = int(strand.right > last)
            margins[side] = max(margins[side], text_width(strand.note, LABEL) + STUMP)
    centres = {first - 1: margins[0]}
    edge = margins[0]
    for word in range(first, last + 2):
        at_border = (word == first and not margins[0]) or (word > last and not margins[1])
        half = halves.get(word, 0.0)
        place = edge + half + (0 if at_border else GAP)
        for index in arriving[word]:
            left = strands[index].left
            begin = centres[left] + ports.get((index, left), 0.0)
            place = max(place, begin + _room(strands[index]) - ports.get((index, word), 0.0))
        centres[word] = place
        edge = place + half
    return centres, edge + margins[1]


def _halves(
    strands: Sequence[Strand], ports: Ports, widths: Mapping[int, float]
) -> dict[int, float]:
    """What each word needs at both sides of its centre, with its legs and the label of a root."""
    halves = {word: width / 2 for word, width in widths.items()}
    for (index, word), port in ports.items():
        strand = strands[index]
        label = text_width(label_text(strand.arc), LABEL) / 2 if strand.is_root else PORT / 2
        halves[word] = max(halves[word], abs(port) + label)
    return halves


def _room(strand: Strand) -> float:
    """The least pixels between the legs of a strand."""
    if strand.note:
        return 2.0 * BEND
    return text_width(label_text(strand.arc), LABEL) + 2 * (BEND + STUMP)
