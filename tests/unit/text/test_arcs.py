"""Drawn trees, judged by readers that get the tree back from the picture alone."""

import re
from collections import Counter
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.errors import DataError
from gradus.text.arcs import draw_html, draw_svg, draw_terminal
from gradus.text.arcs.tree import levels
from gradus.text.arcs.widths import columns, text_width
from gradus.text.conllu import read_treebank
from gradus.text.document import Sentence

SVG = "{http://www.w3.org/2000/svg}"
LABELS = ["nsubj", "x", "nmod:poss", "advcl:relcl", "root", "_"]
FORMS = ["I", "a<b", '"&"', "犬", "Wirtschaftswissenschaften", "don't", "it", "e\u0301"]
WORD_SIZE = "16"


@st.composite
def trees(draw, most=9, projective=False):
    """The parts of a sentence with a tree; words and labels are of very different widths."""
    size = draw(st.integers(1, most))
    heads = [0] * size

    def attach(first, last, head):
        """Hang the words of a stretch on ``head``: one of them, and the rest on it."""
        if first > last:
            return
        top = draw(st.integers(first, last))
        heads[top - 1] = head
        cut = draw(st.integers(first, top))
        attach(first, cut - 1, head if head else top)
        attach(cut, top - 1, top)
        attach(top + 1, last, top)

    if projective:
        attach(1, size, 0)
    else:
        order = draw(st.permutations(range(1, size + 1)))
        for place in range(1, size):
            heads[order[place] - 1] = order[draw(st.integers(0, place - 1))]
    forms = draw(st.lists(st.sampled_from(FORMS), min_size=size, max_size=size))
    deprels = draw(st.lists(st.sampled_from(LABELS), min_size=size, max_size=size))
    tags = draw(st.lists(st.sampled_from(["NOUN", "X", "_"]), min_size=size, max_size=size))
    return {"forms": forms, "upos": tags, "heads": heads, "deprels": deprels}


class Picture:
    """What can be read from the text of an SVG picture."""

    def __init__(self, svg):
        self.root = ElementTree.fromstring(svg)
        self.texts = list(self.root.iter(f"{SVG}text"))
        self.words = [text for text in self.texts if text.get("font-size") == WORD_SIZE]
        boxes = [(*place_of(word), self.half_width(word)) for word in self.words]
        body = self.root.find(f"{SVG}g")
        self.arcs = [DrawnArc(group, boxes) for group in body.findall(f"{SVG}g")]

    def half_width(self, word):
        """Of the word or what stands below it, the wider."""
        x, y = place_of(word)
        near = [text for text in self.texts if place_of(text)[0] == x]
        column = [text for text in near if 0 <= place_of(text)[1] - y < 30]
        return max(text_width(text.text, float(text.get("font-size"))) for text in column) / 2

    def heads(self):
        """The head of every word, in their order; 0 for a root."""
        found = {arc.tip: arc.tail for arc in self.arcs}
        return [found.get(number) for number in range(1, len(self.words) + 1)]


class DrawnArc:
    """One group of the picture: where its line runs, and which words it joins."""

    def __init__(self, group, boxes):
        line, *arrows = group.findall(f"{SVG}path")
        self.path = line.get("d")
        self.text = group.find(f"{SVG}text")
        legs = re.findall(r"M(\S+) (\S+?)V([\d.-]+)", self.path)
        self.legs = [(float(x), *sorted(map(float, ends), reverse=True)) for x, *ends in legs]
        self.feet = [x for x, _, _ in self.legs]
        bends = re.findall(r"Q\S+ (\S+) \S+ \S+?H([\d.-]+)", self.path)
        self.height = float(bends[0][0]) if bends else None
        self.stops = [float(stop) for _, stop in bends]
        self.is_root = not bends
        (arrow,) = arrows or [None]
        tip = None if arrow is None else float(re.match(r"M(\S+) ", arrow.get("d"))[1])
        self.tip = None if tip is None else number_at(tip, self.legs[0][1], boxes)
        others = [x for x in self.feet if x != tip]
        self.tail = number_at(others[0], self.legs[0][1], boxes) if others else 0

    @property
    def span(self):
        return min(self.feet), max(self.feet)


