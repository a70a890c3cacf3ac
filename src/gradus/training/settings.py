"""The settings of a training run, the same for every task."""

from typing import Literal

from pydantic import Field

from gradus.core.config import settings


@settings
class TrainingConfig:
    """How a model is trained; parts are chosen by a line such as ``momentum(0.95)``.

    >>> TrainingConfig(epochs=3, optimizer="nesterov(0.9)", schedule="cosine").batch_size
    32
    """

    epochs: int = Field(default=10, ge=1, le=100_000, description="times the examples are seen")
    batch_size: int = Field(default=32, ge=1, le=1 << 20, description="examples in one step")
    accumulate: int = Field(
        default=1, ge=1, le=1024, description="parts a batch is cut into, to save memory"
    )
    bucket: bool = Field(
        default=True, description="put examples of about one length into a batch: less padding"
    )
    optimizer: str = Field(default="adam", description="the rule of a step, by name")
    rate: float = Field(default=1e-3, gt=0, le=100, description="learning rate at its height")
    schedule: str = Field(
        default="constant", description="how the learning rate moves over the run, by name"
    )
    warmup: float = Field(
        default=0.0, ge=0, lt=1, description="share of the run in which the rate rises from 0"
    )
    weight_decay: float = Field(
        default=0.0, ge=0, le=10, description="the optimizer's decay of weights, biases spared"
    )
    l2: float = Field(
        default=0.0, ge=0, le=10, description="add this times the squared weights to the loss"
    )
    l1: float = Field(
        default=0.0, ge=0, le=10, description="add this times the absolute weights to the loss"
    )
    max_norm: float | None = Field(
        default=None, gt=0, description="longest vector of weights into one unit"
    )
    clip_norm: float | None = Field(
        default=None, gt=0, description="longest gradient of all parameters together"
    )
    clip_value: float | None = Field(default=None, gt=0, description="largest entry of a gradient")
    average: str | None = Field(
        default=None,
        description="a running average of the weights, by name: tail, ema or triggered",
    )
    snapshots: int = Field(
        default=0, ge=0, le=100, description="models kept along the way, for an ensemble"
    )
    evaluate_every: float = Field(
        default=1.0, gt=0, description="epochs between two looks at the dev set"
    )
    metric: str = Field(default="loss", description="the dev figure that chooses the best model")
    patience: int | None = Field(
        default=None, ge=1, description="stop after so many looks without a better figure"
    )
    keep_best: bool = Field(
        default=True, description="end with the weights that were best on the dev set"
    )
    curriculum: str | None = Field(
        default=None, description="begin with easy examples: how fast the rest comes, by name"
    )
    precision: Literal["auto", "fast", "float32", "bfloat16", "float16"] = Field(
        default="auto",
        description="numbers that a forward pass uses; fast: bfloat16 where the processor has it",
    )
    device: str = Field(default="auto", description="cpu, cuda, or what is there (auto)")
    threads: int | None = Field(
        default=None, ge=1, le=512, description="threads of PyTorch; all cores by default"
    )
    observe: int = Field(
        default=100, ge=1, le=100_000, description="looks at gradients and units over the run"
    )
    checkpoint_seconds: float = Field(
        default=120.0, ge=0, description="seconds between two checkpoints"
    )
    tensorboard: bool = Field(default=False, description="write TensorBoard events as well")
    seed: int = Field(default=1, ge=0, lt=2**63, description="where all randomness starts")


#: Settings that do not change what is learnt, so a resumed run may change them.
FREE = frozenset({"threads", "checkpoint_seconds", "tensorboard"})
