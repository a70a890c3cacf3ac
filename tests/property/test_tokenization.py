"""Any text at all: tokenized, written down, read and put together again, it is the same text."""

import io
import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tiny_tokenizers import tiny
from udapi.core.document import Document

from gradus.tasks.tagging.tokenization import segments as reading
from gradus.tasks.tagging.tokenization.rules import RuleTokenizer
from gradus.tasks.tagging.tokenization.segments import segments
from gradus.text.conllu import format_conllu, read_conllu
from gradus.text.document import surface_tokens
from gradus.text.spacing import WHITE, raw_text

tokenizers = pytest.mark.parametrize("make", [tiny, RuleTokenizer], ids=["learnt", "rules"])

#: Signs that go wrong: white space of all kinds, line ends, controls, marks, joiners, halves.
ODD = (
    " \t\r\n\x0b\x0c\x00\x1b\x1f\x7f\x85\xa0\u1680\u2003\u2028\u2029\u202f\u3000\ud800\udfff"
    "\ufeff\u00ad\u0301\u200b\u200d\ufe0f\u0600ﬁİßςΣ_|\\#=-'’.?!。…\"()@:/0٣²市場กा한\U0001f469"
)
WORDS = ("del", "darlo", "don't", "cannot", "Mr.", "http://a.b/c?d=e.", "a@b.org", ":-)", "3.5")
texts = st.lists(
    st.one_of(
        st.sampled_from(ODD),
        st.sampled_from(WORDS),
        st.characters(),
        st.sampled_from([" ", "\n\n", "\r\n", ". A", "  "]),
    ),
    max_size=40,
).map("".join)


@tokenizers
@given(text=texts)
@example(text="")
@example(text="\ufeffGo.\r\n\r\nOn\r")
@example(text="a\ud83d\udc4d b")
@example(text="No.\n\n\nNo.\n\n")
def test_the_text_comes_back_byte_for_byte(make, text):
    sentences = make().sentences(text)
    assert raw_text(sentences) == text * bool(sentences)
    assert bool(sentences) == bool(re.search(f"[^{WHITE}]", text))
    lines = "".join(map(format_conllu, sentences))
    # no reader may see another line end in it, nor a sign that no file can hold
    assert lines.splitlines() == lines.split("\n")[:-1]
    assert not re.search("[\ud800-\udfff\x00-\x08\x0e-\x1f]", lines)
    if sentences:
        again = list(read_conllu(io.BytesIO(lines.encode()).read().decode().split("\n")))
        assert raw_text(again) == text
        assert [one.comments for one in again] == [one.comments for one in sentences]


@tokenizers
@given(text=texts, cuts=st.lists(st.integers(0, 60), max_size=5), size=st.integers(1, 9))
def test_how_a_text_is_cut_into_blocks_does_not_matter(make, text, cuts, size):
    whole = make().sentences(text)
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    blocks = [text[a:b] for a, b in pairwise(places)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "TOGETHER", size)
        assert list(make().stream(blocks)) == whole


@given(text=texts, longest=st.integers(1, 5))
def test_paragraphs_are_parted_at_empty_lines_and_where_they_are_too_long(text, longest):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "LONGEST", longest)
        parts = list(segments([text], RuleTokenizer().cutting))
    if not parts:
        return
    joined = parts[0].lead + "".join(
        form + gap for part in parts for form, gap in zip(part.forms, part.gaps, strict=True)
    )
    assert joined == text
    assert all(0 < len(part) <= longest for part in parts)
    assert all(reading.EMPTY_LINE not in part.kinds[:-1] for part in parts)
    assert all(part.lead == "" for part in parts[1:])


@tokenizers
def test_a_megabyte_without_a_blank_is_one_line_like_any_other(make):
    for text in ("a" * 1_000_000, "é." * 20_000 + "\n", "a" * 300_000 + " b" * 9 + "c" * 300_000):
        blocks = [text[at : at + 10_000] for at in range(0, len(text), 10_000)]
        assert raw_text(make().stream(blocks)) == text


@tokenizers
def test_memory_does_not_grow_with_the_text(make):
    def endless():
        while True:
            yield "One two three. Go on!\n"

    stream = make().stream(endless())
    assert len([next(stream) for _ in range(30)]) == 30  # it answers before the text has ended


@tokenizers
def test_another_reader_finds_the_same_text(make):
    text = 'Mr. Smith said: "Go on!"  Then\nhe went.\n\nDel mar, darlo. No (so).'
    sentences = make().sentences(text)
    document = Document()
    document.from_conllu_string("".join(map(format_conllu, sentences)))
    for tree, sentence in zip(document.trees, sentences, strict=True):
        assert tree.compute_text() == tree.text == sentence.text
        tokens = [token.form for token in tree.token_descendants]
        assert tokens == [token.form for token in surface_tokens(sentence)]
