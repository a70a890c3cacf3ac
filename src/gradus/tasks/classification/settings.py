"""The settings of a text classifier, and presets for them."""

from typing import Any

from pydantic import Field, field_validator, model_validator

from gradus.core.config import settings

#: Settings that have no effect while another one, named in front, has the value beside it.
NEEDS = {
    ("encoder", "none"): (
        *("max_tokens", "dim", "vectors", "frozen", "layers", "dropout", "word_dropout"),
    ),
    ("layers", 0): ("units", "activation", "normalization"),
    ("ngrams", 0): ("buckets",),
    ("vectors", None): ("frozen",),
}


@settings
class ClassifierConfig:
    """From text to a label: words, an encoder, perhaps hidden layers, and a softmax.

    >>> ClassifierConfig(encoder="lstm(64, bidirectional=True)", dropout=0.3).dim
    100
    """

    encoder: str = Field(
        default="average",
        description="how the words of a text become one vector, by name: average, cnn, gru; none",
    )
    ngrams: int = Field(
        default=0, ge=0, le=5, description="add scores of sequences of up to so many words"
    )
    buckets: int | None = Field(
        default=None, ge=1, description="hash sequences to so many rows; else those met often"
    )
    tokens: str = Field(default="words", description="how a text is cut into words, by name")
    min_count: int = Field(
        default=2, ge=1, description="drop words and sequences met less often than this"
    )
    max_vocab: int | None = Field(
        default=None, ge=1, description="keep this many most frequent words"
    )
    max_tokens: int | None = Field(
        default=None, ge=1, description="words that the encoder reads: half of them at the end"
    )
    dim: int = Field(default=100, ge=1, le=10_000, description="length of a word vector")
    vectors: str | None = Field(
        default=None, description="word vectors to begin with: a folder, a file, or own"
    )
    frozen: bool = Field(default=False, description="leave the given word vectors as they are")
    layers: int = Field(default=0, ge=0, le=100, description="hidden layers below the softmax")
    units: int = Field(default=100, ge=1, description="units of a hidden layer")
    activation: str = Field(default="relu", description="activation of hidden layers, by name")
    normalization: str = Field(
        default="none", description="normalization of hidden layers, by name"
    )
    dropout: float = Field(default=0.0, ge=0, lt=1, description="share of dropped features")
    word_dropout: float = Field(default=0.0, ge=0, lt=1, description="share of dropped words")
    loss: str = Field(default="cross_entropy", description="what an error costs, by name")
    weights: str = Field(default="xavier", description="how weights begin, by name")
    augment: tuple[str, ...] = Field(
        default=(), description="transforms of training texts, by name, applied in turn"
    )

    @field_validator("augment", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _heeds_what_is_set(self) -> "ClassifierConfig":
        usual = type(self).__pydantic_fields__  # type: ignore[attr-defined]
        for (needed, nothing), names in NEEDS.items():
            for name in names if getattr(self, needed) == nothing else ():
                value = getattr(self, name)
                synonyms = name == "vectors" and self.augment  # they need no encoder
                if value != usual[name].default and not synonyms:
                    raise ValueError(
                        f"{name}={value!r} has no effect with {needed}={nothing!r}; "
                        f"set {needed}, or leave {name} alone"
                    )
        return self

    @property
    def encodes(self) -> bool:
        """Whether there is an encoder, and so an embedding."""
        return self.encoder != "none"
