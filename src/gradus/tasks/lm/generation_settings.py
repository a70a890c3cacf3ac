"""The settings of a text that a language model makes."""

from pydantic import Field

from gradus.core.config import settings
from gradus.core.errors import SettingsError

#: Temperatures above this make all tokens alike to the last bit.
HOTTEST = 1e6


@settings
class GenerationConfig:
    """How the next token is chosen, and where a text ends.

    >>> GenerationConfig(temperature=0)
    Traceback (most recent call last):
    gradus.core.errors.SettingsError: temperature=0.0 is out of range: choose a value above 0,
        at most 1e+06; greedy=true (--greedy) takes the likeliest token
    """

    temperature: float = Field(
        default=1.0,
        allow_inf_nan=False,
        description="divides log-probabilities: below 1 likely tokens become likelier",
    )
    greedy: bool = Field(default=False, description="always take the likeliest token")
    top_k: int | None = Field(default=None, ge=1, description="draw from the k likeliest tokens")
    top_p: float = Field(
        default=1.0,
        gt=0,
        le=1,
        description="draw from the likeliest tokens that have this probability together",
    )
    repetition_penalty: float = Field(
        default=1.0,
        ge=1,
        le=1000,
        description="multiplies the log-probability of tokens that were there before",
    )
    max_tokens: int = Field(default=200, ge=1, description="stop after so many tokens")
    lines: int | None = Field(default=None, ge=1, description="stop after so many line ends")
    stop: tuple[str, ...] | None = Field(
        default=None, description="stop where the text ends with one of these, which is left out"
    )
    unknown: bool = Field(default=False, description="let <unk> be a token of the text")
    seed: int = Field(default=1, ge=0, description="of what is drawn")

    def __post_init__(self) -> None:
        if not 0 < self.temperature <= HOTTEST:
            raise SettingsError(
                f"temperature={self.temperature} is out of range: choose a value above 0, at most "
                f"{HOTTEST:g}; greedy=true (--greedy) takes the likeliest token"
            )
        if self.greedy and self.drawing:
            raise SettingsError(
                f"greedy takes the likeliest token, so nothing is drawn and "
                f"{' and '.join(self.drawing)} would change nothing; leave out the one or the other"
            )
        if "" in (self.stop or ()):
            raise SettingsError("stop holds an empty string, with which every text ends")

    @property
    def drawing(self) -> list[str]:
        """The settings that say how tokens are drawn, as far as they are set."""
        usual = {"temperature": 1.0, "top_k": None, "top_p": 1.0}
        found = {name: getattr(self, name) for name in usual}
        return [f"{name}={value}" for name, value in found.items() if value != usual[name]]
