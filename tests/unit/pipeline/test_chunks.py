"""Chunks of a text: nothing is lost, and where they end depends on the text alone."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gradus.pipeline.chunks import BLANKS, text_chunks

TEXTS = st.text(st.sampled_from("ab.\n\r\t  \u2028é\x00"), max_size=80)


@given(text=TEXTS, size=st.integers(1, 20), more=st.integers(0, 30))
def test_joined_they_are_the_text_and_only_the_first_begins_with_white_space(text, size, more):
    chunks = list(text_chunks([text], size=size, longest=size + more))
    assert "".join(chunks) == text
    assert not any(BLANKS.match(chunk) for chunk in chunks[1:])
    if not BLANKS.fullmatch(text):
        assert not any(BLANKS.fullmatch(chunk) for chunk in chunks)


@given(text=TEXTS, cuts=st.lists(st.integers(0, 80), max_size=6), size=st.integers(1, 20))
def test_they_do_not_depend_on_how_the_text_comes(text, cuts, size):
    ends = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    blocks = [text[begin:end] for begin, end in pairwise(ends)]
    whole = list(text_chunks([text], size=size, longest=3 * size))
    assert list(text_chunks(blocks, size=size, longest=3 * size)) == whole


def test_an_empty_line_is_the_best_end_then_a_line_then_a_blank():
    text = "one two\nthree\n\nfour five six seven eight"
    assert list(text_chunks([text], size=4, longest=20)) == [
        *("one two\nthree\n\n", "four five six ", "seven eight")
    ]
    first, *_ = text_chunks(["one two\nthree four five"], size=4, longest=12)
    assert first == "one two\n"


def test_a_text_without_a_blank_is_cut_anywhere():
    assert list(text_chunks(["x" * 25], size=4, longest=10)) == ["x" * 10, "x" * 10, "x" * 5]


def test_a_text_of_white_space_is_one_chunk():
    assert list(text_chunks([" \n" * 50], size=4, longest=10)) == [" \n" * 50]


def test_control_characters_are_white_and_make_no_chunk_of_their_own():
    # in a chunk without words nothing could tell what stood there
    text = "\x01" * 30 + "\n\nOne.\n\n" + "\x02" * 30 + "\n\nTwo."
    chunks = list(text_chunks([text], size=4, longest=80))
    assert chunks == ["\x01" * 30 + "\n\nOne.\n\n" + "\x02" * 30 + "\n\n", "Two."]


def test_empty_lines_without_end_are_looked_at_once():
    # each of them with all that follow would take hours
    text = "One. " * 8000 + "\n" * 200_000
    assert list(text_chunks([text])) == [text]
