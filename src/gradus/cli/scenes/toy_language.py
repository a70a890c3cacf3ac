"""A toy language with a grammar of a page: English words, trees that are known, arcs that cross.

A tree is made first and its words are put into a row after, so that every head is right by itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from gradus.text.document import Sentence, Word

PEOPLE = ["girl", "boy", "king", "queen", "teacher", "doctor", "sailor", "farmer", "singer"]
ANIMALS = ["dog", "cat", "horse", "bird", "fox", "wolf"]
THINGS = ["letter", "book", "story", "ship", "picture", "song", "bell", "lamp"]
PLACES = ["garden", "forest", "harbour", "city", "house", "river", "valley", "tower"]
ADJECTIVES = ["young", "small", "red", "quiet", "strange", "green", "famous", "tired", "clever"]
DETERMINERS = ["the", "a", "every", "this", "one"]
ADVERBS = ["yesterday", "suddenly", "again", "quickly", "today", "quietly"]
TRANSITIVE = ["saw", "found", "followed", "painted", "heard", "loved", "drew", "missed"]
INTRANSITIVE = ["arrived", "vanished", "appeared", "waited", "fell", "slept", "returned"]

#: Prepositions that join a noun to a noun, and a noun to a verb; ``with`` and ``near`` do both.
OF_NOUNS, OF_VERBS = ["of", "about", "from", "with", "near"], ["in", "behind", "with", "near"]

#: How often a phrase has what it may have.
ADJECTIVE, ATTRIBUTE, CLAUSE, PLACE, ADVERB = 0.3, 0.25, 0.25, 0.4, 0.5

#: How often what follows a noun moves to the end of the sentence, past what stands between.
MOVED = 0.5

#: How often a clause has an object.
OBJECT = 0.6

#: Nouns inside nouns at most.
DEPTH = 2


@dataclass(eq=False)
class Phrase:
    """A word with the phrases before and after it, and those that end the sentence instead."""

    form: str
    upos: str
    deprel: str
    before: list["Phrase"] = field(default_factory=list)
    after: list["Phrase"] = field(default_factory=list)
    moved: list["Phrase"] = field(default_factory=list)

    def parts(self) -> list["Phrase"]:
        """What depends on the word."""
        return [*self.before, *self.after, *self.moved]

    def row(self) -> Iterator["Phrase"]:
        """The words of the phrase from left to right, without those moved."""
        for part in self.before:
            yield from part.row()
        yield self
        for part in self.after:
            yield from part.row()


class Speaker:
    """Says sentences of the toy language, as its dice fall."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def sentence(self) -> Sentence:
        """The next sentence, with its tree."""
        subject = self._noun([*PEOPLE, *ANIMALS, *THINGS], "nsubj")
        root = self._predicate(subject.form, "root", depth=0)
        root.before.append(subject)
        moved: list[Phrase] = []
        # the last phrase would move past nothing
        for noun in (subject, *root.after[:-1]):
            if noun.after and not moved and self._may(MOVED):
                moved = noun.moved = [noun.after.pop()]
        stop = Phrase(".", "PUNCT", "punct")
        root.moved.append(stop)
        return as_sentence(
            root, [*root.row(), *(word for part in moved for word in part.row()), stop]
        )

    def _predicate(self, subject: str, deprel: str, *, depth: int) -> Phrase:
        """A verb with what follows it; things do nothing to others."""
        acts = subject not in THINGS and self._may(OBJECT)
        verb = Phrase(self._one(TRANSITIVE if acts else INTRANSITIVE), "VERB", deprel)
        if acts:
            verb.after.append(self._noun([*PEOPLE, *ANIMALS, *THINGS], "obj", depth=depth))
        if self._may(PLACE):
            # a place is said without more, so that what follows is about something else
            verb.after.append(self._joined(OF_VERBS, PLACES, "obl", depth=DEPTH))
        if self._may(ADVERB):
            verb.after.append(Phrase(self._one(ADVERBS), "ADV", "advmod"))
        return verb

    def _noun(self, nouns: Sequence[str], deprel: str, *, depth: int = 0) -> Phrase:
        """A noun with its determiner, and perhaps an adjective, an attribute or a clause."""
        noun = Phrase(self._one(nouns), "NOUN", deprel)
        noun.before.append(Phrase(self._one(DETERMINERS), "DET", "det"))
        if self._may(ADJECTIVE):
            noun.before.append(Phrase(self._one(ADJECTIVES), "ADJ", "amod"))
        if depth < DEPTH and self._may(ATTRIBUTE):
            about = self._joined(OF_NOUNS, [*PEOPLE, *THINGS], "nmod", depth=depth + 1)
            noun.after.append(about)
        elif depth < DEPTH and self._may(CLAUSE):
            noun.after.append(self._relative(noun.form, depth=depth + 1))
        return noun

    def _joined(
        self, prepositions: Sequence[str], nouns: Sequence[str], deprel: str, *, depth: int
    ) -> Phrase:
        """A noun with a preposition."""
        noun = self._noun(nouns, deprel, depth=depth)
        noun.before.insert(0, Phrase(self._one(prepositions), "ADP", "case"))
        return noun

    def _relative(self, noun: str, *, depth: int) -> Phrase:
        """A clause about ``noun``, which is its subject or its object."""
        word = "who" if noun in PEOPLE else "which"
        if self._may(OBJECT):
            verb = self._predicate(noun, "acl:relcl", depth=depth)
            verb.before.append(Phrase(word, "PRON", "nsubj"))
            return verb
        verb = Phrase(self._one(TRANSITIVE), "VERB", "acl:relcl")
        subject = self._noun([*PEOPLE, *ANIMALS], "nsubj", depth=DEPTH)
        verb.before += [Phrase(word, "PRON", "obj"), subject]
        return verb

    def _may(self, chance: float) -> bool:
        return bool(self._rng.random() < chance)

    def _one(self, words: Sequence[str]) -> str:
        return words[int(self._rng.integers(len(words)))]


def as_sentence(root: Phrase, row: Sequence[Phrase]) -> Sentence:
    """The words of ``row`` with the heads that the phrases below ``root`` give them.

    >>> verb = Phrase("sleep", "VERB", "root", before=[Phrase("cats", "NOUN", "nsubj")])
    >>> sentence = as_sentence(verb, list(verb.row()))
    >>> sentence.text, sentence.heads
    ('Cats sleep', [2, 0])
    """
    numbers = {part: number for number, part in enumerate(row, start=1)}
    heads = {part: numbers[phrase] for phrase in row for part in phrase.parts()}
    words = [
        Word(part.form, upos=part.upos, head=heads.get(part, 0), deprel=part.deprel) for part in row
    ]
    words[0].form = words[0].form.capitalize()
    if words[-1].upos == "PUNCT" and len(words) > 1:
        words[-2].misc = "SpaceAfter=No"
    return Sentence(words)


def toy_treebank(count: int, *, rng: np.random.Generator) -> list[Sentence]:
    """``count`` sentences of the toy language, none twice, each with its name and text.

    >>> bank = toy_treebank(2, rng=np.random.default_rng(6))
    >>> [sentence.sent_id for sentence in bank]
    ['toy-1', 'toy-2']
    """
    speaker, found = Speaker(rng), dict[str, Sentence]()
    while len(found) < count:
        sentence = speaker.sentence()
        found.setdefault(sentence.text, sentence)
    for number, (text, sentence) in enumerate(found.items(), start=1):
        sentence.comments = [f"# sent_id = toy-{number}", f"# text = {text}"]
    return list(found.values())
