"""The network of a classifier: an encoder that reads words in order, beside scores of sequences."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gradus.core.errors import SettingsError
from gradus.nn.embeddings import Embedding
from gradus.nn.encoders import ENCODERS
from gradus.nn.feature_scores import FeatureScores
from gradus.nn.feedforward import FeedForward
from gradus.tasks.classification.batch import TextBatch
from gradus.tasks.classification.reading import Reader
from gradus.tasks.classification.settings import ClassifierConfig
from gradus.tasks.classification.words import SPECIAL


class EncodedScores(nn.Module):
    """``W f(encoder(v[w_1] ... v[w_n])) + b``, with f the hidden layers."""

    def __init__(self, config: ClassifierConfig, embedding: Embedding, labels: int) -> None:
        super().__init__()
        self.embedding = embedding
        self.encoder = ENCODERS.make(config.encoder, dim=embedding.dim)
        # as Kim does, features are dropped before the output; half as many of each word's vector
        self.word_dropout = nn.Dropout(config.dropout / 2)
        self.text_dropout = nn.Dropout(config.dropout)
        self.head = FeedForward(
            self.encoder.width,
            [config.units] * config.layers,
            labels,
            activation=config.activation,
            dropout=f"dropout({config.dropout})",
            normalization=config.normalization,
        )

    def forward(
        self, ids: Int[Tensor, "batch time"], lengths: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch labels"]:
        """The scores of every label for every text."""
        vectors = self.word_dropout(self.embedding(ids))
        return self.head(self.text_dropout(self.encoder(vectors, lengths)))


class TextNetwork(nn.Module):
    """Scores of word sequences (wide), of an encoded text (deep), or the mean of both.

    A wide part knows what a sequence of words speaks for; a deep one generalizes over vectors
    [cheng2016]. Each is trained to answer alone, so that neither rests on the other, and their
    errors differ.
    """

    def __init__(
        self, wide: FeatureScores | None, deep: EncodedScores | None, *, labels: int
    ) -> None:
        super().__init__()
        self.wide, self.deep = wide, deep
        self.bias = nn.Parameter(torch.zeros(labels))  # of the wide part

    def parts(self, batch: TextBatch) -> list[Float[Tensor, "batch labels"]]:
        """The scores of every label for every text, by each part that there is."""
        scores = []
        if self.wide is not None:
            scores.append(self.wide(batch.features, batch.starts) + self.bias)
        if self.deep is not None:
            scores.append(self.deep(batch.ids, batch.lengths))
        return scores

    def forward(self, batch: TextBatch) -> Float[Tensor, "batch labels"]:
        """The mean of the parts' scores."""
        return torch.stack(self.parts(batch)).mean(0)


def build_network(
    config: ClassifierConfig,
    reader: Reader,
    labels: int,
    *,
    embedding: Embedding | None = None,
    sparse: bool = True,
) -> TextNetwork:
    """The network that the settings ask for, over what the reader knows.

    Raises:
        SettingsError: the settings leave nothing to learn, or name unknown parts.
    """
    wide = deep = None
    if reader.sequences is not None:
        wide = FeatureScores(reader.sequences.size, labels, sparse=sparse)
    if config.encodes:
        words = len(reader.words) + len(SPECIAL)
        deep = EncodedScores(config, embedding or Embedding(words, config.dim), labels)
    if wide is None and deep is None:
        raise SettingsError("encoder='none' and ngrams=0 leave nothing to learn; set one of them")
    return TextNetwork(wide, deep, labels=labels)