def place_of(text):
    return float(text.get("x")), float(text.get("y"))


def number_at(x, y, boxes):
    """The word below a place: the nearest of the first row under it."""
    row = min(below for _, below, _ in boxes if below > y)
    near = [
        (max(0.0, abs(middle - x) - half), number)
        for number, (middle, below, half) in enumerate(boxes, start=1)
        if below == row
    ]
    return min(near)[1]


@given(trees())
def test_the_tree_is_read_back_from_the_svg(tree):
    sentence = Sentence.of(**tree)
    picture = Picture(draw_svg(sentence))
    assert picture.heads() == sentence.heads
    assert [word.text for word in picture.words] == [word.form for word in sentence.words]


@given(trees())
def test_every_word_tag_and_label_is_written_once(tree):
    sentence = Sentence.of(**tree)
    picture = Picture(draw_svg(sentence))
    expected = Counter(
        text
        for word in sentence.words
        for text in (word.form, word.upos, word.deprel)
        if text != "_"
    )
    assert Counter(text.text for text in picture.texts) == expected


@given(trees())
def test_no_two_lines_of_one_height_overlap(tree):
    sentence = Sentence.of(**tree)
    arcs = [arc for arc in Picture(draw_svg(sentence)).arcs if not arc.is_root]
    for index, arc in enumerate(arcs):
        for other in arcs[:index]:
            if arc.height == other.height:
                (a, b), (c, d) = sorted([arc.span, other.span])
                assert b < c or d < a


@given(trees())
def test_a_label_stands_in_the_gap_of_its_own_line(tree):
    sentence = Sentence.of(**tree)
    for arc in Picture(draw_svg(sentence)).arcs:
        if not arc.is_root and arc.text is not None:
            middle = float(arc.text.get("x"))
            half = text_width(arc.text.text, 11.5) / 2
            assert min(arc.feet) < min(arc.stops) < middle - half
            assert middle + half < max(arc.stops) < max(arc.feet)


def crossings(picture):
    """Pairs of a line that runs across and a leg of another arc that goes through it."""
    return [
        (arc.path, other.path)
        for arc in picture.arcs
        for other in picture.arcs
        for x, bottom, top in other.legs
        if arc is not other
        and not arc.is_root
        and arc.span[0] <= x <= arc.span[1]
        and top <= arc.height <= bottom
    ]


@given(trees(projective=True))
def test_nothing_crosses_in_a_projective_tree(tree):
    sentence = Sentence.of(**tree)
    assert not crossings(Picture(draw_svg(sentence)))


def test_a_crossing_is_seen():
    heads = [2, 4, 4, 0, 2, 7, 5, 4]
    forms = ["A", "hearing", "is", "scheduled", "on", "the", "issue", "today"]
    sentence = Sentence.of(forms, heads=heads, deprels=["r"] * 8)
    assert len(crossings(Picture(draw_svg(sentence)))) == 2  # today's arc, and the root's


@given(trees())
def test_words_do_not_touch(tree):
    sentence = Sentence.of(**tree)
    words = Picture(draw_svg(sentence)).words
    for left, right in pairwise(words):
        space = float(right.get("x")) - float(left.get("x"))
        assert space > (text_width(left.text, 16) + text_width(right.text, 16)) / 2


