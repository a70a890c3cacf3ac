"""The settings of GloVe, and its weights ``f(X)``."""

from typing import Literal

import numpy as np
from jaxtyping import Float64
from pydantic import Field

from gradus.core.config import settings
from gradus.vectors.settings import usable_cores


@settings
class GloveConfig:
    """GloVe: vectors whose products are the logarithms of co-occurrence counts [pennington2014].

    >>> GloveConfig(dim=50).window
    10
    """

    dim: int = Field(default=100, ge=1, le=10_000, description="length of a word vector")
    window: int = Field(default=10, ge=1, le=10_000, description="tokens that a window reaches")
    symmetric: bool = Field(
        default=True, description="count contexts on both sides, or on the left only"
    )
    distance_weighting: bool = Field(
        default=True, description="count a context at distance d as 1/d, or as 1"
    )
    weighting: Literal["power", "linear"] = Field(
        default="power", description="f(X): min(1, (X / x_max)^alpha), or X itself (linear)"
    )
    x_max: float = Field(
        default=10.0, gt=0, description="counts from here on weigh 1; 100 for billions of tokens"
    )
    alpha: float = Field(default=0.75, ge=0, le=2, description="the power of f(X) below x_max")
    biases: bool = Field(default=True, description="fit a bias for each word and context")
    epochs: int = Field(default=15, ge=1, le=100_000, description="times all pairs are visited")
    rate: float = Field(default=0.05, gt=0, le=10, description="scale of the first steps")
    longest_step: float | None = Field(
        default=None,
        gt=0,
        le=10,
        description="no parameter moves farther in one step; by default 1, or 0.05 if f(X) = X",
    )
    output: Literal["sum", "input", "output"] = Field(
        default="sum", description="the vectors to keep: u + v, v (input) or u (output)"
    )
    holdout: float = Field(
        default=0.01,
        ge=0,
        le=0.5,
        description="share of the pairs, up to 500,000, kept to measure the loss",
    )
    memory_mb: int = Field(
        default=256, ge=16, le=1 << 20, description="memory for counting, in MiB"
    )
    threads: int = Field(
        default_factory=usable_cores, ge=1, le=512, description="threads; no effect on the result"
    )
    seed: int = Field(default=1, ge=0, lt=2**63, description="the same seed: the same bytes")

    @property
    def step(self) -> float:
        """The longest step: what was set, else what suits the size of the weights."""
        return self.longest_step or {"power": 1.0, "linear": 0.05}[self.weighting]

    def weigh(self, x: Float64[np.ndarray, " pairs"]) -> Float64[np.ndarray, " pairs"]:
        """The weights ``f(X)`` of some counts.

        >>> GloveConfig(x_max=100).weigh(np.array([1.0, 100.0, 1000.0])).round(4).tolist()
        [0.0316, 1.0, 1.0]
        """
        return WEIGHTINGS[self.weighting](x, self.x_max, self.alpha)


#: Every ``f(X)``: the paper's clipped power, and the weight of the plain cost ``sum X (...)^2``.
WEIGHTINGS = {
    "power": lambda x, x_max, alpha: np.minimum(1.0, (x / x_max) ** alpha),
    "linear": lambda x, x_max, alpha: x,
}
