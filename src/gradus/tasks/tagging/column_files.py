"""Entities for sentences of column files, which keep every other column that they have."""

from collections.abc import Iterator
from dataclasses import replace

from gradus.tasks.tagging.tagger import Tagger
from gradus.text.columns import TaggedCorpus, TaggedSentence
from gradus.text.document import Sentence
from gradus.text.entities_in_misc import entity_spans
from gradus.text.spans import tags_of


def tag_columns(tagger: Tagger, corpus: TaggedCorpus) -> Iterator[TaggedSentence]:
    """The sentences of ``corpus`` with the tags of a tagger of entities, in the corpus's scheme."""
    scheme = corpus.scheme
    found = tagger.stream(Sentence.of(sentence.words) for sentence in corpus)
    for old, new in zip(corpus, found, strict=True):
        yield replace(old, tags=tags_of(entity_spans(new), len(new), scheme))
