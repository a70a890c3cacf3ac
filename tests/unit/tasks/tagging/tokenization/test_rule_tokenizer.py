"""The rules: what is a token, and where a sentence ends, case by case."""

import pytest

from gradus.tasks.tagging.tokenization.rules import RuleTokenizer


def tokens(text, **options):
    found = RuleTokenizer(**options).sentences(text)
    return [word.form for sentence in found for word in sentence.words]


def sentences(text):
    found = RuleTokenizer().sentences(text)
    return [sentence.comment("text") for sentence in found]


@pytest.mark.parametrize(
    "line",
    [
        "It costs $ 3,000.50 , or 5 % more .",
        "See http://x.org/a?b=c#d , www.y.org/z and me.too+x@mail.example.org .",
        "Oh :-) and <3 ; well ... no -- yes !!!",
        "Mr. O'Neil and Mme. d'Arc met at 10:30 on 5/6/2004 .",
        "The U.S. army , e.g. its state-of-the-art jets , i.e. planes .",
        "@me likes #this a lot",
        "naïve cafe\u0301 Straße İstanbul ἄνθρωπος слово שָׁלוֹם हिन्दी",
        "\U0001f469\u200d\U0001f680 \U0001f44d\U0001f3fd ❤\ufe0f",
        "市 場 は 高 い 。",
        "the 1st , 2nd and 3rd of 1990s",
        "a_b snake_case x1 3D",
    ],
)
def test_tokens_that_belong_together_stay_together(line):
    assert tokens(line) == line.split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(see it)", "( see it )"),
        ('He said:"No."', 'He said : " No . "'),
        ("rock'n'roll's", "rock'n'roll's"),
        ("end.Next", "end . Next"),
        ("http://x.org.", "http://x.org ."),
        ("$5/6%", "$ 5/6 %"),
        ("I'm J. R. Smith", "I'm J. R. Smith"),
        ("What?!Yes", "What ?! Yes"),
    ],
)
def test_tokens_that_are_written_together_are_parted(text, expected):
    assert tokens(text) == expected.split()


def test_contractions_are_parted_when_asked():
    text = "I don't, it's; they’ll 've CAN'T"
    assert tokens(text) == ["I", "don't", ",", "it's", ";", "they’ll", "'", "ve", "CAN'T"]
    assert tokens(text, contractions=True) == [
        *("I", "do", "n't", ",", "it", "'s", ";", "they", "’ll", "'", "ve", "CA", "N'T"),
    ]


@pytest.mark.parametrize(
    "parts",
    [
        ["Go on.", "Stop!", "Why?", "So..."],
        ["Dr. Smith met J. R. Jones in Washington, D.C. on Jan. 5.", "He left."],
        ['"Is it?"', "Yes.", "(No.)", "«Oui.»"],
        ['"No!" she said.', "It is 3.5 km long."],
        ["It was Acme Inc.", "The end."],
        ["Apples, pears etc. are fruit.", "Eat them."],
        ["1. Read this.", "2. Do it."],
        ["市場は高い。", "明日も！", "「はい。」", "そう"],
        ["यह है।", "वह है।"],
        ["هل هذا؟", "نعم."],
        ["Wait... what?", "Visit example.com now."],
        ["¿Qué?", "¡No!"],
    ],
)
def test_sentences_end_where_they_should(parts):
    assert sentences(" ".join(parts)) == parts


def test_an_empty_line_ends_a_sentence_and_a_line_end_does_not():
    assert sentences("a title\n\nA text that\ngoes on") == ["a title", "A text that goes on"]
