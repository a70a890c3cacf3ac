"""Scripts lead from forms to lemmas, words of one pattern share them, and all are readable."""

import json
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gradus.core.errors import FormatError
from gradus.tasks.tagging.casing import casing_of, lower, recase
from gradus.tasks.tagging.edit_scripts import (
    ABSOLUTE,
    UNCHANGED,
    UNKNOWN,
    Scripts,
    apply_script,
    describe,
    edit_script,
)
from gradus.tasks.tagging.letter_edits import edited, letter_edits, longest_shared, reach
from gradus.text import read_treebank

#: Letters whose cases are odd, marks that combine, and what the scripts are written with.
ODD = "aAbBiIzZßẞİıſsSΣσςǅǆǄKkµéÉ\u0301\u0307|+-.=:,01\n🙂"
TEXT = st.text() | st.text(ODD, max_size=8)
FEW = st.text("abc", max_size=6)


@st.composite
def inflected(draw):
    """A form and a lemma around one stem, whose cases need not agree."""
    parts = st.text(ODD, max_size=4)
    case = st.sampled_from([str, str.lower, str.upper, str.title, str.swapcase])
    stem = draw(TEXT)
    return tuple(draw(parts) + draw(case)(stem) + draw(parts) for _ in range(2))


PAIRS = st.tuples(TEXT, TEXT) | inflected()


def substrings(text):
    return {text[start:stop] for start, stop in combinations(range(len(text) + 1), 2)}


def subsequences(text):
    return {"".join(chosen) for size in range(len(text) + 1) for chosen in combinations(text, size)}


@given(pair=PAIRS)
@example(pair=("", ""))
@example(pair=("is", ""))
@example(pair=("", "be"))
@example(pair=("STRASSE", "Straße"))
@example(pair=("İSTANBUL", "istanbul"))
@example(pair=("i\u0307", "İ"))
@example(pair=("ΟΔΟΣ", "οδός"))
@example(pair=("ﬁnds", "FIND"))
@example(pair=("e\u0301te\u0301s", "été"))
@example(pair=("=x", "|x+"))
@example(pair=("\ud800a", "A\ud800"))
def test_a_script_leads_from_the_form_to_the_lemma(pair):
    form, lemma = pair
    assert apply_script(form, edit_script(form, lemma)) == lemma


@given(pair=PAIRS)
def test_a_script_is_absolute_if_and_only_if_nothing_is_shared(pair):
    form, lemma = pair
    assume(form != lemma)
    alone = not set(lower(form)) & set(lower(lemma))
    assert edit_script(form, lemma).startswith(ABSOLUTE) == alone


@given(form=TEXT)
def test_the_unchanged_script_keeps_every_form(form):
    assert apply_script(form, UNCHANGED) == form
    assert edit_script(form, form) in (UNCHANGED, "lower||")


@pytest.mark.parametrize(
    ("script", "pairs"),
    [
        ("lower||--", "walked walk, Talked talk, JUMPED jump, boxes box"),
        ("lower||---+y", "cities city, Flies fly"),
        ("lower|.-+i|", "sang sing, rang ring"),
        ("lower||--+a.+e", "took take, Shook shake"),
        ("lower|--|-+e+n", "gehoord hooren, gewerkt werken"),
        ("lower||", "the the, The the, THE the, . ., 12 12, ß ß"),
        ("keep||", "Rome Rome, USA USA, McDonald McDonald, iPhone iPhone, U.S. U.S."),
        ("keep||-", "Romans Roman, iPhones iPhone, USAs USA"),
        ("0:1||", "rome Rome, ROME Rome"),
        ("0:||", "usa USA, Nato NATO, u.s. U.S."),
        ("=be", "is be, IS be, am be"),
    ],
)
def test_words_of_one_pattern_share_a_script(script, pairs):
    words = [pair.split() for pair in pairs.split(", ")]
    assert {edit_script(form, lemma) for form, lemma in words} == {script}


@given(drops=st.integers(1, 5), first=st.booleans(), form=st.text("aß", max_size=6))
def test_a_script_fits_if_it_leaves_a_letter(drops, first, form):
    edits = "-" * drops
    script = f"keep|{edits}|" if first else f"keep||{edits}"
    rest = form[drops:] if first else form[: max(0, len(form) - drops)]
    assert apply_script(form, script) == (rest or None)


@given(old=FEW, new=FEW)
def test_the_shared_part_is_the_longest_and_leftmost(old, new):
    shared = longest_shared(old, new)
    common = substrings(old) & substrings(new)
    longest = [part for part in common if len(part) == shared.size]
    assert shared.size == max(map(len, common), default=0)
    assert (shared.old, shared.new) == min(
        ((old.index(part), new.index(part)) for part in longest), default=(0, 0)
    )


@given(old=FEW, new=FEW)
def test_edits_keep_as_many_letters_as_can_be_kept(old, new):
    edits = letter_edits(old, new)
    most = max(map(len, subsequences(old) & subsequences(new)))
    assert edited(old, edits) == new
    assert reach(edits) == len(old)
    assert reach(edits) - edits.count("-") == most


