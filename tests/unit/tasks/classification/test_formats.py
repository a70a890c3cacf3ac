"""Formats of labelled texts: what is written is read back; anything else is a clear error."""

import csv
import io
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gradus.core.errors import FormatError, GradusError, SettingsError
from gradus.tasks.classification.examples import read_examples
from gradus.tasks.classification.formats import FORMATS, format_of

#: Characters that a line of text may hold, among them some that break lines in str.splitlines.
IN_LINE = st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n")
LABELS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="\ufeff"), min_size=1
)


def has_words(text):
    return bool(text) and not text.isspace()


LINES = st.text(IN_LINE, min_size=1).filter(has_words)
TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1
).filter(has_words)


def write_tsv(pairs):
    return "".join(f"{label}\t{text}\n" for label, text in pairs)


def write_jsonl(pairs):
    return "".join(json.dumps({"text": text, "label": label}) + "\n" for label, text in pairs)


def write_csv(pairs):
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["label", "text"])
    writer.writerows(pairs)
    return file.getvalue()


def write_fasttext(pairs):
    return "".join(f"__label__{label} {text}\n" for label, text in pairs)


def write_text(pairs):
    return "".join(f"{text}\n" for _, text in pairs)


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@given(pairs=st.lists(st.tuples(LABELS, LINES), min_size=1))
def test_tsv_is_read_as_it_was_written(pairs, tmp_path):
    pairs = [(label, text) for label, text in pairs if label.casefold() != "label"] or [("a", "b")]
    read = read_examples(write(tmp_path / "t.tsv", write_tsv(pairs)))
    assert list(zip(read.labels, read.texts, strict=True)) == pairs
    assert read.places.lines.tolist() == list(range(1, len(pairs) + 1))


@given(pairs=st.lists(st.tuples(LABELS, TEXTS), min_size=1), ascii=st.booleans())
def test_jsonl_is_read_as_it_was_written(pairs, ascii, tmp_path):
    lines = [
        json.dumps({"label": label, "more": 1, "text": text}, ensure_ascii=ascii)
        for label, text in pairs
    ]
    read = read_examples(write(tmp_path / "t.jsonl", "\n".join(lines)))
    assert list(zip(read.labels, read.texts, strict=True)) == pairs


@given(
    pairs=st.lists(st.tuples(LABELS, TEXTS), min_size=1),
    # with other ends, Python 3.11 forgets to quote a carriage return
    style=st.sampled_from([(csv.QUOTE_MINIMAL, "\r\n"), (csv.QUOTE_ALL, "\n")]),
)
def test_csv_is_read_as_it_was_written_with_lines_of_the_file(pairs, style, tmp_path):
    quoting, end = style
    file, starts = io.StringIO(newline=""), []
    writer = csv.writer(file, quoting=quoting, lineterminator=end)
    writer.writerow(["id", "Text", "LABEL"])
    for number, (label, text) in enumerate(pairs):
        starts.append(file.getvalue().count("\n") + 1)
        writer.writerow([number, text, label])
    read = read_examples(write(tmp_path / "t.csv", file.getvalue()))
    assert list(zip(read.labels, read.texts, strict=True)) == pairs
    assert read.places.lines.tolist() == starts


@given(pairs=st.lists(st.tuples(LABELS, LINES), min_size=1))
def test_fasttext_is_read_as_it_was_written_but_for_outer_blanks(pairs, tmp_path):
    pairs = [(label, text.strip()) for label, text in pairs]
    if any(label.startswith("__label__") or text.startswith("__label__") for label, text in pairs):
        return
    path = write(tmp_path / "t.txt", write_fasttext(pairs))
    read = read_examples(path, format="fasttext")
    assert list(zip(read.labels, read.texts, strict=True)) == pairs
    assert read_examples(path, format="fasttext", labelled=False).texts == read.texts


@given(texts=st.lists(LINES, min_size=1))
def test_text_is_read_line_by_line(texts, tmp_path):
    read = read_examples(write(tmp_path / "t.txt", "\n".join(texts)), labelled=False)
    assert (read.texts, read.labels) == (texts, None)


@given(
    content=st.one_of(
        st.binary(),
        st.text("la be\tx\",\r\n{}:[]1_'\0é", max_size=60).map(str.encode),
        st.lists(st.tuples(LABELS, TEXTS), min_size=1, max_size=3).flatmap(
            lambda pairs: st.sampled_from(
                [write_tsv, write_jsonl, write_csv, write_fasttext, write_text]
            ).map(lambda writer: writer(pairs).encode())
        ),
    ),
    cut=st.integers(0, 100),
    format=st.sampled_from(list(FORMATS)),
    labelled=st.booleans(),
)
@example(
    content=b'{"label": ' + b"1" * 5000 + b', "text": "a"}', cut=0, format="jsonl", labelled=True
)
@example(content=b"[" * 100_000, cut=0, format="jsonl", labelled=True)
@example(content=b'{"label": "a", "text": "\\ud800"}', cut=0, format="jsonl", labelled=True)
@example(content=b'label,text\na,"b', cut=0, format="csv", labelled=True)
@example(content=b"label,text\ra,b\r", cut=0, format="csv", labelled=True)
def test_any_bytes_are_read_or_explained(content, cut, format, labelled, tmp_path):
    path = write(tmp_path / "any", content[cut:] if cut < len(content) else content)
    try:
        read = read_examples(path, format=format, labelled=labelled)
    except GradusError as error:
        assert str(error)
    else:
        assert len(read) == len(read.places.lines) > 0
        assert all(map(has_words, read.texts))
        assert "".join(read.texts).encode()
        assert (read.labels is not None) == labelled
        assert all(label.strip() for label in read.labels or ())


