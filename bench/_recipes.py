"""Healthy recipes of five kinds of network, and the table of what spoils them."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, TypeAlias

import numpy as np
import torch
from _faulty_runs import Recipe
from torch import nn

from gradus.core.seeding import stream

Rng: TypeAlias = np.random.Generator
Healthy: TypeAlias = Callable[[Rng], Recipe]
Spoiler: TypeAlias = Callable[[Recipe, Rng], Recipe]


class Case(NamedTuple):
    """One cell of the experiment: a kind of network and a fault of its training."""

    family: str
    fault: str

    def recipe(self, seed: int) -> Recipe:
        """The recipe of a run; what is left open is drawn from ``seed``."""
        healthy = FAMILIES[self.family](stream(seed, "family", self.family, self.fault))
        spoil = SPOILERS.get(self.fault, {}).get(self.family)
        return spoil(healthy, stream(seed, *self)) if spoil else healthy


def average(rng: Rng) -> Recipe:
    """Averaged word vectors and hidden layers, for sentiment."""
    return Recipe(
        task="sentiment", examples=5000, length=30, encoder="average", dim=24,
        dropout=pick(rng, 0.1, 0.3), layers=pick(rng, 1, 2), **hidden(rng), config={
            "epochs": 3, "batch_size": 32, "rate": between(rng, 3e-3, 5e-3), "patience": 1,
            "schedule": pick(rng, "constant", "linear", "cosine"), "evaluate_every": 0.5,
        },
    )  # fmt: skip


def cnn(rng: Rng) -> Recipe:
    """A convolution over word vectors, for sentiment."""
    return Recipe(
        task="sentiment", examples=5000, length=30, encoder=f"cnn({pick(rng, 16, 24)}, (2, 3))",
        dim=24, dropout=pick(rng, 0.3, 0.5), layers=pick(rng, 0, 1), **hidden(rng), config={
            "epochs": 3, "batch_size": 32, "rate": between(rng, 3e-3, 5e-3), "patience": 1,
            "schedule": pick(rng, "constant", "cosine"), "evaluate_every": 0.5,
        },
    )  # fmt: skip


def window(rng: Rng) -> Recipe:
    """A window of word vectors and hidden layers, for parts of speech."""
    return Recipe(
        task="tagging", examples=6000, length=5, dim=16, dropout=pick(rng, 0.0, 0.2),
        layers=pick(rng, 1, 2), **hidden(rng), config={
            "epochs": 4, "batch_size": 64, "rate": between(rng, 3e-3, 6e-3), "patience": 1,
            "schedule": pick(rng, "constant", "linear", "cosine"),
            "clip_norm": pick(rng, None, 5.0),
        },
    )  # fmt: skip


def recurrent(rng: Rng) -> Recipe:
    """A recurrent net that has to remember the first word."""
    cell = pick(rng, "rnn", "gru", "lstm")
    return Recipe(
        task="memory", examples=1500, length=8 if cell == "rnn" else 12, encoder=f"{cell}(32)",
        dim=12, layers=0, config={
            "epochs": 6, "batch_size": 32, "rate": between(rng, 3e-3, 6e-3),
            "schedule": pick(rng, "constant", "linear"), "clip_norm": pick(rng, None, 1.0),
        },
    )  # fmt: skip


def regression(rng: Rng) -> Recipe:
    """Hidden layers on numbers; squared error."""
    steps = (
        {"optimizer": "adam", "rate": between(rng, 2e-3, 5e-3)},
        {"optimizer": "momentum(0.9)", "rate": between(rng, 1e-2, 3e-2)},
        {"optimizer": "sgd", "rate": between(rng, 2e-2, 5e-2), "epochs": 20},
    )
    return Recipe(
        task="regression", examples=2000, length=8, layers=2, **hidden(rng), config={
            "epochs": 8, "batch_size": 32, "schedule": pick(rng, "constant", "cosine"),
            **pick(rng, *steps),
        },
    )  # fmt: skip


#: Healthy recipes by the kind of network.
FAMILIES: dict[str, Healthy] = {
    "average": average, "cnn": cnn, "window": window, "recurrent": recurrent,
    "regression": regression,
}  # fmt: skip


def hidden(rng: Rng) -> dict[str, str]:
    """An activation, and weights that suit it."""
    activation = pick(rng, "relu", "relu", "tanh", "leaky_relu")
    return {"activation": activation, "weights": "xavier" if activation == "tanh" else "he"}


def pick(rng: Rng, *choices: object) -> object:
    """One of the choices."""
    return choices[int(rng.integers(len(choices)))]


def between(rng: Rng, low: float, high: float) -> float:
    """A number between ``low`` and ``high``, drawn by its size."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def rate_times(low: float, high: float) -> Spoiler:
    """Multiply the rate."""

    def spoil(recipe: Recipe, rng: Rng) -> Recipe:
        rate = min(100.0, recipe.config["rate"] * between(rng, low, high))
        return recipe.trained(rate=rate, patience=None)

    return spoil


