"""Spans and tags: what seqeval finds is found, what is written is read, faults are told."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval import scheme as peer
from seqeval.metrics.sequence_labeling import get_entities
from tag_samples import LETTERS, TYPES, sentences

from gradus.core.errors import DataError, SettingsError
from gradus.text.schemes import SCHEMES
from gradus.text.spans import (
    Span,
    convert_tags,
    find_scheme,
    may_follow,
    spans_of,
    tag_faults,
    tags_of,
)

PEERS = {"IOB1": peer.IOB1, "IOB2": peer.IOB2, "BIOES": peer.IOBES, "BILOU": peer.BILOU}
TO_SEQEVAL = str.maketrans("LU", "ES")
SPELLED = {
    "IOB1": "I-PER I-PER B-PER I-LOC I-LOC I-LOC O I-PER",
    "IOB2": "B-PER I-PER B-PER B-LOC I-LOC I-LOC O B-PER",
    "BIOES": "B-PER E-PER S-PER B-LOC I-LOC E-LOC O S-PER",
    "BILOU": "B-PER L-PER U-PER B-LOC I-LOC L-LOC O U-PER",
}
SPANS = [Span(0, 2, "PER"), Span(2, 3, "PER"), Span(3, 6, "LOC"), Span(7, 8, "PER")]

any_scheme = st.sampled_from(sorted(LETTERS))
with_scheme = any_scheme.flatmap(lambda name: st.tuples(st.just(name), sentences(name)))


@st.composite
def spans(draw):
    """Spans that share no word, as plain values, and the number of words."""
    pieces = draw(st.lists(st.tuples(st.integers(1, 4), st.sampled_from([None, *TYPES]))))
    found, stop = [], 0
    for length, kind in pieces:
        if kind:
            found.append((stop, stop + length, kind))
        stop += length
    return found, stop


@pytest.mark.parametrize("scheme", SPELLED)
def test_schemes_by_hand(scheme):
    tags = SPELLED[scheme].split()
    assert tags_of(SPANS, 8, scheme) == tags
    assert spans_of(tags) == spans_of(tags, scheme) == SPANS
    assert tag_faults(tags, scheme) == []
    assert find_scheme([tags]) == scheme


def test_other_names_of_schemes():
    assert SCHEMES.make("BIO") == SCHEMES.make("IOB2")
    assert SCHEMES.make("IOB") == SCHEMES.make("IOB1")
    assert SCHEMES.make("IOBES") == SCHEMES.make("BIOES")
    with pytest.raises(SettingsError, match="tagging scheme 'IOB3' is unknown, perhaps 'IOB"):
        spans_of([], "IOB3")


@given(with_scheme)
def test_lenient_spans_are_those_of_seqeval(drawn):
    _, tags = drawn
    # its default mode does not know the letters of BILOU
    known = [tag[0].translate(TO_SEQEVAL) + tag[1:] for tag in tags]
    expected = [Span(start, last + 1, kind) for kind, start, last in get_entities(known)]
    assert spans_of(tags) == expected


@given(with_scheme)
def test_strict_spans_are_those_of_seqeval(drawn):
    scheme, tags = drawn
    found = peer.Tokens(tags, PEERS[scheme]).entities
    assert spans_of(tags, scheme) == [Span(each.start, each.end, each.tag) for each in found]


@pytest.mark.parametrize("scheme", LETTERS)
def test_all_short_sentences_are_read_as_seqeval_reads_them(scheme):
    choices = ["O", *(f"{letter}-{kind}" for letter in LETTERS[scheme] for kind in "xy")]
    for length in range(5 if len(choices) == 5 else 4):
        for tags in map(list, itertools.product(choices, repeat=length)):
            found = peer.Tokens(tags, PEERS[scheme]).entities
            expected = [(each.start, each.end, each.tag) for each in found]
            assert spans_of(tags, scheme) == expected


@given(spans(), any_scheme, any_scheme)
def test_spans_come_back_from_every_scheme(drawn, scheme, other):
    pieces, length = drawn
    given_spans = [Span(*piece) for piece in pieces]
    tags = tags_of(given_spans[::-1], length, scheme)
    assert spans_of(tags) == spans_of(tags, scheme) == given_spans
    assert convert_tags(tags, other) == tags_of(given_spans, length, other)
    assert convert_tags(convert_tags(tags, other), scheme) == tags


@given(with_scheme)
def test_there_are_faults_exactly_where_strict_spans_do_not_give_the_tags(drawn):
    scheme, tags = drawn
    whole = tags_of(spans_of(tags, scheme), len(tags), scheme) == tags
    assert whole == (not tag_faults(tags, scheme))
    pairs = itertools.pairwise(["O", *tags, "O"])
    assert whole == all(may_follow(before, tag, scheme) for before, tag in pairs)


@given(with_scheme)
def test_lenient_reading_takes_every_marked_word_into_a_span(drawn):
    _, tags = drawn
    covered = {word for span in spans_of(tags) for word in range(span.start, span.stop)}
    assert covered == {word for word, tag in enumerate(tags) if tag != "O"}


@pytest.mark.parametrize(
    ("scheme", "tags", "words", "text"),
    [
        ("IOB2", "O I-PER", [2], "I-PER goes on with no span; IOB2 begins one with B"),
        ("IOB2", "B-PER I-LOC", [2], "I-LOC goes on with no span"),
        ("IOB2", "B-PER E-PER", [2], "'E-PER' has the letter E, but IOB2 has B, I"),
        ("IOB2", "X-PER I-PER", [1], "'X-PER' is no tag"),
        ("IOB1", "O B-PER", [2], "B-PER parts no spans of its type; IOB1 begins one with I"),
        ("BIOES", "B-PER O", [1], "B-PER is not the last word of a span; BIOES ends one with E"),
        ("BIOES", "O E-PER", [2], "E-PER goes on with no span; BIOES begins one with B or S"),
        ("BILOU", "O I-PER", [2, 2], "I-PER goes on with no span; BILOU begins one with B or U"),
    ],
)
def test_faults_name_word_and_scheme(scheme, tags, words, text):
    faults = tag_faults(tags.split(), scheme)
    assert [fault.word for fault in faults] == words
    assert text in faults[0].text


@pytest.mark.parametrize("tag", ["", "B", "X-PER", "B-", "B_PER", "o", "b-PER", "-PER", "BI-PER"])
def test_what_is_no_tag_is_refused(tag):
    with pytest.raises(DataError, match="is no tag; write O, or one of B, I, E, L, S, U with"):
        spans_of(["O", tag])


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([(0, 0, "PER")], "no span of a sentence of 3 words"),
        ([(2, 4, "PER")], "no span of a sentence of 3 words"),
        ([(-1, 1, "PER")], "no span of a sentence of 3 words"),
        ([(0, 1, "")], "needs a type"),
        ([(0, 2, "PER"), (1, 3, "LOC")], "share words"),
    ],
)
def test_spans_that_no_tags_can_mark_are_refused(pieces, text):
    with pytest.raises(DataError, match=text):
        tags_of([Span(*piece) for piece in pieces], 3)


def test_schemes_are_told_by_letters_and_faults():
    assert find_scheme([]) == find_scheme([["O"], ["B-PER"]]) == "IOB2"
    assert find_scheme([["I-PER", "B-PER"], ["O", "I-LOC"]]) == "IOB1"
    broken = [["B-PER", "I-PER", "O"], ["B-PER"], ["O", "I-PER"]]
    assert find_scheme(broken) == "IOB2"
    with pytest.raises(DataError, match="have E of BIOES and U of BILOU"):
        find_scheme([["B-PER", "E-PER"], ["U-PER"]])
