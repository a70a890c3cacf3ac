"""CoNLL-U at random: what is written is read back; damage is refused in words, with its line."""

import io
import itertools
import re

from hypothesis import given
from hypothesis import strategies as st
from udapi.core.document import Document
from udtools.udeval import UDError, load_conllu

from gradus.core.errors import DataError, FormatError
from gradus.text.conllu import format_conllu, read_conllu
from gradus.text.document import EmptyNode, MultiwordToken, Sentence, Word
from gradus.text.trees import tree_fault

letters = st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\t")
fields = st.one_of(st.just("_"), st.text(letters, min_size=1, max_size=6))
comments = st.lists(st.text(letters, max_size=8).map("#".__add__), max_size=3)


@st.composite
def sentences(draw, field=fields):
    """Sentences of any shape that CoNLL-U has, as plain values.

    Shape checks of the classes draw lots, which strategies may not.
    """
    size = draw(st.integers(1, 7))
    return {
        "words": [[draw(field) for _ in range(8)] for _ in range(size)],
        "heads": [
            draw(st.none() | st.integers(0, size).filter(lambda head, own=number: head != own))
            for number in range(1, size + 1)
        ],
        "comments": draw(comments),
        "spans": draw(spans(size)),
        "gaps": [draw(st.sampled_from([0, 0, 0, 1, 2])) for _ in range(size + 1)],
        "beside": [draw(field) for _ in range(9)],
    }


@st.composite
def spans(draw, size):
    """First and last words of multiword tokens that share no word."""
    chosen, first = [], 1
    while first <= size:
        last = draw(st.integers(first - 1, min(size, first + 2)))
        if last >= first:
            chosen.append((first, last))
        first = max(first, last) + 1
    return chosen


def built(drawn):
    """The sentence that was drawn."""
    form, *rest = drawn["beside"]
    return Sentence(
        [
            Word(*columns[:5], head, *columns[5:])
            for columns, head in zip(drawn["words"], drawn["heads"], strict=True)
        ],
        drawn["comments"],
        [MultiwordToken(first, last, form, tuple(rest)) for first, last in drawn["spans"]],
        [
            EmptyNode(after, index, (form, *rest))
            for after, count in enumerate(drawn["gaps"])
            for index in range(1, count + 1)
        ],
    )


def without_lines(read):
    return [
        Sentence(sentence.words, sentence.comments, sentence.multiword, sentence.empty)
        for sentence in read
    ]


@given(st.lists(sentences(), min_size=1, max_size=3), st.sampled_from(["\n", "\r\n"]))
def test_sentences_come_back(drawn, end):
    given_sentences = list(map(built, drawn))
    text = "".join(map(format_conllu, given_sentences))
    read = list(read_conllu(iter(text.replace("\n", end).split("\n"))))
    assert without_lines(read) == given_sentences
    starts = [0, *itertools.accumulate(text.count("\n") for text in map(format_conllu, read))]
    assert [sentence.line - 1 for sentence in read] == starts[:-1]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=6))
def test_trees_are_those_of_the_official_evaluation(drawn):
    heads = [min(head, len(drawn)) for head in drawn]
    columns = [f"w\t_\t_\t_\t_\t{head}\t_\t_\t_" for head in heads]
    text = "".join(f"{number}\t{row}\n" for number, row in enumerate(columns, start=1)) + "\n"
    try:
        load_conllu(io.StringIO(text), "judge", {})
        valid = True
    except UDError:
        valid = False
    assert (tree_fault(heads) is None) == valid
    try:
        list(read_conllu(text.split("\n"), trees="required"))
        assert valid
    except FormatError:
        assert not valid


plain = st.one_of(st.just("_"), st.text("abcäß", min_size=1, max_size=4))


@given(sentences(field=plain))
def test_another_reader_finds_the_same_words(drawn):
    sentence = built({**drawn, "comments": ["# text = t"], "heads": [0] * len(drawn["words"])})
    for word in sentence.words:
        word.feats, word.deps, word.misc = "_", "_", "_"  # these it parses further
    for beside in (*sentence.multiword, *sentence.empty):
        if isinstance(beside, EmptyNode):
            beside.columns = (*beside.columns[:4], *"_____")
        else:
            beside.rest = tuple("________")
    document = Document()
    document.from_conllu_string(format_conllu(sentence))
    (root,) = document.trees
    assert [node.form for node in root.descendants] == [word.form for word in sentence.words]
    assert [node.lemma for node in root.descendants] == [word.lemma for word in sentence.words]
    spans = [[node.ord for node in token.words] for token in root.multiword_tokens]
    assert spans == [list(range(token.first, token.last + 1)) for token in sentence.multiword]
    assert [str(node.ord) for node in root.empty_nodes] == [
        f"{node.after}.{node.index}" for node in sentence.empty
    ]


# what CoNLL-U is made of, so that mutations reach deep into the reader
fragments = st.sampled_from(
    [
        *(b"\t", b"\n", b"\n\n", b"\r\n", b"\r", b"#", b"# text = a\n", b"_", b"-", b".", b" "),
        *(b"0", b"1", b"2", b"\xef\xbb\xbf", b"\xff", b"\0", b"\xe2\x80\xa8"),
        *(number + b"\tw\t_\t_\t_\t_\t0\t_\t_\t_\n" for number in (b"1", b"2", b"1-2", b"1.1")),
    ]
)
loose = st.one_of(st.binary(max_size=20), st.lists(fragments, max_size=6).map(b"".join))
# places as shares of the file's length, how much goes, and what comes instead
edits = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 9), loose), max_size=3)


@given(
    st.lists(sentences(field=plain), max_size=3),
    edits,
    st.floats(0, 1) | st.just(1),
    st.sampled_from(["any", "required"]),
)
def test_damage_is_read_or_refused_with_its_line(tmp_path, drawn, changes, kept, trees):
    data = "".join(format_conllu(built(sentence)) for sentence in drawn).encode()
    for share, length, instead in changes:
        at = round(share * len(data))
        data = data[:at] + instead + data[at + length :]
    data = data[: round(kept * len(data))]
    path = tmp_path / "a.conllu"
    path.write_bytes(data)
    try:
        read = list(read_conllu(path, trees=trees))
    except FormatError as error:
        number = int(re.match(r".*a\.conllu, line (\d+)", str(error))[1])
        assert 1 <= number <= data.count(b"\n") + 1
    except DataError as error:
        assert "holds no sentence" in str(error)
        assert not data.removeprefix(b"\xef\xbb\xbf").strip(b"\r\n")
    else:
        text = "".join(map(format_conllu, read))
        assert without_lines(read_conllu(text.split("\n"), trees=trees)) == without_lines(read)
        kept_lines = [line for line in text.split("\n") if line]
        given_lines = data.removeprefix(b"\xef\xbb\xbf").decode().replace("\r\n", "\n").split("\n")
        assert kept_lines == [line for line in given_lines if line]