def too_few_examples(low: int, high: int, epochs: int, dim: int = 64) -> Spoiler:
    """Few examples, a large network, no noise, far too many epochs."""

    def spoil(recipe: Recipe, rng: Rng) -> Recipe:
        few = replace(
            recipe, examples=int(rng.integers(low, high)), dim=dim, units=256, dropout=0.0
        )
        return few.trained(
            epochs=epochs, patience=None, evaluate_every=2.0, schedule="constant",
            optimizer="adam", rate=between(rng, 1e-3, 3e-3),
        )  # fmt: skip

    return spoil


def too_small(units: int, encoder: str | None = None, **changes: object) -> Spoiler:
    """A network with hardly a unit."""

    def spoil(recipe: Recipe, rng: Rng) -> Recipe:
        small = replace(recipe, units=units, encoder=encoder or recipe.encoder, **changes)
        return small.trained(epochs=2 * recipe.config["epochs"], patience=None)

    return spoil


def too_much_l2(low: float, high: float) -> Spoiler:
    """A penalty that outweighs the loss."""

    def spoil(recipe: Recipe, rng: Rng) -> Recipe:
        return recipe.trained(l2=between(rng, low, high), patience=None)

    return spoil


def either(*spoilers: Spoiler) -> Spoiler:
    """One of several."""
    return lambda recipe, rng: spoilers[int(rng.integers(len(spoilers)))](recipe, rng)


def large_weights(low: float, high: float, layers: int) -> Spoiler:
    """A deep network whose every layer multiplies what it gets, without clipping."""

    def spoil(recipe: Recipe, rng: Rng) -> Recipe:
        gain = between(rng, low, high)
        large = replace(
            recipe, layers=layers, activation="relu", dropout=0.0,
            weights=f"normal({gain * (2 / recipe.units) ** 0.5})",
        )  # fmt: skip
        return large.trained(clip_norm=None, patience=None)

    return spoil


def growing_states(recipe: Recipe, rng: Rng) -> Recipe:
    """Recurrent matrices with a spectral radius above 1, without clipping."""
    radius, cell = between(rng, 1.4, 2.5), pick(rng, "relu_rnn", "rnn")
    if cell == "rnn":
        radius *= 1.5  # tanh holds some of it back
    longer = replace(
        recipe, encoder=f"{cell}(32)", length=int(rng.integers(25, 40)), recurrent=radius_of(radius)
    )
    steps = {"optimizer": "sgd", "rate": between(rng, 0.02, 0.1)}
    return longer.trained(clip_norm=None, **pick(rng, steps, {}))


def shrinking_states(recipe: Recipe, rng: Rng) -> Recipe:
    """A plain recurrent net with a spectral radius below 1 and a long way back."""
    longer = replace(
        recipe, encoder="rnn(32)", length=int(rng.integers(40, 60)),
        recurrent=radius_of(rng.uniform(0.3, 0.8)),
    )  # fmt: skip
    return longer.trained(epochs=5)


def radius_of(radius: float) -> Callable[[nn.RNNBase], None]:
    """Orthogonal recurrent matrices, scaled."""

    @torch.no_grad()
    def fill(rnn: nn.RNNBase) -> None:
        rnn.weight_hh_l0.mul_(radius)

    return fill


def deep_sigmoid(recipe: Recipe, rng: Rng) -> Recipe:
    """Many layers of sigmoids, whose slope is at most 1/4."""
    deep = replace(
        recipe, layers=int(rng.integers(5, 11)), activation="sigmoid", dropout=0.0,
        weights=pick(rng, "xavier", "normal(0.05)"),
    )  # fmt: skip
    return deep.trained(patience=None)


def negative_biases(low: float, high: float) -> Spoiler:
    """Rectifiers that begin far below 0."""

    def spoil(recipe: Recipe, rng: Rng) -> Recipe:
        dead = replace(
            recipe, layers=2, activation="relu", weights="he",
            biases=f"constant({-between(rng, low, high)})",
        )  # fmt: skip
        return dead.trained(patience=None)

    return spoil


