"""Pieces of a text, and what a treebank teaches about them."""

import json
import re
import sys
import unicodedata
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tiny_tokenizers import sentence

from gradus.tasks.tagging.tokenization.characters import SPACE, Kinds
from gradus.tasks.tagging.tokenization.cutter import Cutter
from gradus.text.document import Sentence, Word
from gradus.text.spacing import WHITE, placed_text


def forms(cutter, text):
    return [text[start:end] for start, end in cutter.pieces(text)]


def glued(*lines):
    """Sentences of tokens that stand without a blank between them."""
    rows = [[Word(form, misc="SpaceAfter=No") for form in line.split()] for line in lines]
    for row in rows:
        row[-1].misc = "_"
    return [Sentence(row) for row in rows]


def test_letters_and_digits_run_on_and_signs_stand_alone():
    found = forms(Cutter(), "Don't 3.5kg\t(naïve)... e\u0301a x\u200dy")
    assert found == [
        *("Don", "'", "t", "3", ".", "5", "kg", "(", "naïve", ")", ".", ".", "."),
        *("e\u0301a", "x\u200dy"),
    ]


def test_a_picture_of_several_signs_is_one_piece():
    astronaut = "\U0001f469\u200d\U0001f680"
    assert forms(Cutter(), f"{astronaut}\U0001f44d\ufe0f!") == [astronaut, "\U0001f44d\ufe0f", "!"]


def test_words_cut_inside_are_cut_so_elsewhere():
    taught = [sentence("We can~not go~.")] * 2 + [sentence("can not")] * 9
    cutter = Cutter.learn(placed_text(taught))
    assert cutter.words == {"cannot": (3,)}
    assert forms(cutter, "Cannot CAN notcannot") == ["Can", "not", "CAN", "notcannot"]


def test_a_word_that_is_seldom_cut_is_left_alone():
    taught = [sentence("it~s so")] + [sentence("its so")] * 20
    assert Cutter.learn(placed_text(taught)).words == {}


def test_an_ending_seen_on_many_words_is_cut_off_new_ones():
    taught = [sentence(f"{verb}~n't go") for verb in ("do", "is", "has")]
    cutter = Cutter.learn(placed_text(taught))
    assert cutter.endings == [("n", "'t")]
    assert cutter.words == {}  # the ending says all
    assert forms(cutter, "I mustN'T go on") == ["I", "must", "N", "'", "T", "go", "on"]


def test_an_ending_that_others_deny_is_not_cut_off():
    denied = glued(*(f"{name}n 't" for name in ("abe", "ebo", "ibu", "obi")))
    taught = [sentence(f"{verb}~n't go") for verb in ("do", "is", "has")] + denied
    assert Cutter.learn(placed_text(taught)).endings == []


def test_scripts_without_spaces_are_cut_everywhere_unless_the_treebank_says_otherwise():
    assert forms(Cutter(), "市場 ab") == ["市", "場", "ab"]
    whole = Cutter.learn(placed_text(glued(*["市場 。"] * 200)))
    assert forms(whole, "市場") == ["市場"]
    parted = Cutter.learn(placed_text(glued(*["ab abc d"] * 100)))
    assert "LATIN" in parted.unspaced
    assert forms(parted, "abc") == ["a", "b", "c"]


@given(st.text(max_size=40))
def test_pieces_are_all_that_is_not_white_in_order(text):
    cutter = Cutter(words={"ab": (1,), "cd": (0, 1, 2, 7)}, endings=[("n", "'t")])
    spans = cutter.pieces(text)
    assert all(start < end for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    covered = {at for start, end in spans for at in range(start, end)}
    white = {"Cc", "Cs", "Zs", "Zl", "Zp"}
    assert covered == {
        at for at, sign in enumerate(text) if unicodedata.category(sign) not in white
    }


def test_what_is_white_is_the_same_everywhere():
    sign, kinds = re.compile(f"[{WHITE}]"), Kinds()
    everywhere = [*range(0x3100), *range(0xD7F0, 0xE010), *range(0x3100, sys.maxunicode, 997)]
    for number in everywhere:
        assert (kinds[number] == SPACE) == (sign.match(chr(number)) is not None)


def test_what_was_learnt_goes_through_json():
    cutter = Cutter(["CJK"], {"cannot": (3,)}, [("n", "'t")])
    again = Cutter.from_dict(json.loads(json.dumps(cutter.to_dict())))
    assert forms(again, "cannot don't") == forms(cutter, "cannot don't")
