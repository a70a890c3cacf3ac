"""The settings of a parser: how trees are built, and what is read of words."""

from typing import Literal, TypeAlias

from pydantic import Field

from gradus.core.config import settings
from gradus.core.errors import SettingsError
from gradus.tasks.base.words.settings import FormConfig
from gradus.tasks.parsing.systems import SYSTEMS, TransitionSystem, named_system

#: The answers to arcs that cross.
Nonprojective: TypeAlias = Literal["defeat", "pseudo", "swap", "covington", "graph"]

#: What each answer to crossing arcs uses where no system is named; a graph needs none.
DEFAULT_SYSTEMS = {
    "defeat": "hybrid",
    "pseudo": "hybrid",
    "swap": "swap-hybrid",
    "covington": "covington",
}

#: Systems whose trees may cross, by the answer that they are.
CROSSING = {"swap": ("swap-hybrid", "swap-standard"), "covington": ("covington",)}


@settings
class TreeConfig:
    """How trees are built, whatever the states of words are made from.

    >>> TreeConfig(nonprojective="swap").transitions.name
    'swap-hybrid'
    """

    nonprojective: Nonprojective = Field(
        default="defeat", description="the answer to arcs that cross"
    )
    system: str | None = Field(
        default=None, description="the transition system; by default what nonprojective asks for"
    )
    encoding: Literal["head", "path", "head+path"] = Field(
        default="head+path", description="what labels of lifted arcs tell, with pseudo"
    )
    hidden: int = Field(default=256, ge=1, le=8192, description="units of the hidden layer")
    activation: Literal["cube", "relu", "tanh"] = Field(
        default="relu", description="of the hidden layer"
    )
    arc_dim: int = Field(default=256, ge=1, le=4096, description="numbers that arcs are scored by")
    label_dim: int = Field(default=96, ge=1, le=4096, description="the same for labels")
    dropout: float = Field(default=0.45, ge=0, lt=1, description="share of units dropped")
    explore: float = Field(
        default=0.9, ge=0, le=1, description="share of transitions that follow the model's mistakes"
    )

    def __post_init__(self) -> None:
        if self.nonprojective == "graph":
            if self.system is not None:
                raise SettingsError(
                    f"system={self.system!r} beside nonprojective='graph': a graph has no "
                    "transitions; leave one of them out"
                )
            return
        system = self.transitions
        fitting = CROSSING.get(self.nonprojective)
        if fitting is None and not system.projective:
            answer = next(name for name, systems in CROSSING.items() if system.name in systems)
            raise SettingsError(
                f"system={system.name!r} builds crossing arcs, nonprojective="
                f"{self.nonprojective!r} is for systems that do not; choose "
                f"nonprojective={answer!r}, or one of the systems "
                f"{', '.join(name for name, entry in SYSTEMS.items() if entry.projective)}"
            )
        if fitting and system.name not in fitting:
            raise SettingsError(
                f"nonprojective={self.nonprojective!r} needs system {' or '.join(fitting)}, not "
                f"{system.name!r}"
            )

    @property
    def graph(self) -> bool:
        """Whether all arcs are scored at once, without transitions."""
        return self.nonprojective == "graph"

    @property
    def transitions(self) -> TransitionSystem:
        """The transition system; :class:`SettingsError` for a graph."""
        return named_system(self.system or DEFAULT_SYSTEMS.get(self.nonprojective, "none"))


@settings
class ParserConfig(TreeConfig, FormConfig):
    """What a parser reads of a word, and how it builds a tree.

    >>> ParserConfig(encoder="lstm").graph
    False
    """

    encoder: str = Field(
        default="none", description="what tells a word of its neighbours: none, window or lstm"
    )
    members: int = Field(
        default=1,
        ge=1,
        le=64,
        description="networks of a graph that learn side by side and decide together; transitions "
        "have one",
    )
    tag_dim: int = Field(default=32, ge=1, le=1024, description="numbers of a tag's vector")
    feature_dim: int = Field(
        default=32, ge=1, le=1024, description="numbers of the vector of all features of a word"
    )
    upos: bool = Field(default=True, description="read universal parts of speech")
    xpos: bool = Field(default=False, description="read the language's own parts of speech")
    feats: bool = Field(default=True, description="read morphological features")
    form_dropout: float = Field(
        default=0.4, ge=0, lt=1, description="share of the numbers of a form's vector dropped"
    )

    def __post_init__(self) -> None:
        TreeConfig.__post_init__(self)
        plain = self.encoder.partition("(")[0].strip() == "none"
        if self.contextual is not None and plain and not self.graph:
            raise SettingsError(
                f"contextual={self.contextual!r} beside encoder={self.encoder!r}: transitions over "
                "words at chosen positions read each word alone; choose an encoder, such as "
                "encoder='lstm(200, layers=1)', or nonprojective='graph'"
            )
