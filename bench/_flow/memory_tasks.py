"""Tasks that need memory, a small network that reads sequences, and how it is trained on them."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor, nn

from gradus.nn.penalties import l2_penalty
from gradus.training.flow import Flow, flow_through_time
from gradus.training.unroll import unroll

SYMBOLS = 8

#: Inputs ``[batch, lag + 1, dim]`` and answers ``[batch]``, from a lag, a size and a generator.
Task: TypeAlias = Callable[[int, int, torch.Generator], tuple[Tensor, Tensor]]


def recall(lag: int, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Random symbols; the answer is the first of them, ``lag`` steps ago, among eight."""
    symbols = torch.randint(SYMBOLS, (size, lag + 1), generator=generator)
    return nn.functional.one_hot(symbols, SYMBOLS).float(), symbols[:, 0]


def hold(lag: int, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """A number from -1 to 1 and its mark, then noise without it; the answer is the number."""
    numbers = 2 * torch.rand(size, lag + 1, generator=generator) - 1
    marks = torch.zeros(size, lag + 1)
    marks[:, 0] = 1
    return torch.stack([numbers, marks], -1), numbers[:, 0]


class Reader(nn.Module):
    """A recurrent module and what it says at the end: scores of symbols, or one number."""

    def __init__(self, cell: nn.RNNBase, out: int, activation: str | None = None) -> None:
        super().__init__()
        self.cell, self.out, self.activation = cell, nn.Linear(cell.hidden_size, out), activation

    def forward(self, inputs: Tensor) -> Tensor:
        """The answer after the last step."""
        if self.activation is None:
            return self.out(self.cell(inputs)[0][:, -1])
        return self.out(unroll(self.cell, inputs, activation=self.activation)[-1][-1].hidden)

    def loss(self, answer: Tensor, truth: Tensor) -> Tensor:
        """Cross-entropy in nats, or squared error, of each example."""
        if truth.is_floating_point():
            return (answer.squeeze(-1) - truth.to(answer)).square()
        return nn.functional.cross_entropy(answer, truth, reduction="none")

    def flow(self, task: Task, lag: int, name: str) -> Flow:
        """Norms of the loss's gradient in each state, over 128 sequences, in float64."""
        exact = copy.deepcopy(self).double()
        inputs, truth = task(lag, 128, torch.Generator().manual_seed(0))
        return flow_through_time(
            exact.cell,
            inputs.double(),
            lambda hidden, _: exact.loss(exact.out(hidden), truth),
            activation=self.activation,
            name=name,
        )

    @torch.no_grad()
    def accuracy(self, task: Task, lag: int) -> float:
        """Share of 500 symbols recalled after ``lag`` steps."""
        inputs, truth = task(lag, 500, torch.Generator().manual_seed(lag))
        return float((self(inputs).argmax(-1) == truth).float().mean())


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """How a reader is trained: each batch of 64 has a lag drawn from ``1 .. lag``."""

    task: Task = recall
    lag: int = 40
    mixed: bool = True  # False: every batch has the full lag
    steps: int = 800
    rate: float = 5e-3
    clip: float | None = 1.0
    l2: float = 0.0
    optimizer: type[torch.optim.Optimizer] = torch.optim.Adam


def teach(
    reader: Reader,
    lesson: Lesson,
    seed: int,
    after_backward: Callable[[int], None] = lambda step: None,
) -> list[float]:
    """Train ``reader`` and give the loss of each step; it ends at one that is not finite."""
    generator = torch.Generator().manual_seed(seed)
    optimizer = lesson.optimizer(reader.parameters(), lr=lesson.rate)
    losses = []
    for step in range(1, lesson.steps + 1):
        drawn = int(torch.randint(1, lesson.lag + 1, (), generator=generator))
        inputs, truth = lesson.task(drawn if lesson.mixed else lesson.lag, 64, generator)
        loss = reader.loss(reader(inputs), truth).mean()
        losses.append(loss.item())
        if not torch.isfinite(loss):
            break
        optimizer.zero_grad()
        (loss + lesson.l2 * l2_penalty(reader) if lesson.l2 else loss).backward()
        after_backward(step)
        if lesson.clip is not None:
            nn.utils.clip_grad_norm_(reader.parameters(), lesson.clip)
        optimizer.step()
    return losses
