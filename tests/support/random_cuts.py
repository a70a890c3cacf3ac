"""Sentences cut from a text at random, with multiword tokens, tags and trees."""

from gradus.text.document import MultiwordToken, Sentence, Word

UPOS = ("NOUN", "VERB", "_")
FEATS = ("_", "Number=Sing", "Case=Nom|Number=Plur", "Number=Sing|Typo=Yes", "Typo=Yes")
RELATIONS = ("nsubj", "obj", "nsubj:pass", "det", "aux", "case", "punct", "_")
LEMMAS = ("go", "be", "_")


def cut(text, rng, *, longest=3, end=0.2, multiword=0.2):
    """The characters of ``text`` as sentences; words inside of multiword tokens are free."""
    sentences, words, tokens = [], [], []
    while text:
        size = int(rng.integers(1, longest + 1))
        piece, text = text[:size], text[size:]
        if rng.random() < multiword:
            forms = inner_forms(piece, rng)
            tokens.append(MultiwordToken(len(words) + 1, len(words) + len(forms), piece))
        else:
            # blanks in a form do not count
            forms = [piece[0] + "\u00a0 " + piece[1:] if rng.random() < 0.1 else piece]
        words += [word(form, rng) for form in forms]
        if not text or rng.random() < end:
            add_tree(words, rng)
            sentences.append(Sentence(words, multiword=tokens))
            words, tokens = [], []
    return sentences


def inner_forms(piece, rng):
    """The letters of a token, some of them as other words, of any case, or missing."""
    forms = [piece[start : start + 2] for start in range(0, len(piece), 2)]
    forms += [str(rng.choice(list("abAB")))] * int(rng.integers(0, 3))
    return [form.upper() if rng.random() < 0.3 else form for form in forms]


def word(form, rng):
    upos, lemma, feats, relation = (
        str(rng.choice(choices)) for choices in (UPOS, LEMMAS, FEATS, RELATIONS)
    )
    return Word(form, lemma, upos, str(rng.choice(["x", "y"])), feats, deprel=relation)


def add_tree(words, rng):
    """Heads that form a tree with one root."""
    order = rng.permutation(len(words))
    words[order[0]].head = 0
    for place in range(1, len(words)):
        words[order[place]].head = int(order[rng.integers(place)]) + 1
