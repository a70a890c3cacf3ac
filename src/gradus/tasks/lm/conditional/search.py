"""Looking for likely outputs: greedily, or along a beam; sources of a batch side by side.

An output ends with the end symbol; one that has reached ``limit`` symbols is ended there, and pays
what the end costs. The unknown symbol is never chosen: it has no spelling.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from gradus.nn.embeddings import UNKNOWN
from gradus.tasks.lm.conditional.decoder import DecoderState, Memory
from gradus.tasks.lm.conditional.network import Seq2SeqNetwork
from gradus.tasks.lm.conditional.settings import SearchConfig
from gradus.tasks.lm.conditional.symbols import END


class Hypothesis(NamedTuple):
    """A whole output: its symbols without the end, and its log-probability with it, in nats."""

    symbols: list[int]
    log_probability: float

    def rank(self, power: float) -> float:
        """``log p / length^power``, the length with the end.

        >>> Hypothesis([5, 6, 7], -2.0).rank(1.0)
        -0.5
        """
        return self.log_probability / (len(self.symbols) + 1) ** power


@torch.no_grad()
def search_outputs(
    network: Seq2SeqNetwork,
    source: Int[Tensor, "batch time"],
    lengths: Int[Tensor, " batch"],
    search: SearchConfig,
    limit: int,
) -> list[list[Hypothesis]]:
    """The best outputs that were found for each source, the best first; at least one."""
    memory = network.encode(source, lengths)
    if search.beam == 1:
        return [[found] for found in greedy(network, memory, limit)]
    return beam_search(network, memory, search, limit)


def greedy(network: Seq2SeqNetwork, memory: Memory, limit: int) -> list[Hypothesis]:
    """The likeliest symbol, step by step."""
    state, batch = network.decoder.start(memory), len(memory.lengths)
    chosen = memory.lengths.new_full((batch, 1), END)
    open_ = torch.ones_like(chosen, dtype=torch.bool)
    total = memory.last.new_zeros(batch)
    steps = []
    for step in range(limit + 1):
        logs, state = _next_logs(network, chosen, state, memory, last=step == limit)
        best, chosen = logs[:, 0].max(-1, keepdim=True)
        total += best[:, 0].masked_fill(~open_[:, 0], 0.0)
        chosen = chosen.masked_fill(~open_, END)
        steps.append(chosen)
        open_ &= chosen != END
        if not open_.any():
            break
    rows = torch.cat(steps, 1).tolist()
    return [
        Hypothesis(row[: row.index(END)], log)
        for row, log in zip(rows, total.tolist(), strict=True)
    ]


def beam_search(
    network: Seq2SeqNetwork, memory: Memory, search: SearchConfig, limit: int
) -> list[list[Hypothesis]]:
    """At every step the ``beam`` likeliest outputs go on; those of them that end are put aside.

    A source is done when nothing that is still open can come among its ``n`` best: an open output
    of log-probability ``l`` can at best end with rank ``l / (limit + 1)^power``, since further
    symbols only make it less likely.
    """
    beams = _Beams(memory, search, limit)
    state = network.decoder.start(memory)
    rows = torch.arange(len(memory.lengths), device=memory.lengths.device)
    state = state.take(rows.repeat_interleave(search.beam))
    for step in range(limit + 1):
        logs, state = _next_logs(network, beams.symbols, state, memory, last=step == limit)
        state = state.take(beams.extend(logs))
        if beams.done:
            break
    return beams.best()


class _Beams:
    """The outputs that are followed for each source; a place without one has probability 0."""

    def __init__(self, memory: Memory, search: SearchConfig, limit: int) -> None:
        self.search, self.longest = search, limit + 1
        batch, beam = len(memory.lengths), search.beam
        self.logs = memory.last.new_full((batch, beam), -torch.inf)
        self.logs[:, 0] = 0.0
        self.outputs = memory.lengths.new_full((batch, beam, 1), END)
        self.ended: list[list[Hypothesis]] = [[] for _ in range(batch)]

    @property
    def symbols(self) -> Int[Tensor, "batch beam"]:
        """The last symbol of every output."""
        return self.outputs[:, :, -1]

    @property
    def done(self) -> bool:
        """Whether nothing is left to follow."""
        return bool(self.logs.isinf().all())

    def extend(self, logs: Float[Tensor, "batch beam symbols"]) -> Int[Tensor, " rows"]:
        """Go one symbol on; give the row that each output comes from."""
        batch, beam, count = logs.shape
        self.logs, places = (self.logs[:, :, None] + logs).flatten(1).topk(beam)
        parents, symbols = places // count, places % count
        whole = self.outputs.gather(1, parents[:, :, None].expand_as(self.outputs))
        self.outputs = torch.cat([whole, symbols[:, :, None]], -1)
        self._put_aside()
        first = torch.arange(batch, device=logs.device)[:, None] * beam
        return (first + parents).flatten()

    def _put_aside(self) -> None:
        """Take outputs that have ended out of the beam, and close what cannot become better."""
        ended = (self.symbols == END) & ~self.logs.isinf()
        for row, place in ended.nonzero().tolist():
            symbols = self.outputs[row, place, 1:-1].tolist()
            self.ended[row].append(Hypothesis(symbols, self.logs[row, place].item()))
        self.logs = self.logs.masked_fill(ended, -torch.inf)
        hopes = (self.logs.amax(1) / self.longest**self.search.length_power).tolist()
        closed = [self._settled(row, hope) for row, hope in enumerate(hopes)]
        self.logs[torch.tensor(closed)] = -torch.inf

    def _settled(self, row: int, hope: float) -> bool:
        """Whether the ``n`` best of a source rank at least as high as all that may come."""
        n, power = self.search.n, self.search.length_power
        ranks = sorted((found.rank(power) for found in self.ended[row]), reverse=True)
        return len(ranks) >= n and ranks[n - 1] >= hope

    def best(self) -> list[list[Hypothesis]]:
        """The ``n`` best of every source."""
        n, power = self.search.n, self.search.length_power
        return [
            sorted(found, key=lambda one: one.rank(power), reverse=True)[:n] for found in self.ended
        ]


def _next_logs(
    network: Seq2SeqNetwork,
    symbols: Int[Tensor, "batch beams"],
    state: DecoderState,
    memory: Memory,
    *,
    last: bool,
) -> tuple[Float[Tensor, "batch beams symbols"], DecoderState]:
    """Log-probabilities of what may come next; at the ``last`` step that is the end alone."""
    decoded, state = network.decoder.advance(symbols, state, memory)
    logs = network.output(decoded.readouts).float().log_softmax(-1)
    logs[..., UNKNOWN] = -torch.inf
    if last:
        logs[..., END + 1 :] = -torch.inf
    return logs, state
