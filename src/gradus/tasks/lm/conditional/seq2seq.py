"""An encoder–decoder: it writes targets for sources, measures itself, and lives in a folder."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gradus.core.config import from_dict
from gradus.core.errors import DataError, FormatError, SettingsError
from gradus.core.storage import CONFIG
from gradus.nn.losses import CrossEntropy
from gradus.tasks.base.task import Task
from gradus.tasks.lm.conditional.alignment import Alignment
from gradus.tasks.lm.conditional.dataset import EncodedPairs, PairBatch, stacked
from gradus.tasks.lm.conditional.network import Seq2SeqNetwork
from gradus.tasks.lm.conditional.pairs import Pairs
from gradus.tasks.lm.conditional.report import Seq2SeqReport
from gradus.tasks.lm.conditional.search import Hypothesis, search_outputs
from gradus.tasks.lm.conditional.settings import SearchConfig, Seq2SeqConfig
from gradus.tasks.lm.conditional.symbols import Symbols
from gradus.training.batching import in_order
from gradus.training.objective import Dataset, moved

#: Outputs that are followed at once where a model is only asked.
ROWS = 256

#: The files of a model folder that hold the symbols of each side.
SOURCE, TARGET = "source.txt", "target.txt"


class Output(NamedTuple):
    """What a model writes for a source, and the log-probability that it gives it, in nats."""

    text: str
    log_probability: float


class Measured(NamedTuple):
    """What a model says of a batch of pairs: of the right targets, and what it would write."""

    pairs: Int[np.ndarray, " batch"]  # their numbers
    losses: list[float]  # -log p of each target in nats
    hits: int  # symbols of the targets that are the likeliest, given the right ones before
    steps: list[int]  # symbols of each target, its end included
    right: list[bool]  # whether the best output is the target
    best: list[Hypothesis]


class Seq2Seq(Task[Pairs]):
    """Writes a target for a source, symbol after symbol.

    Train one with :func:`~gradus.tasks.lm.conditional.train_seq2seq`, or open one with
    :meth:`load`. ``longest`` is the length of the longest target of training.

    >>> from gradus.tasks.lm.conditional import Pairs, train_seq2seq
    >>> pairs = Pairs.of([("un deux", "1 2"), ("deux un", "2 1"), ("trois", "3"), ("un", "1")] * 20)
    >>> model = train_seq2seq(pairs, dev_share=0)
    >>> model.generate(["deux un"])[0][0].text
    '2 1'
    """

    kind = "seq2seq"
    version = 1
    model: Seq2SeqNetwork

    def __init__(
        self,
        config: Seq2SeqConfig,
        source: Symbols,
        target: Symbols,
        longest: int,
        generator: torch.Generator | None = None,
    ) -> None:
        self.config, self.source, self.target, self.longest = config, source, target, longest
        self.model = Seq2SeqNetwork(config, len(source), len(target), generator)
        self.criterion = CrossEntropy(config.smoothing)
        self.metrics: dict[str, Any] = {}  # of the run that trained it

    def generate(
        self, texts: Sequence[str], search: SearchConfig | None = None
    ) -> list[list[Output]]:
        """The ``n`` best outputs for every text, the best first.

        Fewer come back only where the beam met fewer.

        Raises:
            DataError: a text is empty.
        """
        rows = [self._numbered(text, number) for number, text in enumerate(texts, start=1)]
        return [
            [Output(self.target.text(one.symbols), one.log_probability) for one in found]
            for found in self._searched(rows, search or SearchConfig())
        ]

    def align(self, source: str, target: str) -> Alignment:
        """Where the decoder looks in ``source`` while it writes ``target``, its own or another.

        Raises:
            SettingsError: the model has no attention.
            DataError: the source is empty; a target may be.
        """
        if not self.model.decoder.attention.width:
            raise SettingsError(
                f"attention={self.config.attention!r}: this model looks nowhere; "
                "train one with attention general, dot or additive"
            )
        data = EncodedPairs([self._numbered(source, 1)], [self.target.numbers(target)])
        with torch.no_grad():
            weights = self.model(moved(data.batch(np.arange(1)), self._device)).weights[0]
        return Alignment(
            self.source.cut(source), self.target.cut(target), weights.float().cpu().numpy().T
        )

    def report(self, pairs: Pairs, search: SearchConfig | None = None) -> Seq2SeqReport:
        """All figures on pairs, and what is written for each of them."""
        parts = list(self._measured(self.model, self.dataset(pairs), search or SearchConfig()))
        order = np.argsort(np.concatenate([part.pairs for part in parts]))
        losses, steps = (
            np.concatenate([getattr(part, name) for part in parts])[order]
            for name in ("losses", "steps")
        )
        best = [one for part in parts for one in part.best]
        return Seq2SeqReport(
            level=self.target.level.name,
            sources=list(pairs.sources),
            targets=[self.target.plain(text) for text in pairs.targets],
            outputs=[self.target.text(best[place].symbols) for place in order],
            losses=losses,
            steps=steps,
            hits=sum(part.hits for part in parts),
        )

    def dataset(self, examples: Pairs) -> EncodedPairs:
        """Pairs as numbers, ready for batches."""
        return EncodedPairs.of(examples, self.source, self.target)

    def loss(self, model: nn.Module, batch: PairBatch) -> Float[Tensor, ""]:
        """Mean cross-entropy of the symbols of the targets, their ends among them."""
        told = cast(Seq2SeqNetwork, model)(batch)
        return self.criterion(told.scores, told.targets)

    def weight(self, batch: PairBatch) -> float:
        """Symbols of the targets, ends included."""
        return float(batch.target_lengths.sum())

    def evaluate(self, model: nn.Module, data: Dataset) -> dict[str, float]:
        """Loss in nats, share of right symbols (given those before) and of right greedy outputs.

        The loss is that of the targets as they are, without smoothing.
        """
        parts = list(self._measured(cast(Seq2SeqNetwork, model), data, SearchConfig()))
        symbols = sum(sum(part.steps) for part in parts)
        return {
            "loss": sum(sum(part.losses) for part in parts) / symbols,
            "exact_match": sum(sum(part.right) for part in parts) / len(data.sizes),
            "accuracy": sum(part.hits for part in parts) / symbols,
        }

    def write_texts(self, folder: Path) -> dict[str, Any]:
        """Write the symbols of both sides; the longest target goes to the config."""
        self.source.save(folder / SOURCE)
        self.target.save(folder / TARGET)
        return {"longest": self.longest}

    @classmethod
    def rebuild(cls, folder: Path, config: dict[str, Any]) -> "Seq2Seq":
        """The model with fresh weights."""
        longest = config["longest"]
        if type(longest) is not int or longest < 1:
            raise FormatError(
                f"{folder / CONFIG} has longest={longest!r} for the longest target; the folder is "
                "damaged"
            )
        settings = from_dict(Seq2SeqConfig, config["settings"])
        source = Symbols.load(folder / SOURCE, level=settings.source_level)
        target = Symbols.load(folder / TARGET, level=settings.target_level)
        return cls(settings, source, target, longest)

    @property
    def _device(self) -> torch.device:
        return next(self.model.parameters()).device

    def _numbered(self, text: str, number: int) -> Int[np.ndarray, " symbols"]:
        row = self.source.numbers(text)
        if not len(row):
            raise DataError(f"text {number} is empty; give each text a word")
        return row

    def _searched(
        self, rows: Sequence[Int[np.ndarray, " _"]], search: SearchConfig
    ) -> list[list[Hypothesis]]:
        """The best outputs for sources, in batches of about one length."""
        found: list[list[Hypothesis]] = [[] for _ in rows]
        sizes = np.array([len(row) for row in rows], dtype=np.int64)
        for indices in in_order(sizes, max(1, ROWS // search.beam)):
            source, lengths = moved(stacked([rows[index] for index in indices]), self._device)
            best = search_outputs(self.model, source, lengths, search, self._limit(search))
            for index, outputs in zip(indices.tolist(), best, strict=True):
                found[index] = outputs
        return found

    def _measured(
        self, model: Seq2SeqNetwork, data: Dataset, search: SearchConfig
    ) -> Iterator[Measured]:
        """What ``model`` says of pairs, longest first."""
        for indices in in_order(data.sizes, max(1, ROWS // search.beam)):
            batch: PairBatch = moved(data.batch(indices), self._device)
            with torch.no_grad():
                told = model(batch)
            logs = told.scores.float().log_softmax(-1)
            losses = -logs.gather(1, told.targets[:, None])[:, 0].double()
            steps = batch.target_lengths.tolist()
            found = search_outputs(
                *(model, batch.source, batch.source_lengths, search, self._limit(search))
            )
            best = [outputs[0] for outputs in found]
            yield Measured(
                pairs=indices,
                losses=[part.sum().item() for part in losses.split(steps)],
                hits=int((logs.argmax(1) == told.targets).sum()),
                steps=steps,
                right=[
                    one.symbols == row[: length - 1]
                    for one, row, length in zip(best, batch.target.tolist(), steps, strict=True)
                ],
                best=best,
            )

    def _limit(self, search: SearchConfig) -> int:
        return search.max_length or 2 * self.longest
