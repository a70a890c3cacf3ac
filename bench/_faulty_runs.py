"""Runs made ill on purpose: recipes of healthy runs, and what spoils them.

A recipe says how a network is trained on one of the small tasks. A spoiler changes a healthy recipe
in one way whose consequence is known, at a strength drawn from the seed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from _small_tasks import TASKS, Examples, Problem, SmallNetwork
from torch import nn

from gradus.core.config import to_dict
from gradus.core.errors import DivergenceError
from gradus.core.runlog import RunLog
from gradus.core.seeding import stream
from gradus.nn.initialization import initialize_
from gradus.training.callbacks import Callbacks, Recorder
from gradus.training.loop import Training
from gradus.training.memory_probe import MemoryProbe
from gradus.training.probes import LayerProbe, UnitProbe
from gradus.training.sanity import check_sanity
from gradus.training.settings import TrainingConfig


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A task, a network and how it is trained."""

    task: str
    examples: int
    length: int
    encoder: str = ""
    dim: int = 32
    layers: int = 1
    units: int = 64
    activation: str = "relu"
    dropout: float = 0.0
    weights: str = "he"
    biases: str = "zeros"
    recurrent: Callable[[nn.RNNBase], None] | None = None  # fills recurrent matrices afterwards
    input_scale: float = 1.0
    labels: str = "right"  # or shuffled, or another order of the classes in dev
    blank: bool = False  # every input is the same
    sanity: bool = False
    config: dict[str, Any] = field(default_factory=dict)

    def trained(self, **changes: Any) -> "Recipe":
        """The recipe with other settings of the training."""
        return replace(self, config={**self.config, **changes})


def record(recipe: Recipe, seed: int) -> list[dict[str, Any]]:
    """Train as ``recipe`` says; give the events of the log."""
    problem = spoiled(TASKS[recipe.task](seed, recipe.examples, recipe.length), recipe, seed)
    torch.manual_seed(seed)
    model = network(recipe, problem)
    config = TrainingConfig(seed=seed, threads=1, device="cpu", **recipe.config)
    training = Training(model, problem.objective, problem.train, config, dev=problem.dev)
    with TemporaryDirectory(prefix="gradus-doctor-") as folder:
        log = RunLog(Path(folder))
        log.write(
            "started", steps=training.steps, examples=len(problem.train.sizes),
            dev_examples=len(problem.dev.sizes), baseline=problem.objective.baseline(problem.train),
            settings={"training": to_dict(config)},
        )  # fmt: skip
        if recipe.sanity:
            found = check_sanity(model, problem.objective, problem.train, config)
            log.write("sanity", **found.to_dict())
        every = training.observe_every
        probes = (LayerProbe(every), UnitProbe(every), MemoryProbe(every))
        end: dict[str, Any] = {}
        try:
            training.run(Callbacks([*probes, Recorder(log, every, probes)]))
        except DivergenceError as error:
            end = {"diverged": str(error)}
        log.write("finished", step=training.place.step, **end)
        return log.read()


def network(recipe: Recipe, problem: Problem) -> SmallNetwork:
    """The network with its first weights."""
    model = SmallNetwork(
        problem.words, problem.width, problem.classes, dim=recipe.dim, encoder=recipe.encoder,
        layers=recipe.layers, units=recipe.units, activation=recipe.activation,
        input_scale=recipe.input_scale, dropout=f"dropout({recipe.dropout})",
    )  # fmt: skip
    initialize_(model.head, recipe.weights, recipe.biases)
    for module in model.modules():
        if isinstance(module, nn.RNNBase):
            initialize_(module, "orthogonal")
            if recipe.recurrent:
                recipe.recurrent(module)
    return model


def spoiled(problem: Problem, recipe: Recipe, seed: int) -> Problem:
    """The problem with its labels or inputs as the recipe wants them."""
    rng = stream(seed, "spoil")
    train, dev = problem.train, problem.dev
    if recipe.labels == "shuffled":
        train = Examples(train.inputs, rng.permutation(train.targets))
    if recipe.labels == "renamed":
        dev = Examples(dev.inputs, (dev.targets + 1) % problem.classes)
    if recipe.blank:
        train, dev = (
            Examples(np.repeat(data.inputs[:1], len(data.inputs), axis=0), data.targets)
            for data in (train, dev)
        )
    return problem._replace(train=train, dev=dev)
