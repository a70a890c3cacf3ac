"""The report on a pipeline: small cases by hand, what it tells, and what it refuses."""

import json

import pytest

from gradus.core.errors import DataError
from gradus.pipeline.conll_scores import HEADER, PipelineReport
from gradus.text.alignment import aligned_words
from gradus.text.cuts import BLANKS, Cuts
from gradus.text.document import MultiwordToken, Sentence, Word


def sentence(*tokens):
    """Tokens as they are written, each with the words that it stands for behind a colon."""
    words, multiword = [], []
    for token in tokens:
        form, colon, inner = token.partition(":")
        if colon:
            forms = inner.split("+")
            first = len(words) + 1
            multiword.append(MultiwordToken(first, first + len(forms) - 1, form))
            words += map(Word, forms)
        else:
            words.append(Word(form))
    return Sentence(words, multiword=multiword)


@pytest.mark.parametrize(
    ("gold", "system", "pairs"),
    [
        (["a", "b"], ["a", "b"], [(0, 0), (1, 1)]),
        (["ab", "c"], ["a", "b", "c"], [(1, 2)]),
        (["im:in+dem", "Wald"], ["im", "Wald"], [(2, 1)]),
        (["im:in+dem", "Wald"], ["im:in+dem", "Wald"], [(0, 0), (1, 1), (2, 2)]),
        (["im:in+dem"], ["im:in+das+dem"], [(0, 0), (1, 2)]),
        (["im:IN+DEM"], ["im:in+dem"], [(0, 0), (1, 1)]),
        (["abc:a+b+c"], ["a", "b", "c"], [(0, 0), (1, 1), (2, 2)]),
        # two multiword tokens that overlap make one stretch
        (["ab:a+b", "cd:c+d"], ["a", "bc:b+c", "d"], [(0, 0), (1, 1), (2, 2), (3, 3)]),
    ],
)
def test_words_that_are_the_same(gold, system, pairs):
    sides = [Cuts.of([sentence(*tokens)], "").words for tokens in (gold, system)]
    assert aligned_words(*sides) == pairs


def test_blanks_are_those_of_unicode():
    import sys
    import unicodedata

    every = {code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Zs"}
    assert BLANKS.keys() == every


def tagged(**changes):
    """Two words with everything, changed here and there."""
    cats = {"lemma": "cat", "upos": "NOUN", "xpos": "NNS", "feats": "Number=Plur", "head": 2}
    sleep = {"lemma": "sleep", "upos": "VERB", "xpos": "VBP", "feats": "Tense=Pres", "head": 0}
    return Sentence(
        [
            Word("Cats", **{**cats, "deprel": "nsubj:x", **changes}),
            Word("sleep", **{**sleep, "deprel": "root", **changes}),
        ]
    )


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"upos": "_"}, "no UPOS tags: UPOS, AllTags and MLAS cannot"),
        ({"xpos": "_"}, "no XPOS tags: XPOS and AllTags cannot"),
        ({"feats": "_"}, "no features: UFeats, AllTags and MLAS cannot"),
        ({"lemma": "_"}, "no lemmas: Lemmas and BLEX cannot"),
        ({"head": None}, "no heads: UAS, LAS, CLAS, MLAS and BLEX cannot"),
        ({"deprel": "_"}, "no relations: LAS, CLAS, MLAS and BLEX cannot"),
    ],
)
def test_what_the_system_lacks_is_told_and_is_wrong(changes, note):
    gold, system = [tagged()], [tagged(**changes)]
    report = PipelineReport.of(gold, system)
    assert [f"the system side has {note} be right"] == list(report.notes)
    for name in note.partition(": ")[2].removesuffix(" cannot").replace(" and ", ", ").split(", "):
        assert report[name].correct == 0
    (turned,) = PipelineReport.of(system, gold).notes
    assert turned.startswith("the gold side has no ")
    (both,) = PipelineReport.of(system, system).notes
    assert both.startswith("neither side has ")
    assert PipelineReport.of(gold, gold).notes == ()


def test_unknown_heads_are_never_right():
    unknown = [tagged(head=None)]
    assert PipelineReport.of(unknown, unknown)["UAS"].correct == 0


def test_circles_and_several_roots_have_figures():
    circle, roots = [tagged(head=2)], [tagged(head=0)]
    circle[0].words[1].head = 1
    assert PipelineReport.of(circle, circle)["LAS"].f1 == 1
    assert PipelineReport.of(roots, roots)["LAS"].f1 == 1
    assert PipelineReport.of([tagged()], roots)["UAS"].f1 == 0.5


def test_sentences_are_those_with_both_ends():
    gold = [sentence("a"), sentence("b"), sentence("c")]
    score = PipelineReport.of(gold, [sentence("a"), sentence("b", "c")])["Sentences"]
    assert (score.gold, score.system, score.correct) == (3, 2, 1)
    assert (score.precision, score.recall, score.f1) == pytest.approx((1 / 2, 1 / 3, 2 / 5))
    assert score.aligned_accuracy is None


def test_the_report_in_all_its_shapes():
    report = PipelineReport.of([tagged()], [tagged(lemma="x<y")])
    values = report.to_dict()
    assert json.loads(json.dumps(values)) == values
    assert len(values["figures"]) == len(report.rows()) == 13
    assert values["figures"]["Lemmas"]["recall"] == 0
    assert all(len(row) == len(HEADER) for row in report.rows())
    assert report.rows()[7] == ["Lemmas", "0.00%", "0.00%", "0.00%", "0.00%"]
    assert report.rows()[0] == ["Tokens", "100.00%", "100.00%", "100.00%", ""]
    assert repr(report) == (
        "PipelineReport(2 gold words, 2 system words, F1 of Words 1.0000, UPOS 1.0000, LAS 1.0000)"
    )
    assert report._repr_html_().count("<tr>") == 14
    with pytest.raises(DataError, match="no figure is called 'F1'; known: Tokens, Sentences"):
        _ = report["F1"]


def named(tokens, comment=None, line=0):
    built = sentence(*tokens)
    built.comments += [f"# sent_id = {comment}"] if comment else []
    built.line = line
    return built


@pytest.mark.parametrize(
    ("gold", "system", "message"),
    [
        ([], [], "no gold sentence"),
        (
            [named(["a"], "s1"), named(["bcd"], "s2")],
            [named(["ab", "x"], line=4)],
            r"differ after 2 characters .*: gold sentence 2 \(s2\) goes on with 'cd', "
            r"system sentence 1 \(line 4\) goes on with 'x'; compare",
        ),
        ([named(["ab"])], [named(["a"])], "goes on with 'b', the system text ends there"),
        ([named(["ab"])], [], "gold sentence 1 goes on with 'ab', the system text ends there"),
        ([named(["a"])], [named(["a", " \u3000"])], "system sentence 1: the token .* is blank"),
        ([Sentence([])], [named(["a"])], "gold sentence 1 has no words"),
        ([Sentence.of(["a"], heads=[2])], [], "gold sentence 1: the head of 'a' is 2, but .* 1 w"),
    ],
)
def test_sides_that_cannot_be_compared(gold, system, message):
    with pytest.raises(DataError, match=message):
        PipelineReport.of(gold, system)
