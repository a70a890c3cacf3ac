"""The settings of an analyzer."""

from pydantic import Field

from gradus.core.config import settings
from gradus.tasks.parsing.settings import Nonprojective, TreeConfig
from gradus.tasks.tagging.settings import TaggerConfig


@settings
class AnalyzerConfig(TreeConfig, TaggerConfig):
    """What a tagger reads and says, and how a parser builds trees, from the same states of words.

    >>> AnalyzerConfig(columns=("upos",), arc_dim=64).graph
    True
    >>> AnalyzerConfig(system="eager")
    Traceback (most recent call last):
    gradus.core.errors.SettingsError: system='eager' beside nonprojective='graph': a graph has no \
transitions; leave one of them out
    """

    nonprojective: Nonprojective = Field(
        default="graph", description="the answer to arcs that cross"
    )
    arc_dim: int = Field(default=128, ge=1, le=4096, description="numbers that arcs are scored by")
    label_dim: int = Field(default=64, ge=1, le=4096, description="the same for labels")
    dropout: float = Field(default=0.4, ge=0, lt=1, description="share of units dropped")

    def __post_init__(self) -> None:
        TaggerConfig.__post_init__(self)
        TreeConfig.__post_init__(self)
