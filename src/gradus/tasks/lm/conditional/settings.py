"""The settings of an encoder–decoder, and of its search for outputs."""

from pydantic import Field, model_validator

from gradus.core.config import settings


@settings
class Seq2SeqConfig:
    """From a source to a target: symbols, an encoder, attention, a decoder.

    >>> Seq2SeqConfig(source_level="char", attention="additive").cell
    'gru'
    """

    source_level: str = Field(
        default="word", description="what a symbol of the source is: word or char"
    )
    target_level: str = Field(
        default="word", description="what a symbol of the target is: word or char"
    )
    min_count: int = Field(
        default=1, ge=1, description="symbols met less often are unknown, on either side"
    )
    max_vocab: int | None = Field(
        default=None, ge=1, description="keep so many most frequent symbols of a side"
    )
    dim: int = Field(default=64, ge=1, le=10_000, description="length of a symbol's vector")
    cell: str = Field(default="gru", description="cells of encoder and decoder: rnn, gru or lstm")
    hidden: int = Field(
        default=128,
        ge=2,
        le=10_000,
        multiple_of=2,
        description="units of a decoder layer; each direction of the encoder has half of them",
    )
    layers: int = Field(default=1, ge=1, le=16, description="layers of encoder and of decoder")
    attention: str = Field(
        default="general", description="how the decoder looks at the source, by name"
    )
    feeding: bool = Field(
        default=False, description="give each step of the decoder what the last one attended to"
    )
    dropout: float = Field(
        default=0.0, ge=0, lt=1, description="share of dropped units, the same at all steps"
    )
    word_dropout: float = Field(
        default=0.0, ge=0, lt=1, description="share of source symbols that become unknown"
    )
    smoothing: float = Field(
        default=0.0, ge=0, lt=1, description="share of a target that is spread over all symbols"
    )
    weights: str = Field(default="xavier", description="how weights begin, by name")


@settings
class SearchConfig:
    """How outputs are looked for.

    >>> SearchConfig(beam=5, n=3).length_power
    0.0
    """

    beam: int = Field(
        default=1, ge=1, le=10_000, description="outputs followed side by side; 1 is greedy"
    )
    n: int = Field(default=1, ge=1, description="best outputs that are given, of those of the beam")
    length_power: float = Field(
        default=0.0,
        ge=0,
        le=10,
        description="rank by log-probability over length to this power: 1 is a mean, 0 the sum",
    )
    max_length: int | None = Field(
        default=None,
        ge=1,
        description="symbols after which an output is ended; twice the longest of training",
    )

    @model_validator(mode="after")
    def _beam_holds_the_best(self) -> "SearchConfig":
        if self.n > self.beam:
            raise ValueError(
                f"n={self.n} outputs are more than beam={self.beam} follows; "
                f"set beam={self.n} or more"
            )
        return self
