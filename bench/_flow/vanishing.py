"""Two cures for vanishing gradients that are none: an L2 penalty, and more layers."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gradus.core.picture import COLOURS
from gradus.nn.feedforward import FeedForward
from gradus.nn.initialization import initialize_
from gradus.training.flow import flow_through_time, gradient_norms, layer_norms
from gradus.training.flow_plots import Panel, layer_panel

from .finding import Finding, Row, column, curve, falls, medians
from .memory_tasks import Lesson, Reader, hold, teach

PENALTIES = (0.0, 1e-4, 1e-3, 1e-2)
DEPTHS = (1, 2, 3, 4, 6, 8)
STACKS = (1, 2, 3, 4, 6)

#: A lag that the network cannot reach, so that its gradient has vanished, and one that it can.
OUT_OF_REACH, IN_REACH = "lag 30, not learned", "lag 10, learned"


def l2_and_flow(seeds: Sequence[int]) -> Finding:
    """Train a tanh RNN to hold a number, under penalties of several strengths."""
    rows: list[Row] = []
    for situation in (OUT_OF_REACH, IN_REACH):
        for l2 in PENALTIES:
            runs = medians([_held(situation, l2, seed) for seed in seeds])
            rows.append({"situation": situation, "L2": l2, **runs})
    fading = column(rows, "factor", situation=OUT_OF_REACH)
    learned = column(rows, "factor", situation=IN_REACH)
    verdict = (
        "worse at every strength once the gradient has vanished and nothing opposes the penalty; "
        f"where the task keeps the weights up, factor {learned[0]:.2f} without L2, "
        f"{learned[2]:.2f} with {PENALTIES[2]:g}, {learned[3]:.2f} with {PENALTIES[3]:g}"
    )
    return Finding(rows, falls(fading) and learned[-1] < learned[0], verdict)


def _held(situation: str, l2: float, seed: int) -> Row:
    torch.manual_seed(seed)
    reader = Reader(nn.RNN(2, 32, batch_first=True), out=1)
    lag = 30
    if situation == IN_REACH:
        initialize_(reader, "xavier")
        lag = 10
    losses = teach(reader, Lesson(task=hold, lag=lag, mixed=lag == 10, steps=400, l2=l2), seed)
    recurrent = reader.cell.weight_hh_l0.detach()
    return {
        "spectral radius": float(torch.linalg.eigvals(recurrent).abs().max()),
        "factor": reader.flow(hold, 20, "RNN").factor,
        "loss": sum(losses[-50:]) / 50,
    }


def depth_and_flow(seeds: Sequence[int]) -> Finding:
    """The first layer's gradient before training, and the loss after it, by number of layers."""
    rows: list[Row] = []
    for activation, weights in (("sigmoid", "xavier"), ("tanh", "xavier"), ("relu", "he")):
        for depth in DEPTHS:
            runs = [_deep(activation, weights, depth, seed)[0] for seed in seeds]
            rows.append({"activation": activation, "layers": depth, **medians(runs)})
    sigmoid, relu = (column(rows, "first layer", activation=name) for name in ("sigmoid", "relu"))
    verdict = (
        f"with sigmoids the first of {DEPTHS[-1]} layers gets {sigmoid[-1] / sigmoid[0]:.1g} times "
        "the gradient that a single one gets; with ReLU and He's first values "
        f"{relu[-1] / relu[0]:.2g} times"
    )
    up = "norm of the first layer's gradient"
    panel = Panel(
        title="before training", across="hidden layers", up=up,
        lines=[
            curve(rows, "layers", "first layer", colour, activation=name)
            for name, colour in zip(("sigmoid", "tanh", "relu"), COLOURS, strict=False)
        ],
    )  # fmt: skip
    records = _deep("sigmoid", "xavier", 6, seeds[0])[1]
    return Finding(
        rows, falls(sigmoid), verdict, [panel, layer_panel(records, "six sigmoid layers, trained")]
    )


def _deep(
    activation: str, weights: str, depth: int, seed: int
) -> tuple[Row, list[tuple[int, dict[str, float]]]]:
    """Train to tell the sign of x₀x₁; the numbers, and every layer's norm at each third step."""
    torch.manual_seed(seed)
    inputs = torch.randn(256, 16)
    classes = (inputs[:, 0] * inputs[:, 1] > 0).long()
    network = FeedForward(16, [32] * depth, 2, activation=activation)
    initialize_(network, weights)
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    records = []
    for step in range(1, 301):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(network(inputs), classes)
        loss.backward()
        if step % 3 == 1:
            norms = layer_norms(gradient_norms(network)).values()
            records.append((step, {f"layer {place}": norm for place, norm in enumerate(norms, 1)}))
        optimizer.step()
    first = list(records[0][1].values())
    return {"first layer": first[0], "output layer": first[-1], "loss": loss.item()}, records


def stack_and_flow(seeds: Sequence[int]) -> Finding:
    """How much of dJ/dh reaches the lowest of several recurrent layers, before training."""
    rows: list[Row] = []
    for activation in ("tanh", "sigmoid"):
        for layers in STACKS:
            runs = medians([_stacked(activation, layers, seed) for seed in seeds])
            rows.append({"RNN": activation, "layers": layers, **runs})
    verdict, holds = "", True
    for name in ("tanh", "sigmoid"):
        at_once = column(rows, "t - k = 0", RNN=name)
        factors = column(rows, "factor", RNN=name)
        holds &= falls(at_once)
        verdict += f"{name}: down the stack {at_once[-1]:.2g} of it is left below "
        verdict += f"{STACKS[-1]} layers, but back in time it fades more slowly, "
        verdict += f"by {factors[-1]:.2f} a step and not {factors[0]:.2f}; "
    return Finding(rows, holds, verdict.rstrip("; "))


def _stacked(activation: str, layers: int, seed: int) -> Row:
    torch.manual_seed(seed)
    module = nn.RNN(8, 32, num_layers=layers).double()
    inputs: Tensor = torch.randn(32, 21, 8, dtype=torch.float64)
    flow = flow_through_time(module, inputs, layer=0, activation=activation)
    distances = {f"t - k = {distance}": float(flow.norms[distance]) for distance in (0, 10, 20)}
    return {**distances, "factor": flow.factor}
