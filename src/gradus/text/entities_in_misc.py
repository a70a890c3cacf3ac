"""Entities of a sentence, kept in MISC of its words: ``NER=B-PER``, tags of IOB2; O is not written.

>>> from gradus.text.document import Sentence
>>> sentence = with_entities(Sentence.of(["Ada", "Lovelace", "wrote"]), ["B-PER", "I-PER", "O"])
>>> [word.misc for word in sentence.words]
['NER=B-PER', 'NER=I-PER', '_']
>>> entity_spans(sentence)
[Span(start=0, stop=2, type='PER')]
"""

from collections.abc import Sequence
from dataclasses import replace

from gradus.core.errors import DataError
from gradus.text.document import Sentence
from gradus.text.misc_fields import misc_value, with_misc
from gradus.text.schemes import NO_SPAN
from gradus.text.spans import Span, spans_of, tags_of

#: The attribute of MISC that holds the tag.
ATTRIBUTE = "NER"


def entity_tags(sentence: Sentence) -> list[str]:
    """The tag of every word, as it is written; O where there is none.

    >>> entity_tags(Sentence.of(["Go"]))
    ['O']
    """
    return [misc_value(word.misc, ATTRIBUTE) or NO_SPAN for word in sentence.words]


def entity_spans(sentence: Sentence) -> list[Span]:
    """The entities as spans of words; tags of every scheme are read, as conlleval reads them.

    Raises:
        DataError: what stands there is no tag.
    """
    tags = entity_tags(sentence)
    try:
        return spans_of(tags)
    except DataError as error:
        name = f"sentence {sentence.sent_id}" if sentence.sent_id else "a sentence"
        raise DataError(f"{name} has {ATTRIBUTE}= in MISC: {error}") from None


def with_entities(sentence: Sentence, tags: Sequence[str]) -> Sentence:
    """A sentence with other entities: those that ``tags`` of any scheme mark.

    Raises:
        DataError: there is not one tag a word, or one is no tag.
    """
    if len(tags) != len(sentence):
        raise DataError(
            f"{len(tags)} tags came with a sentence of {len(sentence)} words; give one a word"
        )
    written = tags_of(spans_of(tags), len(tags))
    words = [
        replace(word, misc=with_misc(word.misc, NER=None if tag == NO_SPAN else tag))
        for word, tag in zip(sentence.words, written, strict=True)
    ]
    return replace(
        sentence,
        words=words,
        comments=list(sentence.comments),
        multiword=list(sentence.multiword),
        empty=list(sentence.empty),
    )
