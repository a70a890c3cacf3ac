"""A sentence as plain values, ready for JSON, with the places of all its parts in the text.

==========  ====================================================================================
key         what stands there
==========  ====================================================================================
id          the name of the sentence, from its comment ``# sent_id =``; null if it has none
text        what the text shows, from the first token to the end of the last
start, end  offsets of that in the text, in characters (code points) from 0; the end lies behind
tokens      a list: ``text start end space_after``, and ``words``: numbers of its words, from 1
words       a list: ``id`` (the number) ``form lemma upos xpos feats head deprel deps misc``;
            feats is an object by name, head a number, 0 for the root; null where there is nothing
entities    a list: ``type text start end``, and ``words``: numbers of its words
==========  ====================================================================================
"""

from typing import Any

from gradus.text.document import NOTHING, Word
from gradus.text.placing import Entity, PlacedSentence, Token


def sentence_values(placed: PlacedSentence) -> dict[str, Any]:
    """The values of a sentence.

    >>> from gradus.text.document import Sentence
    >>> from gradus.text.placing import placed_sentences
    >>> (go,) = placed_sentences([Sentence.of(["Go", "on"], heads=[0, 1])])
    >>> values = sentence_values(go)
    >>> values["tokens"][1]
    {'text': 'on', 'start': 3, 'end': 5, 'space_after': ' ', 'words': [2]}
    >>> values["words"][1]["head"], values["words"][1]["lemma"]
    (1, None)

    Raises:
        DataError: a tag of an entity in MISC is none.
    """
    return {
        "id": placed.sentence.sent_id,
        "text": placed.text,
        "start": placed.start,
        "end": placed.end,
        "tokens": list(map(_token_values, placed.tokens)),
        "words": [
            _word_values(number, word) for number, word in enumerate(placed.sentence.words, start=1)
        ],
        "entities": list(map(entity_values, placed.entities())),
    }


def entity_values(entity: Entity) -> dict[str, Any]:
    """The values of an entity."""
    return {
        "type": entity.type,
        "text": entity.text,
        "start": entity.start,
        "end": entity.end,
        "words": list(range(entity.first, entity.last + 1)),
    }


def _token_values(token: Token) -> dict[str, Any]:
    return {
        "text": token.text,
        "start": token.start,
        "end": token.end,
        "space_after": token.space_after,
        "words": list(range(token.first, token.last + 1)),
    }


def _word_values(number: int, word: Word) -> dict[str, Any]:
    return {
        "id": number,
        "form": word.form,
        "lemma": _given(word.lemma),
        "upos": _given(word.upos),
        "xpos": _given(word.xpos),
        "feats": word.features or None,
        "head": word.head,
        "deprel": _given(word.deprel),
        "deps": _given(word.deps),
        "misc": _given(word.misc),
    }


def _given(field: str) -> str | None:
    return None if field == NOTHING else field