def saturating(low: float, high: float) -> Spoiler:
    """Inputs or weights so large that tanh and sigmoid are flat."""

    def spoil(recipe: Recipe, rng: Rng) -> Recipe:
        factor = between(rng, low, high)
        activation = pick(rng, "tanh", "sigmoid")
        if rng.random() < 0.5:
            large = replace(recipe, input_scale=factor * recipe.input_scale, weights="xavier")
        else:
            large = replace(recipe, weights=f"normal({factor * 0.15})")
        return replace(large, activation=activation, layers=2, dropout=0.0).trained(patience=None)

    return spoil


def saturated_states(recipe: Recipe, rng: Rng) -> Recipe:
    """A plain recurrent net whose input weights drown its memory."""
    large = between(rng, 20, 100)

    @torch.no_grad()
    def fill(rnn: nn.RNNBase) -> None:
        rnn.weight_ih_l0.mul_(large)

    return replace(recipe, encoder="rnn(32)", length=8, recurrent=fill)


def shuffled(low: int, high: int, epochs: int) -> Spoiler:
    """Labels that have come loose from their examples, and a network that can learn by heart."""

    def spoil(recipe: Recipe, rng: Rng) -> Recipe:
        loose = replace(
            recipe, labels="shuffled", examples=int(rng.integers(low, high)), dropout=0.0
        )
        return loose.trained(epochs=epochs, patience=None, evaluate_every=1.0)

    return spoil


def renamed(recipe: Recipe, rng: Rng) -> Recipe:
    """A dev set whose classes are numbered in another order."""
    return replace(recipe, labels="renamed").trained(patience=None)


def blank(recipe: Recipe, rng: Rng) -> Recipe:
    """Inputs lost on the way, so that every example looks alike; the sanity check is on."""
    return replace(recipe, blank=True, sanity=True).trained(patience=None)


#: What spoils a recipe, by fault and kind of network.
SPOILERS: dict[str, dict[str, Spoiler]] = {
    "rate_too_high": {
        "average": rate_times(30, 1000), "cnn": rate_times(30, 1000),
        "window": rate_times(30, 500), "recurrent": rate_times(30, 500),
        "regression": rate_times(20, 300),
    },
    "rate_too_low": dict.fromkeys(FAMILIES, rate_times(1e-3, 2e-2)),
    "overfitting": {
        "average": too_few_examples(300, 1200, 25), "cnn": too_few_examples(300, 1200, 25),
        "window": too_few_examples(200, 800, 50), "regression": too_few_examples(100, 250, 100),
    },
    "underfitting": {
        "average": too_much_l2(0.005, 0.1), "cnn": too_much_l2(0.005, 0.1),
        "window": either(too_small(1), too_much_l2(0.005, 0.1)),
        "recurrent": too_much_l2(0.03, 0.3),
        "regression": either(too_small(1, layers=1), too_much_l2(0.05, 0.3)),
    },
    "exploding_gradients": {
        "average": large_weights(2.5, 6, 6), "window": large_weights(2, 5, 6),
        "recurrent": growing_states, "regression": large_weights(2, 5, 6),
    },
    "vanishing_gradients": {
        "average": deep_sigmoid, "window": deep_sigmoid, "recurrent": shrinking_states,
        "regression": deep_sigmoid,
    },
    "dead_relus": {
        "average": negative_biases(0.5, 10), "cnn": negative_biases(1, 10),
        "window": negative_biases(2, 10), "regression": negative_biases(2, 10),
    },
    "saturated_units": {
        "average": saturating(30, 500), "window": saturating(10, 300),
        "recurrent": saturated_states, "regression": saturating(10, 300),
    },
    "bug": {
        "average": either(shuffled(500, 2500, 15), renamed, blank),
        "cnn": either(shuffled(500, 2500, 15), renamed, blank),
        "window": either(shuffled(500, 1500, 40), renamed, blank),
        "recurrent": either(renamed, blank),
        "regression": either(shuffled(200, 500, 60), blank),
    },
}  # fmt: skip

#: Every cell; healthy runs count for more than one, so that false alarms are well measured.
CASES = [Case(family, fault) for fault, spoilers in SPOILERS.items() for family in spoilers]
HEALTHY = [Case(family, "healthy") for family in FAMILIES]
