"""What a tagger can say of a word: each entry is a column, how it is read and written.

A label is a short string, the same for many words: a part of speech, all features at once, the
script that leads from form to lemma, the tag of an entity.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache

from gradus.tasks.tagging.edit_scripts import UNCHANGED, apply_script, describe, edit_script
from gradus.text.document import NOTHING, Sentence, Word
from gradus.text.entities_in_misc import ATTRIBUTE, entity_spans, entity_tags
from gradus.text.misc_fields import with_misc
from gradus.text.schemes import NO_SPAN, SCHEMES
from gradus.text.spans import spans_of, tags_of


class Column(ABC):
    """One thing to say of every word."""

    spans = False  # whether labels mark spans of words, and F1 of spans is their measure
    by_form = False  # whether the label follows from the form, exceptions by the single form

    @abstractmethod
    def labels(self, sentence: Sentence, scheme: str) -> list[str | None]:
        """The label of every word; None where the sentence does not say."""

    @abstractmethod
    def write_(self, words: Sequence[Word], labels: Sequence[str]) -> None:
        """Write labels into the words."""

    @abstractmethod
    def shown(self, sentence: Sentence) -> list[str]:
        """What each word says, as people write it."""

    def check(self, label: str, scheme: str) -> None:  # noqa: B027 (most columns take any)
        """See to it that a label, read from a model folder, can be written.

        Raises:
            GradusError: it cannot.
        """

    def absent(self, sentences: Sequence[Sentence]) -> bool:
        """Whether no word says anything, so that nothing can be learnt."""
        return all(label is None for sentence in sentences for label in self.labels(sentence, ""))


class FieldColumn(Column):
    """A field of the word, as it is; :data:`NOTHING` says nothing, unless it is a value too."""

    def __init__(self, field: str, *, nothing: bool = False) -> None:
        self._field, self._nothing = field, nothing

    def labels(self, sentence: Sentence, scheme: str) -> list[str | None]:
        """The field of each word."""
        values = [getattr(word, self._field) for word in sentence.words]
        return values if self._nothing else [None if one == NOTHING else one for one in values]

    def write_(self, words: Sequence[Word], labels: Sequence[str]) -> None:
        """Set the field of each word."""
        for word, label in zip(words, labels, strict=True):
            setattr(word, self._field, label)

    def shown(self, sentence: Sentence) -> list[str]:
        """The field of each word."""
        return [getattr(word, self._field) for word in sentence.words]

    def absent(self, sentences: Sequence[Sentence]) -> bool:
        """Whether the field is nothing everywhere."""
        return all(
            getattr(word, self._field) == NOTHING
            for sentence in sentences
            for word in sentence.words
        )


class LemmaColumn(Column):
    """The way from the form to the lemma."""

    by_form = True

    def labels(self, sentence: Sentence, scheme: str) -> list[str | None]:
        """The script of each word; a lemma of one underscore is one only for such a form."""
        return [
            None if word.lemma == NOTHING != word.form else edit_script(word.form, word.lemma)
            for word in sentence.words
        ]

    def write_(self, words: Sequence[Word], labels: Sequence[str]) -> None:
        """What the script makes of each form; the form itself where it does not fit."""
        for word, script in zip(words, labels, strict=True):
            found = word.form if script == UNCHANGED else _applied(word.form, script)
            word.lemma = word.form if found is None else found

    def shown(self, sentence: Sentence) -> list[str]:
        """The lemma of each word."""
        return [word.lemma for word in sentence.words]

    def check(self, label: str, scheme: str) -> None:
        """A lemma's label is a script."""
        describe(label)

    def absent(self, sentences: Sequence[Sentence]) -> bool:
        """Whether there is no lemma, unless it is the underscore of a form that is one."""
        return all(word.lemma == NOTHING for sentence in sentences for word in sentence.words)


class EntityColumn(Column):
    """The entity that a word belongs to, as MISC has it: ``NER=B-PER``."""

    spans = True

    def labels(self, sentence: Sentence, scheme: str) -> list[str | None]:
        """The tag of each word in ``scheme``."""
        return list(tags_of(entity_spans(sentence), len(sentence), scheme))

    def write_(self, words: Sequence[Word], labels: Sequence[str]) -> None:
        """Set the tag of each word that is in an entity, and remove that of others."""
        names = set(labels) != {NO_SPAN}  # most sentences name nobody
        tags = tags_of(spans_of(labels), len(labels)) if names else labels
        for word, tag in zip(words, tags, strict=True):
            if tag != NO_SPAN or ATTRIBUTE in word.misc:
                word.misc = with_misc(word.misc, NER=None if tag == NO_SPAN else tag)

    def shown(self, sentence: Sentence) -> list[str]:
        """The tag of each word, O where there is none."""
        return entity_tags(sentence)

    def check(self, label: str, scheme: str) -> None:
        """An entity's label is a tag of the scheme."""
        SCHEMES.make(scheme).read(label)

    def absent(self, sentences: Sequence[Sentence]) -> bool:
        """Whether there is no entity at all."""
        return not any(map(entity_spans, sentences))


#: :func:`apply_script` for words of a text, most of which come again.
_applied = lru_cache(1 << 16)(apply_script)

#: Every column by name, in the order in which they are learnt and shown.
COLUMNS: dict[str, Column] = {
    "upos": FieldColumn("upos"),
    "xpos": FieldColumn("xpos"),
    "feats": FieldColumn("feats", nothing=True),
    "lemma": LemmaColumn(),
    "entity": EntityColumn(),
}
