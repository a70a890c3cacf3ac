"""How far back a language model's loss depends on its states: gradients through a trained stack."""

import copy
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from gradus.core.progress import SILENT, Progress
from gradus.nn.carried import Carried, CarriedRecurrent
from gradus.nn.steps import State
from gradus.tasks.lm.context import parts, tokens_before
from gradus.tasks.lm.network import LanguageNetwork
from gradus.tasks.lm.neural import NeuralLanguageModel
from gradus.tasks.lm.spelling import EncodedText
from gradus.training.flow import Flow, StepLoss, flow_through_layers

#: Tokens that are read before a window, so that it begins with a state that is at home there.
WARM = 256

#: Numbers of all states in a graph, which holds some ten times as many for what led to them.
NUMBERS = 1 << 20


def state_flows(
    model: NeuralLanguageModel,
    text: EncodedText,
    places: Int[np.ndarray, " positions"],
    distances: int,
    progress: Progress = SILENT,
) -> tuple[Flow, ...]:
    """Norms of ``dJ(t)/dh_l(t-k)`` for k = 0 to ``distances``, of each recurrent layer l.

    J(t) is the model's own loss ``-log p(x_j)`` of a token j at ``places``, in evaluation mode and
    over the whole vocabulary; t is the step that predicts it, the one that reads ``x_{j-1}``. The
    norms are means over the places. A window of ``distances + 1`` steps begins with the state that
    the model has after the 256 tokens before it, or after all of its document where these are
    fewer. The recurrence is computed in float64, so norms far below 1e-38 are told. Each token must
    have ``distances + 1`` before it. A model without states to carry has no flow.
    """
    network = model.network.eval()
    reader = network.reader
    if not isinstance(reader, CarriedRecurrent):
        return ()
    cells = copy.deepcopy(reader.cells)
    for cell in cells:
        cell.double()
    flows, sizes = [], []
    progress.start("measuring gradients", total=float(len(places)), unit="tokens")
    for part, begin in _beginnings(network, reader, text, places, distances):
        window = part[:, None] - np.arange(distances + 1, 0, -1)
        inputs = network.table(_tensor(network, text.ids[window])).detach().double()
        loss = _loss(network, _tensor(network, text.ids[part]))
        flows.append(flow_through_layers(cells, inputs, loss, begin=begin))
        sizes.append(len(part))
        progress.update(sum(sizes))
    progress.finish()
    return tuple(_mean(layer, sizes) for layer in zip(*flows, strict=True))


def _loss(network: LanguageNetwork, targets: Int[Tensor, " batch"]) -> StepLoss:
    """``-log p`` of each target after its state of the top layer."""

    def loss(hidden: Float[Tensor, "batch width"], time: int) -> Float[Tensor, " batch"]:
        return -network.output.target_log_probabilities(hidden.float(), targets)

    return loss


def _beginnings(
    network: LanguageNetwork,
    reader: CarriedRecurrent,
    text: EncodedText,
    places: Int[np.ndarray, " positions"],
    distances: int,
) -> Iterator[tuple[Int[np.ndarray, " part"], list[State]]]:
    """As many places as fit into memory, and the states with which their windows begin."""
    depth, units = len(reader.cells), sum(reader.widths)
    rows = max(1, NUMBERS // ((distances + 1) * units))
    for stretch in parts(places, units):
        carried = carried_at(network, text, stretch - distances - 1)
        for start in range(0, len(stretch), rows):
            part = slice(start, start + rows)
            yield stretch[part], _states([state[part] for state in carried], depth)


@torch.no_grad()
def carried_at(
    network: LanguageNetwork, text: EncodedText, places: Int[np.ndarray, " positions"]
) -> Carried:
    """The states with which a recurrent network comes to the tokens at ``places``."""
    steps = places[:, None] - np.arange(WARM, 0, -1)
    real = torch.from_numpy(np.arange(WARM, 0, -1) <= tokens_before(text)[places][:, None])
    tokens = _tensor(network, text.ids[np.maximum(steps, 0)])
    before, carried = network.begin(len(places))
    _, carried = network.read(before, carried)
    for column, there in zip(tokens.T, real.T.to(tokens.device), strict=True):
        _, after = network.read(column[:, None], carried)
        # a row whose document begins later waits at its beginning
        carried = tuple(
            torch.where(there[:, None], new, old) for new, old in zip(after, carried, strict=True)
        )
    return carried


def _tensor(network: LanguageNetwork, ids: Int[np.ndarray, "..."]) -> Int[Tensor, "..."]:
    return torch.from_numpy(ids.astype(np.int64)).to(network.table.weight.device)


def _states(carried: Sequence[Tensor], layers: int) -> list[State]:
    """What is carried as one state a layer: h, and c after it in an LSTM."""
    kinds = len(carried) // layers
    exact = [state.double() for state in carried]
    return [
        State(exact[first], exact[first + 1] if kinds == 2 else None, {})
        for first in range(0, len(exact), kinds)
    ]


def _mean(flows: Sequence[Flow], sizes: Sequence[int]) -> Flow:
    """The mean over all examples of flows that are each a mean over some."""

    def joined(norms: Sequence[Float[np.ndarray, " distances"] | None]) -> np.ndarray | None:
        there = [values for values in norms if values is not None]
        return np.average(there, axis=0, weights=sizes) if there else None

    hidden = joined([flow.norms for flow in flows])
    assert hidden is not None
    return Flow(flows[0].name, hidden, joined([flow.cell_norms for flow in flows]))
