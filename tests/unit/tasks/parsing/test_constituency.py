"""Constituency trees in brackets: read, written, drawn and turned into dependency trees."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.errors import DataError, FormatError
from gradus.tasks.parsing.brackets import parse_brackets, read_constituents, write_brackets
from gradus.tasks.parsing.constituency import Constituent, draw_constituents, without_traces
from gradus.tasks.parsing.from_constituents import to_dependencies
from gradus.tasks.parsing.head_rules import ENGLISH, parse_head_rules, read_head_rules
from gradus.tasks.parsing.trees import is_projective, nonprojective_arcs, tree_of

LABELS = st.sampled_from(["S", "NP", "NP-SBJ-1", "VP", "PP=2", "X", "-LRB-", "WHNP", "QP"])
TAGS = st.sampled_from(["NN", "VBZ", "DT", ".", ",", "IN", "-NONE-", "-RRB-", "$"])
WORDS = st.text("ab()[*-é漢", min_size=1, max_size=5)
LEAVES = st.builds(lambda tag, word: Constituent(tag, word=word), TAGS, WORDS)
TREES = st.recursive(
    LEAVES,
    lambda parts: st.builds(
        lambda label, children: Constituent(label, tuple(children)),
        LABELS,
        st.lists(parts, min_size=1, max_size=4),
    ),
    max_leaves=15,
)


def only(text):
    (tree,) = parse_brackets(text)
    return tree


@given(trees=st.lists(TREES, max_size=3), blank=st.sampled_from([" ", "\n", "\n\n  ", "\t"]))
def test_what_is_written_is_read_again(trees, blank):
    text = blank.join(write_brackets(tree) for tree in trees).replace(" ", blank)
    assert list(parse_brackets(text)) == trees


@given(trees=st.lists(TREES, min_size=1, max_size=3))
def test_a_bracket_around_a_tree_changes_nothing(trees):
    text = "".join(f"( {write_brackets(tree)})" for tree in trees)
    assert list(parse_brackets(text)) == trees


def test_several_trees_in_one_bracket_stay_one():
    tree = only("( (S (UH oh)) (S (UH no)))")
    assert [child.label for child in tree.children] == ["S", "S"]
    assert only(write_brackets(tree)) == tree
    assert draw_constituents(tree).splitlines()[0] == "·"


def test_brackets_as_words_are_spelled_as_in_the_penn_treebank():
    tree = only("(NP (-LRB- -LRB-) (NN a-RSB-) (-RRB- -RRB-))")
    assert tree.words == ["(", "a]", ")"]
    assert write_brackets(tree) == "(NP (-LRB- -LRB-) (NN a]) (-RRB- -RRB-))"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(S (NN cat)", "line 1, column 1: this bracket is never closed"),
        ("(S\n  (NP (NN cat)", "line 2, column 3: this bracket is never closed"),
        ("(S (NN cat)))", r"line 1, column 13: '\)' stands outside all brackets"),
        ("(S (NN cat))\nand", "line 2, column 1: 'and' stands outside all brackets"),
        ("and (S (NN cat))", "line 1, column 1: 'and' stands outside all brackets"),
        ("()", "line 1, column 1: this bracket has no label"),
        ("(S ( (NN cat)))", "line 1, column 4: this bracket has no label"),
        ("(S\n (NP))", "line 2, column 2: the constituent NP is empty"),
        ("(NP (NN cat) dog)", r"line 1, column 14: 'dog' .* give it a tag: \(TAG dog\)"),
        ("(NP dog (NN cat))", "line 1, column 1: NP has the word 'dog' and constituents"),
        ("(NP the cat)", "line 1, column 9: 'cat' is a second word under NP"),
    ],
)
def test_what_is_wrong_in_brackets_is_said_with_its_place(text, message):
    with pytest.raises(FormatError, match=f"^trees.mrg, {message}"):
        list(parse_brackets(text, name="trees.mrg"))
    with pytest.raises(FormatError, match=f"^{message}"):
        list(parse_brackets(text))


def test_trees_before_an_error_come_first():
    trees = parse_brackets("(S (NN cat)) (S")
    assert next(trees).words == ["cat"]
    with pytest.raises(FormatError):
        next(trees)


def test_files_and_lines_are_read(tmp_path):
    path = tmp_path / "trees.mrg"
    path.write_text("( (S (NP (NN\n cat))))\n\n(S (UH oh))\n")
    trees = list(read_constituents(path))
    assert [tree.words for tree in trees] == [["cat"], ["oh"]]
    assert list(read_constituents(iter(path.read_text().splitlines()))) == trees
    path.write_text("(S\n")
    with pytest.raises(FormatError, match=r"trees\.mrg, line 1, column 1"):
        list(read_constituents(str(path)))
    path.write_bytes(b"(S\n(NN caf\xe9))")
    with pytest.raises(FormatError, match=r"trees\.mrg, line 2: the byte 0xe9 is not UTF-8"):
        list(read_constituents(path))


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (Constituent("N N", word="cat"), "the label 'N N' cannot"),
        (Constituent("N(", word="cat"), r"the label 'N\(' cannot"),
        (Constituent("S", (Constituent("", word="cat"),)), "the label '' cannot"),
        (Constituent("N", word="a b"), "the word 'a b' cannot"),
        (Constituent("N", word=""), "the word '' cannot"),
        (Constituent("N", word="-LRB-"), "the word '-LRB-' cannot"),
    ],
)
def test_what_could_not_be_read_is_not_written(tree, message):
    with pytest.raises(DataError, match=message):
        write_brackets(tree)


def test_a_constituent_is_a_word_or_has_parts():
    with pytest.raises(DataError, match="'S' has 0 parts and the word None"):
        Constituent("S")
    with pytest.raises(DataError, match="'S' has 1 parts and the word 'cat'"):
        Constituent("S", (Constituent("N", word="a"),), "cat")


def test_trees_may_be_very_deep():
    text = "(X " * 5000 + "(N cat)" + ")" * 5000
    tree = only(text)
    assert write_brackets(tree) == text
    assert draw_constituents(tree).count("\n") == 5000
    assert to_dependencies(tree).heads == [0]


def test_traces_go_with_all_that_holds_nothing_else():
    tree = only("(S (NP-SBJ (-NONE- *)) (VP (VB go) (SBAR (-NONE- 0) (S (NP (-NONE- *T*))))))")
    assert write_brackets(without_traces(tree)) == "(S (VP (VB go)))"
    nothing = only("(S (NP (-NONE- *)))")
    assert without_traces(nothing) is None
    with pytest.raises(DataError, match="nothing but traces"):
        to_dependencies(nothing)


#: Tree, heads, relations; worked out by hand.
BY_HAND = [
    ("(NP (DT the) (NN cat))", [2, 0], ["DT", "root"]),
    ("(NP (NP (DT a) (NN cup)) (PP (IN of) (NP (NN tea))))", [2, 0, 2, 3], "DT root PP NP"),
    ("(NP (NN tea) (. .))", [0, 1], ["root", "."]),
    ("(X (. .))", [0], ["root"]),
    ("(NP (NNP Ann) (POS 's))", [2, 0], ["NNP", "root"]),
    (
        "(S (NP-SBJ-1 (PRP She)) (VP (MD must) (VP (VB go) (ADVP-TMP=2 (RB now)))) (. .))",
        [2, 0, 2, 3, 2],
        "NP-SBJ root VP ADVP-TMP .",
    ),
    (
        "(SBARQ (WHNP-1 (WP What)) (SQ (VBD did) (NP-SBJ (NN Bob)) (VP (VB say) "
        "(NP (-NONE- *T*-1)))) (. ?))",
        [2, 0, 2, 2, 2],
        "WHNP root NP-SBJ VP .",
    ),
    ("( (S (S (UH oh)) (CC and) (S (UH no))))", [0, 1, 1], "root CC S"),
    ("(WHNP (WP$ whose) (NN cat))", [0, 1], "root NN"),
    ("(QP (IN about) ($ $) (CD 5))", [2, 0, 2], "IN root CD"),
]


@pytest.mark.parametrize(("text", "heads", "relations"), BY_HAND)
def test_english_trees_become_the_dependencies_worked_out_by_hand(text, heads, relations):
    sentence = to_dependencies(only(text))
    assert sentence.heads == heads
    assert sentence.deprels == (relations.split() if isinstance(relations, str) else relations)


@given(tree=TREES)
def test_any_tree_becomes_a_projective_tree_with_one_root(tree):
    spoken = [leaf for leaf in tree.leaves if leaf.label != "-NONE-"]
    if not spoken:
        return
    sentence = to_dependencies(tree)
    heads = tree_of(sentence)
    assert [word.form for word in sentence.words] == [leaf.word for leaf in spoken]
    assert [word.xpos for word in sentence.words] == [leaf.label for leaf in spoken]
    assert (heads == 0).sum() == 1
    assert not nonprojective_arcs(heads).any()
    assert is_projective(heads)


@given(tree=TREES)
def test_every_constituent_hangs_on_its_surroundings_by_one_word(tree):
    spoken = without_traces(tree)
    if spoken is None:
        return
    heads = np.array(to_dependencies(spoken).heads)

    def check(node, first):
        words = np.arange(first, first + len(node.words))
        inside = heads[words - 1]
        assert sum(head not in words for head in inside) == 1
        for child in node.children:
            check(child, first)
            first += len(child.words)

    check(spoken, 1)


def test_a_drawing_of_words_beside_phrases():
    tree = only("(S (NP (PRP I)) (VP (VBP see) (NP (DT a) (NN cat))) (. .))")
    assert draw_constituents(tree) == "\n".join(
        [
            "S",
            "├── NP",
            "│   └── PRP I",
            "├── VP",
            "│   ├── VBP see",
            "│   └── NP",
            "│       ├── DT a",
            "│       └── NN cat",
            "└── . .",
        ]
    )


def test_rules_of_another_language_are_read(tmp_path):
    path = tmp_path / "heads.txt"
    path.write_text("# Dutch\n\nnever LET\nNP  left N|VNW NP; right ADJ\nSMAIN left WW\n* left\n")
    rules = read_head_rules(path)
    assert rules.head("NP-SU", ["LID", "NP", "N"]) == 2  # the first group goes before the second
    assert rules.head("NP", ["LID", "ADJ", "ADJ"]) == 2
    assert rules.head("NP", ["LID", "TW"]) == 0  # none found: the first, as the first search says
    assert rules.head("SMAIN", ["LET", "NP", "PP"]) == 1
    assert rules.head("PP", ["LET", "LET"]) == 0
    tree = only("(SMAIN (NP (LID de) (N kat)) (WW slaapt) (LET .))")
    assert to_dependencies(tree, rules).heads == [2, 3, 0, 3]


def test_without_a_line_for_others_the_last_part_leads():
    assert parse_head_rules("NP left N").head("VP", ["A", "B"]) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("NP right N\nNP left N", "line 2: NP has a line already"),
        ("never .\nnever ,", "line 2: never has a line already"),
        ("NP up N", "line 1: a search of NP begins with 'up'; write NP left"),
        ("NP", "line 1: a search of NP begins with ''"),
        ("NP left N;", "line 1: a search of NP begins with ''"),
    ],
)
def test_what_is_wrong_in_rules_is_said_with_its_line(text, message):
    with pytest.raises(FormatError, match=message):
        parse_head_rules(text)


def test_every_category_of_the_english_rules_chooses_a_part():
    for category in ENGLISH.rules:
        for parts in (["DT", "NN"], [".", ","], ["X"]):
            assert 0 <= ENGLISH.head(category, parts) < len(parts)
