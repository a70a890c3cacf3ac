"""What is learnt beside the ends of tokens: parts of speech and relations, where they are known.

They are never predicted. But who knows that *Josh* is a name and *thanks* a root sees better where
a sentence ends, and learns less by heart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int64

from gradus.core.errors import FormatError
from gradus.nn.losses import IGNORED
from gradus.text.document import NOTHING, Sentence, Word, surface_tokens


@dataclass(frozen=True)
class Tags:
    """The parts of speech and the relations of a treebank.

    >>> tags = Tags.learn([Sentence.of(["Go"], upos=["VERB"], deprels=["root"])])
    >>> tags.numbers([Sentence.of(["Go", "on"], upos=["VERB", "ADP"])]).tolist()
    [[0, -100], [-100, -100]]
    """

    upos: Sequence[str] = ()
    relations: Sequence[str] = ()

    @classmethod
    def learn(cls, sentences: Sequence[Sentence]) -> "Tags":
        """All that there are."""
        found = [_tags(word) for sentence in sentences for word in sentence.words]
        upos, relations = ({row[column] for row in found} - {NOTHING} for column in range(2))
        return cls(sorted(upos), sorted(relations))

    @property
    def sizes(self) -> list[int]:
        """How many there are of each kind."""
        return [len(self.upos), len(self.relations)]

    def numbers(self, sentences: Sequence[Sentence]) -> Int64[np.ndarray, "tokens 2"]:
        """The tags of the last word of each token; IGNORED where they are unknown."""
        upos, relations = (
            {name: number for number, name in enumerate(names)}
            for names in (self.upos, self.relations)
        )
        rows = []
        for sentence in sentences:
            for token in surface_tokens(sentence):
                tag, relation = _tags(sentence.words[token.last - 1])
                rows.append((upos.get(tag, IGNORED), relations.get(relation, IGNORED)))
        return np.array(rows, dtype=np.int64).reshape(-1, 2)

    def to_dict(self) -> dict[str, Any]:
        """The names, as JSON has them."""
        return {"upos": list(self.upos), "relations": list(self.relations)}

    @classmethod
    def from_dict(cls, values: Any) -> "Tags":
        """What :meth:`to_dict` gave; :class:`FormatError` if it is something else."""
        found = values if isinstance(values, dict) else {}
        upos: Any = found.get("upos")
        relations: Any = found.get("relations")
        for names in (upos, relations):
            if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
                raise FormatError("the tags are no lists of names")
        return cls(upos, relations)


def _tags(word: Word) -> tuple[str, str]:
    return word.upos, word.deprel.partition(":")[0]
