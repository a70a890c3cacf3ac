"""What single gates do: z keeps the state, f = 0 leaves other paths, sums need not be 1."""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.autograd.functional import jacobian

from gradus.core.picture import COLOURS
from gradus.training.flow import flow_through_time, mean_direction
from gradus.training.flow_plots import Line, Panel
from gradus.training.unroll import unroll

from .finding import Finding, Row, column, falls, medians
from .memory import DEFAULT, pupil
from .memory_tasks import recall

HIDDEN, DIM = 32, 8
BIASES = (-4.0, -2.0, 0.0, 2.0, 4.0, 6.0)

#: Where torch keeps the gates of a GRU and of an LSTM in its stacked matrices.
GRU_GATES = {"reset": 0, "update": 1}
LSTM_GATES = {"input": 0, "forget": 1, "candidate": 2, "output": 3}


def set_gate_(module: nn.RNNBase, place: int, bias: float) -> None:
    """Give every unit of a gate this bias."""
    block = slice(place * module.hidden_size, (place + 1) * module.hidden_size)
    with torch.no_grad():
        module.bias_ih_l0[block] = bias
        module.bias_hh_l0[block] = 0.0


def update_gate_and_state(seeds: Sequence[int]) -> Finding:
    """The step that a GRU's state takes, and what it passes back, by the bias of z."""
    rows = [
        {"bias of z": bias, **medians([_kept(bias, seed) for seed in seeds])} for bias in BIASES
    ]
    moves, factors = column(rows, "relative move"), column(rows, "factor")
    holds = falls(moves) and falls(factors[::-1])
    last = rows[-1]
    verdict = (
        f"with z = {last['mean z']:.3f} a step moves the state by {last['relative move']:.1g} of "
        f"its length and passes back {last['factor']:.3f} of the gradient"
    )
    gates = column(rows, "mean z")
    panel = Panel(
        title="a GRU's state by its update gate", across="bias of z", up="share",
        lines=[
            Line("mean z", BIASES, gates, COLOURS[0]),
            Line("move of the state, in its lengths", BIASES, moves, COLOURS[1]),
            Line("gradient passed back a step", BIASES, factors, COLOURS[2]),
        ],
    )  # fmt: skip
    return Finding(rows, holds, verdict, [panel])


def _kept(bias: float, seed: int) -> Row:
    torch.manual_seed(seed)
    gru = nn.GRU(DIM, HIDDEN, batch_first=True).double()
    set_gate_(gru, GRU_GATES["update"], bias)
    inputs = torch.randn(64, 30, DIM, dtype=torch.float64)
    start = 2 * torch.rand(64, HIDDEN, dtype=torch.float64) - 1
    with torch.no_grad():
        states = torch.cat([start[:, None], gru(inputs, start[None])[0]], 1)
        moves = (states[:, 1:] - states[:, :-1]).norm(dim=-1) / states[:, :-1].norm(dim=-1)
        update = torch.stack([state.gates["update"] for state in unroll(gru, inputs)[0]])
    return {
        "mean z": float(update.mean()),
        "relative move": float(moves.mean()),
        "factor": flow_through_time(gru, inputs).factor,
    }


def update_and_reset_gates(seeds: Sequence[int]) -> Finding:
    """What a new state depends on in the four corners of z and r."""
    rows = [
        {"z": update, "r": reset, **medians([_dependence(update, reset, seed) for seed in seeds])}
        for update in (0, 1)
        for reset in (0, 1)
    ]
    forgetful, _, keeping, _ = rows
    holds = (
        keeping["on the last state"] > 0.99
        and keeping["on the input"] < 1e-6
        and forgetful["on the last state"] < 1e-6 < forgetful["on the input"]
    )
    verdict = (
        "z = 1 keeps the state whatever r is; a state that forgets and depends on the input alone "
        "needs z = 0 and r = 0"
    )
    return Finding(rows, holds, verdict)


def _dependence(update: int, reset: int, seed: int) -> Row:
    """Root mean square length of the rows of dh(t)/dh(t-1) and dh(t)/dx(t)."""
    torch.manual_seed(seed)
    gru = nn.GRU(DIM, HIDDEN).double()
    set_gate_(gru, GRU_GATES["update"], 40.0 if update else -40.0)
    set_gate_(gru, GRU_GATES["reset"], 40.0 if reset else -40.0)
    state, x = (torch.rand(1, size, dtype=torch.float64) * 2 - 1 for size in (HIDDEN, DIM))
    by_state, by_input = jacobian(lambda h, x: gru(x, h)[0].squeeze(0), (state, x))
    return {
        "on the last state": float(by_state.norm()) / HIDDEN**0.5,
        "on the input": float(by_input.norm()) / HIDDEN**0.5,
    }