@pytest.mark.parametrize(
    ("format", "content", "text"),
    [
        ("tsv", "pos\tfine\nno tab here", "line 2: no TAB between label and text in 'no tab here'"),
        ("tsv", "pos\tfine\n\tdull", "line 2: the label is missing"),
        ("tsv", "pos\tfine\n\nneg\t  \n", "line 3: the text is empty"),
        ("tsv", "label\ttext\npos\tfine", "line 1 is a header, .* remove it"),
        ("jsonl", '{"label": "a", "text": "b"}\n{"label": ', "line 2, column 11: not valid JSON"),
        (
            "jsonl",
            '{"sentiment": 1, "text": "b"}',
            "line 1: no 'label' among .*'sentiment', 'text'",
        ),
        ("jsonl", '{"label": 1}', "line 1: no 'text' among the keys, found 'label'"),
        ("jsonl", '["a", "b"]', r'line 1: expected a JSON object .* found \["a", "b"\]'),
        ("jsonl", '{"label": ["a"], "text": "b"}', r'line 1: the label is \["a"\]; give one'),
        ("jsonl", '{"label": null, "text": "b"}', "line 1: the label is null"),
        ("jsonl", '{"label": 1, "text": null}', "line 1: the text is null"),
        ("jsonl", '{"label": "a\\tb", "text": "b"}', "line 1: the label has a tab or a line break"),
        ("jsonl", '{"label": 1, "text": "a\\u0000"}', r"line 1: \\u0000 is no character"),
        ("jsonl", '{"label": 1, "text": "\\udc80"}', r"line 1: \\udc80 is no character"),
        ("csv", "class,text\na,b", "line 1: no column label in the header, found 'class', 'text'"),
        ("csv", "label;text\na;b", "no column label and text .*found 'label;text'"),
        ("csv", 'label,text\na,"two\nlines"\nb,c,d', "line 4: 3 fields, but the header has 2"),
        ("csv", 'label,text\na,b\nb,"no end\n\n', "line 3: not valid CSV .*unexpected end"),
        ("csv", 'label,text\n,"b"', "line 2: the label is missing"),
        ("fasttext", "__label__a b\nc d", "line 2: no label before 'c d'"),
        ("fasttext", "__label__a __label__b c", "line 1: 2 labels before 'c'"),
        ("fasttext", "__label__a", "line 1: the text is empty"),
    ],
)
def test_a_wrong_line_is_named_with_what_to_do(format, content, text, tmp_path):
    path = write(tmp_path / "train.x", content)
    with pytest.raises(GradusError, match=rf"train\.x, {text}" if "line" in text[:4] else text):
        read_examples(path, format=format)


def test_labels_of_json_may_be_whole_numbers_and_truth_values(tmp_path):
    content = '{"label": 0, "text": "a"}\n{"label": true, "text": "b"}\n'
    assert read_examples(write(tmp_path / "t.jsonl", content)).labels == ["0", "true"]


def test_fields_of_csv_may_be_long_and_the_limit_of_python_stays(tmp_path):
    limit = csv.field_size_limit()
    text = "long text " * 20_000
    read = read_examples(write(tmp_path / "t.csv", f"label,text\na,{text}\n"))
    assert read.texts == [text]
    assert csv.field_size_limit() == limit


def test_without_labels_they_are_read_over_or_absent(tmp_path):
    for name, content in (
        ("t.tsv", "pos\tfine\n"),
        ("t.jsonl", '{"text": "fine"}\n'),
        ("u.jsonl", '{"text": "fine", "label": null}\n'),
        ("t.csv", "text\nfine\n"),
        ("t.txt", "fine\n"),
        ("t", "fine\n"),
    ):
        read = read_examples(write(tmp_path / name, content), labelled=False)
        assert (read.texts, read.labels) == (["fine"], None)
    with pytest.raises(FormatError, match="no TAB"):
        read_examples(write(tmp_path / "t.tsv", "fine\n"), labelled=False)


@pytest.mark.parametrize(
    ("source", "format", "labelled", "name"),
    [
        ("a.TSV", None, True, "tsv"),
        ("a.jsonl.zst", None, True, "jsonl"),
        ("a.ndjson", None, False, "jsonl"),
        ("a.b/c.csv.xz", None, True, "csv"),
        ("a.tsv", "csv", True, "csv"),
        ("-", None, False, "text"),
        ("a.txt.gz", None, False, "text"),
    ],
)
def test_the_format_is_told_from_the_ending(source, format, labelled, name):
    assert format_of(source, format, labelled=labelled).name == name


@pytest.mark.parametrize(
    ("source", "format", "text"),
    [
        ("a.tsv", "tvs", "format='tvs' is unknown: choose one of tsv, jsonl, csv, fasttext, text"),
        ("-", None, "- may be of any format: say which with --format"),
        ("a.gz", None, "may be of any format.* end the name with .tsv, .jsonl, .ndjson, .csv"),
        ("a.txt", None, "a.txt may be of any format"),
        ("a.tsv", "text", "format='text' has no labels"),
    ],
)
def test_a_format_that_cannot_be_told_is_asked_for(source, format, text):
    with pytest.raises(SettingsError, match=text):
        format_of(source, format, labelled=True)