@given(trees(most=25), st.integers(350, 900))
def test_rows_fit_the_width_and_show_every_arc(tree, width):
    sentence = Sentence.of(**tree)
    picture = Picture(draw_svg(sentence, width=width))
    assert [word.text for word in picture.words] == [word.form for word in sentence.words]
    rows = {}
    for number, word in enumerate(picture.words, start=1):
        rows.setdefault(word.get("y"), []).append(number)
    if all(len(row) > 1 for row in rows.values()):
        assert float(picture.root.get("width")) <= width
    row_of = {number: index for index, row in enumerate(rows.values()) for number in row}
    whole, stubs = Counter(), Counter()
    for arc in picture.arcs:
        if arc.is_root or len(arc.legs) == 2:
            whole[arc.tail, arc.tip] += 1
        else:
            there = int(re.search(r"\d+", arc.text.text)[0])
            stubs[(there, arc.tip) if arc.tip else (arc.tail, there)] += 1
    arcs = [(word.head, number) for number, word in enumerate(sentence.words, start=1)]
    inside = [arc for arc in arcs if not arc[0] or row_of[arc[0]] == row_of[arc[1]]]
    assert whole == Counter(inside)
    assert stubs == Counter(dict.fromkeys(set(arcs) - set(inside), 2))


def test_a_script_that_runs_leftwards_is_drawn_so():
    sentence = Sentence.of(["אני", "אוהב", "ספרים"], heads=[2, 0, 2], deprels=["r"] * 3)
    picture = Picture(draw_svg(sentence))
    places = [float(word.get("x")) for word in picture.words]
    assert places == sorted(places, reverse=True)
    assert picture.heads() == sentence.heads


def test_a_comparison_shows_both_trees():
    gold = Sentence.of(["a", "b", "c"], heads=[2, 0, 2], deprels=["det", "root", "obj"])
    wrong = Sentence.of(["a", "b", "c"], heads=[3, 0, 2], deprels=["det", "root", "obl"])
    svg = draw_svg(wrong, gold=gold, confidences=[0.5, 1, 1])
    picture = Picture(svg)
    assert [(arc.tail, arc.tip) for arc in picture.arcs] == [(2, 1), (3, 1), (0, 2), (2, 3)]
    assert svg.count("stroke-dasharray") == 1
    assert "obl ≠ obj" in svg
    assert "c → a: det (wrong head), confidence 0.50" in svg
    told = draw_terminal(wrong, gold=gold, confidences=[0.5, 1, 1])
    assert "det 50%  ≠ det ← 2 b" in told
    assert "obl 100% ≠ obj" in told
    assert "≠" not in draw_terminal(gold, gold=gold)


def test_what_breaks_a_page_or_a_terminal_is_left_out():
    sentence = Sentence.of(["\x1b[31m", "<script>\x00"], heads=[0, 1], deprels=["root", "\u2028"])
    picture = Picture(draw_svg(sentence))
    assert [word.text for word in picture.words] == ["\ufffd[31m", "<script>\ufffd"]
    told = draw_terminal(sentence)
    assert "\x1b" not in told
    assert len(told.splitlines()) == 2


def test_words_without_a_tree_are_drawn_too():
    sentence = Sentence.of(["No", "tree"])
    assert not Picture(draw_svg(sentence)).arcs
    assert draw_terminal(sentence).split() == ["1", "No", "2", "tree"]
    empty = Sentence([])
    assert not Picture(draw_svg(empty, width=100)).words
    assert draw_terminal(empty) == ""


def test_a_page_holds_all_trees():
    sentence = Sentence.of(["a<b"], heads=[0], deprels=["root"])
    named = Sentence.of(["c"], heads=[0], deprels=["root"])
    named.comments.append("# sent_id = x & y")
    page = draw_html([sentence, named], title="<&>")
    assert page.count("</svg>") == 2
    assert "1: a&lt;b" in page
    assert "x &amp; y: c" in page
    assert "<title>&lt;&amp;&gt;</title>" in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "overflow-x" in sentence._repr_html_()


