"""The settings of a tagger."""

from pydantic import Field

from gradus.core.config import settings
from gradus.core.errors import SettingsError
from gradus.tasks.base.words.settings import FormConfig
from gradus.tasks.tagging.columns import COLUMNS
from gradus.text.schemes import SCHEMES


@settings
class TaggerConfig(FormConfig):
    """What a tagger says of a word, what it reads, and how it decides.

    >>> TaggerConfig(columns=("upos", "lemma")).encoder
    'lstm(200, layers=1)'
    >>> TaggerConfig(columns=("upos", "mood"))
    Traceback (most recent call last):
    gradus.core.errors.SettingsError: column 'mood' is unknown: choose from upos, xpos, feats, \
lemma, entity
    """

    columns: tuple[str, ...] = Field(
        default=("upos", "xpos", "feats", "lemma"), description="what is said of every word"
    )
    encoder: str = Field(
        default="lstm(200, layers=1)",
        description="what tells a word of its neighbours: none, window, rnn, gru or lstm",
    )
    output: str | None = Field(
        default=None,
        description="how labels are chosen: softmax, crf or margin; crf for entities by default",
    )
    scheme: str = Field(default="BIOES", description="the scheme in which entities are learnt")
    dropout: float = Field(default=0.4, ge=0, lt=1, description="share of units dropped")
    word_dropout: float = Field(
        default=0.2, ge=0, lt=1, description="share of words read as unknown while training"
    )

    def __post_init__(self) -> None:
        if not self.columns or len(set(self.columns)) < len(self.columns):
            raise SettingsError(
                f"columns={self.columns}: name each of them once, and at least one of "
                f"{', '.join(COLUMNS)}"
            )
        for name in self.columns:
            if name not in COLUMNS:
                raise SettingsError(f"column {name!r} is unknown: choose from {', '.join(COLUMNS)}")
        SCHEMES.parse(self.scheme)
