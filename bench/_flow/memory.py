"""A cure for each end: clipping for gradients that explode, gates for those that vanish."""

import math
import statistics
from collections.abc import Callable, Sequence
from functools import cache

import torch
from torch import nn

from gradus.core.picture import COLOURS
from gradus.nn.activations import saturated_entries
from gradus.nn.initialization import initialize_
from gradus.training.flow import Flow, gradient_norms
from gradus.training.flow_plots import Line, Panel, flow_panel
from gradus.training.unroll import unroll

from .finding import Finding, Row, medians
from .memory_tasks import SYMBOLS, Lesson, Reader, hold, recall, teach

LAGS = (1, 2, 5, 10, 20, 30, 40, 50)  # of the picture

#: Readers of symbols by name.
READERS: dict[str, Callable[[], Reader]] = {
    "RNN": lambda: Reader(nn.RNN(SYMBOLS, 32, batch_first=True), SYMBOLS),
    "GRU": lambda: Reader(nn.GRU(SYMBOLS, 32, batch_first=True), SYMBOLS),
    "LSTM": lambda: Reader(nn.LSTM(SYMBOLS, 32, batch_first=True), SYMBOLS),
    "RNN, relu": lambda: Reader(
        nn.RNN(SYMBOLS, 32, batch_first=True, nonlinearity="relu"), SYMBOLS
    ),
    "RNN, sigmoid": lambda: Reader(nn.RNN(SYMBOLS, 32, batch_first=True), SYMBOLS, "sigmoid"),
}

#: First values: torch's own, uniform in ±1/√hidden, and Gradus's, Xavier with forget bias 1.
DEFAULT, XAVIER = "±1/√n", "Xavier"

#: What is compared from which first values.
STARTS = {DEFAULT: tuple(READERS), XAVIER: ("RNN", "GRU", "LSTM")}


def clipping_and_explosion(seeds: Sequence[int]) -> Finding:
    """Train a tanh RNN by SGD to hold a number, from W_h of spectral radius 0.9 and 1.6."""
    rows: list[Row] = []
    lines = []
    for radius in (0.9, 1.6):
        for clip in (None, 1.0):
            runs = [_exploding(radius, clip, seed) for seed in seeds]
            finite = [losses for losses, _ in runs if math.isfinite(losses[-1])]
            rows.append(
                {
                    "spectral radius": radius,
                    "clip": "no" if clip is None else f"norm {clip:g}",
                    "largest gradient": statistics.median(max(norms) for _, norms in runs),
                    "runs to infinity": f"{len(runs) - len(finite)} of {len(runs)}",
                    "loss": statistics.median(_end(losses) for losses, _ in runs),
                }
            )
            if radius > 1:
                name, colour = (
                    ("not clipped", COLOURS[1]) if clip is None else ("clipped", COLOURS[0])
                )
                lines += [
                    Line(name if run == 0 else "", range(1, len(losses) + 1), losses, colour)
                    for run, (losses, _) in enumerate(runs)
                ]
    calm, _, wild, cured = rows
    holds = not math.isfinite(wild["loss"]) and cured["loss"] < 0.2 < 1 / 3
    verdict = (
        f"not clipped, {wild['runs to infinity']} runs leave the finite numbers; clipped, the loss "
        f"falls to {cured['loss']:.2g} (1/3 for always saying 0). With radius 0.9 it is "
        f"{calm['runs to infinity']} runs, so the cause is the recurrent matrix"
    )
    panel = Panel(title="holding a number for 20 steps, spectral radius 1.6", across="step",
                  up="loss", lines=lines)  # fmt: skip
    return Finding(rows, holds, verdict, [panel])