def read_terminal(drawing):
    """The head of every word, followed along the lines; 0 for a root, None where there is none."""
    rows = [line + " " for line in drawing.splitlines()]
    starts = [re.search(r"[\d]", row).start() - 2 for row in rows]
    width = max(starts)
    while any(row[width + 1] != " " for row in rows):  # numbers are aligned at their ends
        width -= 1

    def follow(row, column, step):
        while True:
            row += step
            if rows[row][column] != "│":
                return row

    heads = []
    for row, line in enumerate(rows):
        junctions, arrow = [], None
        for column in range(width, -1, -1):
            glyph = line[column]
            if glyph == " ":
                break
            if glyph in "►●":
                arrow = glyph, len(junctions)
            if glyph in "╭╰├┬┴┼":
                junctions.append((column, glyph))
            if glyph in "╭╰├":
                break
        if arrow is None or arrow[0] == "●":
            heads.append(None if arrow is None else 0)
            continue
        column, glyph = junctions[arrow[1]]
        assert glyph in "╭╰┬┴", "an arrow must belong to one arc"
        heads.append(1 + follow(row, column, 1 if glyph in "╭┬" else -1))
    return heads


@given(trees(most=12))
def test_the_tree_is_read_back_from_the_terminal(tree):
    sentence = Sentence.of(**tree)
    assert read_terminal(draw_terminal(sentence)) == sentence.heads


def test_real_trees_are_read_back(data_folder):
    (path,) = (data_folder / "ud" / "nl-lassysmall-1.4").glob("*-dev.conllu*")
    for sentence in read_treebank(path)[:150]:
        drawing = draw_terminal(sentence)
        for line, found, head in zip(
            drawing.splitlines(), read_terminal(drawing), sentence.heads, strict=True
        ):
            assert found == head or (found is None and f" ← {head} " in line)
        assert Picture(draw_svg(sentence)).heads() == sentence.heads


@given(trees(most=25), st.integers(20, 60))
def test_lines_of_the_terminal_keep_to_the_width(tree, width):
    sentence = Sentence.of(**tree)
    told = draw_terminal(sentence, width=width)
    assert max(map(columns, told.splitlines())) <= width
    assert len(told.splitlines()) == len(sentence)
    coloured = draw_terminal(sentence, width=width, colour=True)
    bare = [line.rstrip() for line in re.sub(r"\x1b\[\d*m", "", coloured).splitlines()]
    assert bare == told.splitlines()


def test_an_arc_without_a_place_is_told():
    heads = [0, *range(1, 40)]
    heads[39] = 1
    sentence = Sentence.of(["word"] * 40, heads=heads, deprels=["r"] * 40)
    assert "←" not in draw_terminal(sentence)
    deep = Sentence.of(["word"] * 40, heads=[0, *[1] * 39], deprels=["r"] * 40)
    told = draw_terminal(deep, width=60)
    assert told.splitlines()[39].endswith("r ← 1 word")
    assert told.splitlines()[1].startswith(" ") or "►" in told.splitlines()[1]


@given(
    st.lists(
        st.tuples(st.integers(1, 12), st.integers(1, 12)).map(lambda ends: tuple(sorted(ends)))
    )
)
def test_levels_by_comparing_every_two_spans(spans):
    found = levels(spans)
    for index, (a, b) in enumerate(spans):
        for other, (c, d) in enumerate(spans[:index]):
            overlap = max(a, c) < min(b, d)
            if overlap:
                assert found[index] != found[other]
            if overlap and (a < c and d < b):
                assert found[index] > found[other]


@pytest.mark.parametrize("draw", [draw_svg, draw_terminal])
def test_refusals(draw):
    sentence = Sentence.of(["a", "b"], heads=[0, 1], deprels=["root", "x"])
    with pytest.raises(DataError, match="has the head 3, but a head is 0 or another"):
        draw(Sentence.of(["a"], heads=[3]))
    with pytest.raises(DataError, match="2 words, but its gold tree has 1"):
        draw(sentence, gold=Sentence.of(["a"], heads=[0]))
    with pytest.raises(DataError, match="3 confidences came with 2 words"):
        draw(sentence, confidences=[1, 1, 1])
