"""A dependency tree in a terminal: a word a line, its arcs as lines at the left."""

from collections.abc import Sequence

from gradus.text.arcs.tree import Arc, Verdict, tree_arcs
from gradus.text.arcs.widths import columns, fitted, shown
from gradus.text.document import NOTHING, Sentence

#: What a place of the drawing looks like, by where lines leave it: up, down, left, right.
GLYPHS = {
    (False, True, False): "╭",
    (True, False, False): "╰",
    (True, True, False): "├",
    (False, True, True): "┬",
    (True, False, True): "┴",
    (True, True, True): "┼",
}
ALONG, PAST, ARROW, ROOT = "─", "│", "►", "●"

#: Arcs that are drawn side by side at most, columns to tell one in words, letters of a word.
LANES, TOLD, LETTERS = 16, 14, 24

#: Colours of a terminal by what they are for.
COLOURS = {"arc": "36", "number": "2", "tag": "2", "root": "1", "wrong": "31", "": ""}

Piece = tuple[str, str]  # text, and a name of COLOURS


def draw_terminal(
    sentence: Sentence,
    *,
    width: int | None = None,
    colour: bool = False,
    gold: Sentence | None = None,
    confidences: Sequence[float] | None = None,
) -> str:
    """The tree of ``sentence`` in lines of text, one a word, of at most ``width`` columns.

    An arrow stands right of the arc that it belongs to. A vertical line that a horizontal one
    meets without a corner passes it. An arc for which there is no place is told in words.
    With ``gold`` the right heads and relations stand beside the wrong ones.

    >>> heads, deprels = [2, 0, 2], ["nsubj", "root", "advmod"]
    >>> print(draw_terminal(Sentence.of(["Cats", "sleep", "well"], heads=heads, deprels=deprels)))
    ╭─► 1 Cats   nsubj
    ├─● 2 sleep  root
    ╰─► 3 well   advmod

    Raises:
        DataError: a head is no word of the sentence, or the words, the gold tree and the
            confidences differ in number.
    """
    if not len(sentence):
        return ""
    arcs = tree_arcs(sentence, gold=gold, confidences=confidences)
    own = [arc for arc in arcs if arc.verdict is not Verdict.MISSED]
    missed = {arc.dependent: arc for arc in arcs if arc.verdict is Verdict.MISSED}
    by_word = {arc.dependent: arc for arc in own}
    lanes = arc_lanes(own)
    limit = LANES
    if width is not None:
        told = _texts(sentence, by_word, missed, left_out=set())
        spare = width - 1 - max(sum(columns(text) for text, _ in line) for line in told)
        if max(lanes.values(), default=0) > spare // 2:
            limit = min(LANES, max(0, spare - TOLD) // 2)
    drawn = {arc: lane for arc, lane in lanes.items() if lane <= limit}
    pictures = _pictures(len(sentence), own, drawn)
    texts = _texts(sentence, by_word, missed, left_out=lanes.keys() - drawn.keys())
    return "\n".join(
        _line([(picture, "arc"), *pieces], width, colour)
        for picture, pieces in zip(pictures, texts, strict=True)
    )


def arc_lanes(arcs: Sequence[Arc]) -> dict[Arc, int]:
    """The lane of each arc but the root's, counted from the words: 1 is the nearest.

    Two arcs of one lane share no line of text, but for those that leave the same word.

    >>> lanes = arc_lanes([Arc(2, 1, "nsubj"), Arc(2, 3, "obj"), Arc(3, 4, "acl")])
    >>> [(arc.label, lane) for arc, lane in lanes.items()]
    [('nsubj', 1), ('obj', 1), ('acl', 2)]
    """
    lanes: dict[Arc, int] = {}
    tops: dict[int, int] = {}  # gap i lies between words i and i + 1
    arrivals: set[tuple[int, int]] = set()
    departures: set[tuple[int, int]] = set()
    with_length = [arc for arc in arcs if arc.head]
    for arc in sorted(with_length, key=lambda arc: (arc.span[1] - arc.span[0], arc.span)):
        gaps = range(*arc.span)
        lane = 1 + max(tops.get(gap, 0) for gap in gaps)
        while (
            (arc.dependent, lane) in arrivals | departures  # two arrows would be taken for one
            or (arc.head, lane) in arrivals
        ):
            lane += 1
        arrivals.add((arc.dependent, lane))
        departures.add((arc.head, lane))
        tops.update(dict.fromkeys(gaps, lane))
        lanes[arc] = lane
    return lanes


def _pictures(size: int, arcs: Sequence[Arc], lanes: dict[Arc, int]) -> list[str]:
    """The lines left of each word."""
    most = max(lanes.values(), default=0)
    passing = [[False] * (most + 1) for _ in range(size + 2)]  # whether the gap below is crossed
    touching: list[set[int]] = [set() for _ in range(size + 1)]
    arriving = [0] * (size + 1)
    for arc, lane in lanes.items():
        left, right = arc.span
        for word in range(left, right):
            passing[word][lane] = True
        touching[left].add(lane)
        touching[right].add(lane)
        arriving[arc.dependent] = lane
    roots = {arc.dependent for arc in arcs if not arc.head}
    return [
        _picture(passing[word - 1], passing[word], touching[word], arriving[word], word in roots)
        for word in range(1, size + 1)
    ]


def _picture(
    above: list[bool], below: list[bool], touching: set[int], arriving: int, is_root: bool
) -> str:
    outermost = max(touching, default=0)
    # the arrow stands before the next arc of the word, so that it is seen whose it is
    stop = max((lane for lane in touching if lane < arriving), default=0)
    cells = []
    for lane in range(len(above) - 1, 0, -1):
        if lane in touching:
            cells.append(GLYPHS[above[lane], below[lane], lane < outermost])
        elif above[lane]:
            cells.append(PAST)
        else:
            cells.append(ALONG if lane < outermost else " ")
        arrow = stop and lane == stop + 1
        cells.append(ARROW if arrow else ALONG if lane <= outermost else " ")
    end = ROOT if is_root else ARROW if arriving and not stop else ALONG if touching else " "
    return "".join(cells) + end


def _texts(
    sentence: Sentence, arcs: dict[int, Arc], missed: dict[int, Arc], left_out: set[Arc]
) -> list[list[Piece]]:
    """What stands right of the lines: number, word, tag, relation and remarks."""
    forms = [fitted(shown(word.form), LETTERS) for word in sentence.words]
    tags = ["" if word.upos == NOTHING else shown(word.upos) for word in sentence.words]
    digits = len(str(len(sentence)))
    form_wide, tag_wide = (max(map(columns, texts)) for texts in (forms, tags))
    lines: list[list[Piece]] = []
    for number, (form, tag) in enumerate(zip(forms, tags, strict=True), start=1):
        arc = arcs.get(number)
        is_root = arc is not None and not arc.head
        pieces = [
            (f" {number:>{digits}} ", "number"),
            (_padded(form, form_wide), "root" if is_root else ""),
            ("  " + _padded(tag, tag_wide) if tag_wide else "", "tag"),
        ]
        if arc is not None:
            wrong = arc.verdict is not Verdict.PLAIN
            pieces.append((f"  {shown(arc.label)}", "wrong" if wrong else ""))
            if arc in left_out:
                pieces.append((f" ← {arc.head} {forms[arc.head - 1]}", "arc"))
            if arc.confidence is not None:
                pieces.append((f" {arc.confidence:.0%}", "number"))
            if arc.gold_label:
                pieces.append((f" ≠ {shown(arc.gold_label)}", "wrong"))
        if number in missed:
            right = missed[number]
            head = f"{right.head} {forms[right.head - 1]}" if right.head else "0"
            pieces.append((f"  ≠ {shown(right.label)} ← {head}", "wrong"))
        lines.append(pieces)
    return lines


def _line(pieces: Sequence[Piece], width: int | None, colour: bool) -> str:
    left = width
    done: list[str] = []
    for text, use in pieces:
        if left is not None:
            text = fitted(text, left) if left > 0 else ""
            left -= columns(text)
        done.append(
            f"\x1b[{COLOURS[use]}m{text}\x1b[0m" if colour and text and COLOURS[use] else text
        )
    return "".join(done).rstrip()


def _padded(text: str, wide: int) -> str:
    return text + " " * (wide - columns(text))
