"""The settings of how words are read, the same for every task on words."""

from pydantic import Field

from gradus.core.config import settings


@settings
class FormConfig:
    """What a network reads of a form.

    >>> FormConfig(char_dim=64).affix_dim
    32
    """

    dim: int = Field(default=100, ge=1, le=4096, description="numbers of a word's vector")
    affix_dim: int = Field(
        default=32,
        ge=0,
        le=1024,
        description="numbers of the vector of beginnings and ends; 0: none",
    )
    char_dim: int = Field(
        default=0, ge=0, le=1024, description="filters over the characters of a word; 0: none"
    )
    min_count: int = Field(
        default=3, ge=1, description="words met less often in training are unknown"
    )
    vectors: str | None = Field(
        default=None, description="word vectors beside the model's own: a file or folder"
    )
    contextual: str | None = Field(
        default=None,
        description="contextual vectors beside them: a folder of gradus vectors contextual",
    )
    contextual_dim: int = Field(
        default=128, ge=1, le=4096, description="numbers that are made of a contextual vector"
    )
    max_vectors: int = Field(
        default=50_000, ge=0, description="vectors kept of words that training lacks"
    )
    frozen: bool = Field(default=True, description="leave the vectors as they are")
    word_dropout: float = Field(
        default=0.4, ge=0, lt=1, description="share of words read as unknown while training"
    )