def _exploding(radius: float, clip: float | None, seed: int) -> tuple[list[float], list[float]]:
    """The losses and the joint norms of the gradients before they are clipped."""
    torch.manual_seed(seed)
    reader = Reader(nn.RNN(2, 32, batch_first=True), out=1)
    initialize_(reader, "xavier")
    nn.init.orthogonal_(reader.cell.weight_hh_l0, radius)  # every eigenvalue has this modulus
    norms: list[float] = []
    lesson = Lesson(
        task=hold, lag=20, mixed=False, steps=400, rate=0.1, clip=clip, optimizer=torch.optim.SGD
    )
    losses = teach(
        reader, lesson, seed, lambda _: norms.append(math.hypot(*gradient_norms(reader).values()))
    )
    return losses, norms


def _end(losses: list[float]) -> float:
    """The mean of the last losses; infinite if one was not finite."""
    return statistics.mean(losses[-50:]) if math.isfinite(losses[-1]) else math.inf


@cache
def pupil(kind: str, weights: str, seed: int) -> tuple[Reader, Flow, Flow]:
    """A reader that learned to recall over lags of 1 to 40, and its flow before and after."""
    torch.manual_seed(seed)
    reader = READERS[kind]()
    if weights == XAVIER:
        initialize_(reader, "xavier")
    before = reader.flow(recall, 40, kind)
    teach(reader, Lesson(), seed)
    return reader, before, reader.flow(recall, 40, kind)


def gates_and_memory(seeds: Sequence[int], starts: Sequence[str] = tuple(STARTS)) -> Finding:
    """Recall the first of up to 51 symbols: accuracy by lag, and the flow before and after."""
    rows = [
        {
            "cell": kind,
            "first values": weights,
            **medians([_recalled(kind, weights, seed) for seed in seeds]),
        }
        for weights in starts
        for kind in STARTS[weights]
    ]
    rnn, *gated = rows[:3]
    holds = all(
        row["share after"] > 1e3 * rnn["share after"] and row["lag 40"] > rnn["lag 40"]
        for row in gated
    )
    verdict = "; ".join(
        f"{row['cell']} from {row['first values']}: {row['share before']:.1g} of the gradient is "
        f"carried over 40 steps before training, {row['share after']:.1g} after it, and "
        f"{row['lag 40']:.0%} recalled"
        for row in rows
    )
    flows = [pupil(kind, DEFAULT, seeds[0])[1:] for kind in READERS]
    panels = [
        flow_panel("before training", [before for before, _ in flows], relative=True),
        flow_panel("after training", [after for _, after in flows], relative=True),
        _accuracy_panel(seeds),
    ]
    return Finding(rows, holds, verdict, panels)


def _recalled(kind: str, weights: str, seed: int) -> Row:
    reader, before, after = pupil(kind, weights, seed)
    inputs, _ = recall(40, 128, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        last = unroll(reader.cell, inputs, activation=reader.activation)[-1][-1].hidden
    return {
        **{f"lag {lag}": reader.accuracy(recall, lag) for lag in (1, 10, 40)},
        "share before": _carried(before),
        "share after": _carried(after),
        "near ±1": saturated_entries(last, -1.0, 1.0)["saturated"],
    }


def _carried(flow: Flow) -> float:
    """The norm at the longest distance over that at distance 0; of the cells, for an LSTM."""
    norms = flow.norms if flow.cell_norms is None else flow.cell_norms
    return float(norms[-1] / norms[0])


def _accuracy_panel(seeds: Sequence[int]) -> Panel:
    """Median accuracy by lag; the lines of GRU and LSTM may lie on each other."""
    lines = []
    for kind, colour in zip(READERS, COLOURS, strict=False):
        readers = [pupil(kind, DEFAULT, seed)[0] for seed in seeds]
        shares = [
            statistics.median(reader.accuracy(recall, lag) for reader in readers) for lag in LAGS
        ]
        lines.append(Line(kind, LAGS, shares, colour, kind == "LSTM"))
    return Panel(
        title="recalling the first symbol", across="lag in steps", up="accuracy",
        lines=lines, log=False, legend=(1.0, 0.92),
    )  # fmt: skip
