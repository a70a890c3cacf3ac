"""The best model so far on a named dev figure, and when to wait no longer for a better one."""

import math
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from gradus.core.errors import SettingsError

#: Figures of which less is better; of all others more is.
LOWER_IS_BETTER = frozenset({"loss", "perplexity", "calibration_error", "error"})


@dataclass
class Best:
    """Keeps the weights that were best on ``metric``; ends after ``patience`` looks without gain.

    >>> best = Best("accuracy", patience=1)
    >>> model = nn.Linear(1, 1)
    >>> [best.see({"accuracy": value}, step, model) for step, value in enumerate([0.5, 0.7, 0.6])]
    [True, True, False]
    >>> best.exhausted, best.value, best.step
    (True, 0.7, 1)
    """

    metric: str
    patience: int | None = None
    value: float = math.nan
    step: int = 0
    waited: int = 0
    figures: dict[str, float] = field(default_factory=dict)
    weights: dict[str, Tensor] | None = None

    def see(self, figures: dict[str, float], step: int, model: nn.Module) -> bool:
        """Take in a look at the dev set; whether it is the best so far.

        Raises:
            SettingsError: there is no such figure.
        """
        if self.metric not in figures:
            raise SettingsError(
                f"metric={self.metric!r} is not measured; the figures are {', '.join(figures)}"
            )
        if not self._improves(figures[self.metric]):
            self.waited += 1
            return False
        self.value, self.step, self.waited = figures[self.metric], step, 0
        self.figures = dict(figures)
        self.weights = {name: value.detach().clone() for name, value in model.state_dict().items()}
        return True

    @property
    def exhausted(self) -> bool:
        """Whether patience is at its end."""
        return self.patience is not None and self.waited >= self.patience

    def restore_(self, model: nn.Module) -> None:
        """Give ``model`` the best weights, if there are any."""
        if self.weights is not None:
            model.load_state_dict(self.weights)

    def state(self) -> dict[str, Any]:
        """Everything but the weights, as plain values."""
        value = None if math.isnan(self.value) else self.value
        return {
            "value": value, "step": self.step, "waited": self.waited, "figures": self.figures
        }  # fmt: skip

    def take_up(self, state: dict[str, Any], weights: dict[str, Tensor] | None) -> None:
        """Go on from a :meth:`state` and the best weights."""
        self.value = math.nan if state["value"] is None else state["value"]
        self.step, self.waited, self.figures = state["step"], state["waited"], state["figures"]
        self.weights = weights

    def _improves(self, value: float) -> bool:
        if math.isnan(self.value):
            return not math.isnan(value)
        return value < self.value if self.metric in LOWER_IS_BETTER else value > self.value
