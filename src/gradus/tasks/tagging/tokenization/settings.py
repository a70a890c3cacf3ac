"""The settings of a tokenizer."""

from pydantic import Field

from gradus.core.config import settings


@settings
class TokenizerConfig:
    """What a tokenizer sees of a text, and the size of its network.

    >>> TokenizerConfig(hidden=32).stretch
    64
    """

    dim: int = Field(default=16, ge=1, le=1024, description="length of a word's vector")
    affix_dim: int = Field(
        default=16, ge=1, le=1024, description="length of the vectors of its first and last letters"
    )
    shape_dim: int = Field(
        default=12, ge=1, le=1024, description="length of the vectors of its shape and its spaces"
    )
    words: int = Field(default=1500, ge=0, le=1 << 20, description="words that have a vector")
    affixes: int = Field(default=400, ge=0, le=1 << 20, description="endings that have a vector")
    min_count: int = Field(
        default=3, ge=1, description="words met less often in training are unknown"
    )
    hidden: int = Field(default=56, ge=1, le=4096, description="units of the GRU in each direction")
    layers: int = Field(default=1, ge=1, le=8, description="layers of the GRU")
    dropout: float = Field(default=0.4, ge=0, lt=1, description="share of units dropped")
    word_dropout: float = Field(
        default=0.25, ge=0, lt=1, description="share of words read as unknown while training"
    )
    tags: float = Field(
        default=0.07,
        ge=0,
        le=100,
        description="how much parts of speech and relations count, learnt beside where they are "
        "known; 0: not at all",
    )
    bias: float = Field(
        default=0.5, ge=-10, le=10, description="added to the score of a sentence's end"
    )
    stretch: int = Field(
        default=64, ge=8, le=4096, description="pieces of text, about words, read at once"
    )
