"""The settings of a neural language model."""

from typing import Literal

from pydantic import Field

from gradus.core.config import settings
from gradus.core.errors import SettingsError
from gradus.tasks.lm.levels import LevelName
from gradus.tasks.lm.lines import Documents

#: Cells of a plain recurrent network by its function.
PLAIN_CELLS = {"tanh": "rnn", "relu": "relu_rnn", "sigmoid": "sigmoid_rnn"}


@settings
class LanguageModelConfig:
    """What a neural language model is made of.

    >>> LanguageModelConfig(model="gru").softmax
    'full'
    """

    model: Literal["window", "rnn", "gru", "lstm"] = Field(
        default="lstm", description="what reads the text: a fixed window, or a recurrent network"
    )
    level: LevelName = Field(
        default="word", description="tokens: words between blanks, or characters"
    )
    documents: Documents = Field(
        default="file", description="where a document ends: with its file, a blank line or a line"
    )
    lowercase: bool = Field(default=False, description="read all letters in lower case")
    min_count: int = Field(
        default=2, ge=1, description="tokens met less often in training become <unk>"
    )
    max_vocab: int | None = Field(
        default=None, ge=3, description="keep this many most frequent tokens"
    )
    dim: int = Field(default=200, ge=1, le=8192, description="numbers of a token's vector")
    hidden: int = Field(default=200, ge=1, le=16384, description="units of each layer")
    layers: int = Field(default=2, ge=1, le=16, description="recurrent layers")
    window: int = Field(default=4, ge=1, le=512, description="tokens that a fixed window reads")
    activation: Literal["tanh", "relu", "sigmoid"] = Field(
        default="tanh", description="of a fixed window, or of a plain recurrent network"
    )
    tie: bool = Field(default=False, description="one table of vectors for input and output")
    softmax: str = Field(
        default="full",
        description="full, sampled, contrastive or adaptive, with values: 'sampled(4096)'",
    )
    embedding_dropout: float = Field(
        default=0.0, ge=0, lt=1, description="share of tokens whose vector is 0 in a whole batch"
    )
    input_dropout: float = Field(
        default=0.2, ge=0, lt=1, description="share of the numbers of the tokens' vectors dropped"
    )
    hidden_dropout: float = Field(
        default=0.2, ge=0, lt=1, description="share of units dropped between two layers"
    )
    output_dropout: float = Field(
        default=0.2, ge=0, lt=1, description="share of units dropped before the softmax"
    )
    weight_drop: float = Field(
        default=0.0, ge=0, lt=1, description="share of weights from state to state dropped"
    )
    activity: float = Field(
        default=0.0, ge=0, description="add this times the mean square of the outputs to the loss"
    )
    slowness: float = Field(
        default=0.0, ge=0, description="the same for how much the states change from step to step"
    )
    steps: int = Field(
        default=35, ge=1, le=100_000, description="tokens that a gradient goes back through"
    )
    weights: str = Field(default="xavier", description="how weights begin, by name")

    def __post_init__(self) -> None:
        if self.tie and self.model == "window" and self.hidden != self.dim:
            raise SettingsError(
                f"tie=true shares vectors of dim {self.dim} with an output of {self.hidden} units; "
                f"set hidden={self.dim}"
            )
        if self.activation != "tanh" and self.model in ("gru", "lstm"):
            raise SettingsError(
                f"activation={self.activation!r} is for model=rnn or model=window; a {self.model} "
                "has its own functions"
            )

    @property
    def cell(self) -> str:
        """The name of the recurrent cell in the catalogue of cells."""
        return PLAIN_CELLS[self.activation] if self.model == "rnn" else self.model

    @property
    def widths(self) -> list[int]:
        """Units of each recurrent layer; those of the last are as many as a tied vector has."""
        last = self.dim if self.tie else self.hidden
        return [*[self.hidden] * (self.layers - 1), last]