def closed_forget_gate(seeds: Sequence[int]) -> Finding:
    """The paths of dJ(t)/dh(t-1) through each gate of an LSTM, and the flow with f = 0."""
    rows = [
        {"f": name, **medians([_paths(bias, seed) for seed in seeds])}
        for name, bias in (("about 0.73", 1.0), ("0 exactly", -1000.0))
    ]
    opened, closed = rows
    holds = closed["via f"] == 0 < closed["dJ/dh(t-1)"] and closed["dJ/dh(t-10)"] > 0
    verdict = (
        f"with f = 0 the norm one step back is {closed['dJ/dh(t-1)']:.2g} "
        f"({opened['dJ/dh(t-1)']:.2g} with f about 0.73), by way of i, c~ and o; but it fades by "
        f"{closed['factor of dJ/dc']:.2f} a step, not {opened['factor of dJ/dc']:.2f}"
    )
    return Finding(rows, holds, verdict)


def paths_back(module: nn.LSTM, inputs: Tensor) -> dict[str, Tensor]:
    """``(dJ/dgate ∘ gate') U`` of each gate at the last step; their sum is dJ(t)/dh(t-1)."""
    last = unroll(module, inputs)[0][-1]
    loss = mean_direction(last.hidden, len(inputs)).sum()
    gradients = torch.autograd.grad(loss, list(last.gates.values()))
    paths = {}
    for (name, gate), gradient in zip(last.gates.items(), gradients, strict=True):
        slope = 1 - gate**2 if name == "candidate" else gate * (1 - gate)
        recurrent = module.weight_hh_l0.chunk(4)[LSTM_GATES[name]]
        paths[name] = ((gradient * slope) @ recurrent).detach()
    return paths


def _paths(bias: float, seed: int) -> Row:
    torch.manual_seed(seed)
    lstm = nn.LSTM(DIM, HIDDEN, batch_first=True).double()
    set_gate_(lstm, LSTM_GATES["forget"], bias)
    inputs = torch.randn(64, 20, DIM, dtype=torch.float64)
    norms = {
        name: float(path.norm(dim=-1).mean()) for name, path in paths_back(lstm, inputs).items()
    }
    flow = flow_through_time(lstm, inputs)
    return {
        "dJ/dh(t-1)": float(flow.norms[1]),
        "via i": norms["input"],
        "via c~": norms["candidate"],
        "via o": norms["output"],
        "via f": norms["forget"],
        "dJ/dh(t-10)": float(flow.norms[10]),
        "factor of dJ/dc": flow.factor,
    }


def sums_of_gates(seeds: Sequence[int]) -> Finding:
    """Sums over the 32 units of each gate of trained LSTMs, and the range of their entries."""
    runs = [_gate_values(seed) for seed in seeds]
    rows = []
    for name in ("forget", "input", "output"):
        values = torch.cat([run[name] for run in runs])
        sums = values.sum(-1)
        rows.append(
            {
                "gate": name,
                "least entry": float(values.min()),
                "1 - greatest entry": float((1 - values).min()),
                "least sum": float(sums.min()),
                "median sum": float(sums.median()),
                "greatest sum": float(sums.max()),
            }
        )
    holds = all(
        row["least entry"] > 0 and row["1 - greatest entry"] > 0 and row["least sum"] > 1
        for row in rows
    )
    verdict = "every entry lies between 0 and 1, and no sum over the units is 1"
    return Finding(rows, holds, verdict)


def _gate_values(seed: int) -> dict[str, Tensor]:
    """Each gate of a trained LSTM at every step of 128 sequences, as ``[steps, hidden]``."""
    reader, _, _ = pupil("LSTM", DEFAULT, seed)
    inputs, _ = recall(40, 128, torch.Generator().manual_seed(seed))
    exact = copy.deepcopy(reader.cell).double()  # float32 rounds the open gates to 1
    with torch.no_grad():
        states = unroll(exact, inputs.double())[0]
    return {
        name: torch.cat([state.gates[name] for state in states])
        for name in LSTM_GATES
        if name != "candidate"
    }