@given(text=TEXT)
def test_capitals_come_back_in_their_places(text):
    small = lower(text)
    assert len(small) == len(text)
    assert lower(small) == small
    assert recase(small, casing_of(text)) == text


def test_a_letter_is_lowered_if_only_its_capital_becomes_it():
    letters = [chr(code) for code in range(0x1F000)]
    lowered = [letter for letter in letters if lower(letter) != letter]
    assert all(lower(letter) == letter.lower() for letter in lowered)
    assert all(letter.lower().upper() == letter for letter in lowered)
    others = {letter for letter in letters if letter.lower() != letter} - set(lowered)
    assert {"İ", "ẞ", "\u212a"} <= others  # the last is the sign for kelvin
    assert all(letter.lower().upper() != letter for letter in others)


@given(pairs=st.lists(PAIRS, max_size=8))
def test_different_scripts_read_differently(pairs):
    scripts = {edit_script(*pair) for pair in pairs}
    assert len({describe(script) for script in scripts}) == len(scripts)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("keep||---+y", "drop the last 3 letters, add 'y'"),
        ("keep|+g+e|-", "put 'ge' in front, drop the last letter"),
        ("lower|.-+i|", "lower the case, rewrite the first 2 letters (keep 1, drop 1, add 'i')"),
        ("0:1||", "lower the case, raise the first letter"),
        ("0:1,2:4,5:||", "lower the case, raise letters 1, 3 to 4, 6 to the last"),
        ("lower||+|++", "lower the case, add '|+'"),
        ("=be", "write 'be'"),
        (UNCHANGED, "do nothing"),
    ],
)
def test_scripts_can_be_read(script, words):
    assert describe(script) == words


@pytest.mark.parametrize(
    "script",
    ["", "lower", "lower|", "lower||x", "upper||", "0-1||", "keep||+", "keep|-|-|-", "0:1,||"],
)
def test_what_is_no_script_is_told(script):
    for use in (
        describe,
        lambda text: apply_script("form", text),
        lambda t: Scripts(["keep||", t]),
    ):
        with pytest.raises(FormatError, match="is not a script"):
            use(script)


def test_a_long_text_that_is_no_script_is_told_at_once():
    with pytest.raises(FormatError):
        describe("keep||" + "-." * 5_000 + "x")


@given(pairs=st.lists(PAIRS, max_size=8), least=st.integers(1, 3))
def test_scripts_are_those_that_enough_pairs_need(pairs, least):
    counts = Counter(edit_script(*pair) for pair in pairs)
    scripts = Scripts.learn(iter(pairs), min_count=least)
    first, *others = scripts
    assert first == UNCHANGED
    assert set(others) == {name for name in counts if counts[name] >= least} - {UNCHANGED}
    order = [counts[name] for name in others]
    assert order == sorted(order, reverse=True)
    for form, lemma in pairs:
        known = edit_script(form, lemma) in scripts
        number = scripts.number(form, lemma)
        assert scripts.lemma(form, number) == (lemma if known else form)
        assert known or number == UNKNOWN


@given(pairs=st.lists(PAIRS, max_size=8))
def test_numbers_do_not_depend_on_the_order_of_the_pairs(pairs):
    assert list(Scripts.learn(pairs)) == list(Scripts.learn(reversed(pairs)))


@given(pairs=st.lists(PAIRS, max_size=8))
def test_a_list_of_scripts_is_all_there_is_to_keep(pairs):
    scripts = Scripts.learn(pairs)
    again = Scripts(json.loads(json.dumps(list(scripts))))
    assert list(again) == list(scripts)
    assert [again[number] for number in range(len(again))] == list(scripts)
    assert [again.number(*pair) for pair in pairs] == [scripts.number(*pair) for pair in pairs]


@pytest.mark.parametrize(
    ("scripts", "fault"),
    [
        ([], "begin with 'keep||', not with"),
        (["lower||", UNCHANGED], "not with .'lower||'"),
        ([UNCHANGED, "=be", "=be"], "'=be' has 2 numbers"),
    ],
)
def test_damaged_vocabularies_are_told(scripts, fault):
    with pytest.raises(FormatError, match=fault.replace("|", r"\|")):
        Scripts(scripts)


def test_a_treebank_needs_few_scripts_and_hardly_any_new_ones(data_folder):
    folder = data_folder / "ud" / "af-afribooms-2.2"
    train, dev = (
        [
            (word.form, word.lemma)
            for sentence in read_treebank(folder / f"af_afribooms-ud-{part}.conllu.xz")
            for word in sentence.words
        ]
        for part in ("train", "dev")
    )
    assert all(apply_script(form, edit_script(form, lemma)) == lemma for form, lemma in set(train))
    scripts = Scripts.learn(train)
    assert len(scripts) < len(set(train)) / 40
    assert sum(edit_script(*pair) in scripts for pair in dev) > 0.998 * len(dev)
