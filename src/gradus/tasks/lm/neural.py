"""A neural language model: a task that is trained, and a model that scores and goes on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from gradus.core.config import from_dict
from gradus.core.progress import SILENT, Progress
from gradus.nn.carried import Carried
from gradus.nn.losses import IGNORED
from gradus.tasks.base.task import Task
from gradus.tasks.lm.dataset import LOOK_STREAMS, TokenBatch, Windows, to_look_at
from gradus.tasks.lm.family import NEURAL, checked_family
from gradus.tasks.lm.model import KIND, VERSION, LanguageModel
from gradus.tasks.lm.network import LanguageNetwork, Memory
from gradus.tasks.lm.settings import LanguageModelConfig
from gradus.tasks.lm.spelling import EncodedText, Spelling
from gradus.training.objective import Dataset, moved

#: Documents that are read side by side where a text is scored, and tokens of each at a time.
STREAMS, STRETCH = 32, 128


class Ahead(NamedTuple):
    """Several texts that go on: what was read, and the state that predicts the next token."""

    before: Int[Tensor, "streams reach"]
    carried: Carried
    states: Float[Tensor, "streams width"]


class NeuralLanguageModel(Task[EncodedText], LanguageModel[Ahead]):
    """A fixed window or a recurrent network that predicts the next token.

    Train one with :func:`~gradus.tasks.lm.train_language_model`, or open one with
    :func:`~gradus.tasks.lm.load_language_model`.
    """

    kind = KIND
    version = VERSION

    def __init__(
        self, config: LanguageModelConfig, spelling: Spelling, *, sparse: bool = False
    ) -> None:
        self.config, self.spelling = config, spelling
        self.model = LanguageNetwork(
            config, spelling.vocabulary.counts, end=spelling.end, sparse=sparse
        )
        self.metrics: dict[str, Any] = {}  # of the run that trained it
        self._memory: tuple[Tensor, ...] = ()  # of each stream that is trained on

    @property
    def network(self) -> LanguageNetwork:
        """The network, with its type."""
        return cast(LanguageNetwork, self.model)

    @property
    def facts(self) -> dict[str, Any]:
        """The kind of reader and how many numbers were learnt."""
        return {
            "model": self.config.model,
            "parameters": sum(parameter.numel() for parameter in self.model.parameters()),
            "vocabulary": len(self.spelling),
        }

    def dataset(self, examples: EncodedText) -> Windows:
        """A text in streams, to be measured on."""
        return to_look_at(examples)

    def loss(self, model: nn.Module, batch: TokenBatch) -> Float[Tensor, ""]:
        """What the softmax says of every token, and the penalties on states [merity2018]."""
        network = cast(LanguageNetwork, model)
        reading = network(batch.tokens.clamp(min=0), self._recalled(network, batch))
        self._remember(batch.streams, reading.memory)
        real = batch.tokens != IGNORED
        states = reading.states[real]
        if not len(states):
            return reading.states.sum() * 0.0
        loss = network.output(states, batch.tokens[real])
        if self.config.activity:
            loss = loss + self.config.activity * states.square().mean()
        if self.config.slowness:
            moves = (reading.raw[:, 1:] - reading.raw[:, :-1])[real[:, 1:]]
            loss = loss + self.config.slowness * moves.square().mean()
        return loss

    def weight(self, batch: TokenBatch) -> float:
        """The number of tokens."""
        return float((batch.tokens != IGNORED).sum())

    def evaluate(self, model: nn.Module, data: Dataset) -> dict[str, float]:
        """Loss in nats a token, and perplexity.

        Streams carry what they know from window to window; windows that were drawn by chance are
        read without.
        """
        network, nats, tokens = cast(LanguageNetwork, model), 0.0, 0
        device = network.table.weight.device
        streams = data.streams if isinstance(data, Windows) else LOOK_STREAMS
        memory = network.begin(streams)
        for start in range(0, len(data.sizes), streams):
            indices = np.arange(start, min(start + streams, len(data.sizes)))
            batch = moved(data.batch(indices), device)
            begin = network.begin(len(indices))
            kept = _chosen(batch.fresh, begin, memory) if isinstance(data, Windows) else begin
            found, memory = _log_probabilities(network, batch.tokens, kept)
            nats, tokens = nats - found.sum(dtype=torch.float64).item(), tokens + len(found)
        loss = nats / max(1, tokens)
        return {"loss": loss, "perplexity": float(np.exp(min(loss, 700.0)))}

    def memory(self) -> dict[str, Tensor]:
        """What each stream of a run knows after its last window."""
        return {str(number): kept for number, kept in enumerate(self._memory)}

    def recall(self, memory: dict[str, Tensor]) -> None:
        """Go on from a :meth:`memory`."""
        device = self.network.table.weight.device
        self._memory = tuple(memory[str(number)].to(device) for number in range(len(memory)))

    @torch.no_grad()
    def surprisals(
        self, text: EncodedText, progress: Progress = SILENT
    ) -> Float[np.ndarray, " tokens"]:
        """``-log p`` of every token in nats, each document read from its beginning to its end."""
        found, done = np.empty(len(text), dtype=np.float32), 0
        progress.start("scoring", total=float(len(text)), unit="tokens")
        for stretch in read_stretches(self.network.eval(), text):
            found[stretch.places[stretch.real]] = -stretch.log_p.cpu().numpy()
            done += len(stretch.log_p)
            progress.update(done)
        progress.finish()
        return found

    @torch.no_grad()
    def begin(self, streams: int) -> Ahead:
        """The state of ``streams`` documents before their first token."""
        network = self.network.eval()
        memory = network.begin(streams)
        states, carried = network.read(memory.before, memory.carried)
        return Ahead(memory.before, carried, states[:, -1])

    @torch.no_grad()
    def log_probabilities(self, state: Ahead) -> Float[np.ndarray, "streams words"]:
        """``log p`` of every token as the next one."""
        return self.network.output.log_probabilities(state.states).cpu().numpy()

    @torch.no_grad()
    def advance(self, state: Ahead, tokens: Int[np.ndarray, " streams"]) -> Ahead:
        """The state after each document went on with its token."""
        read = torch.from_numpy(np.asarray(tokens, dtype=np.int64)).to(state.before.device)
        before = torch.cat([state.before[:, 1:], read[:, None]], 1)
        states, carried = self.network.read(before, state.carried)
        return Ahead(before, carried, states[:, -1])

    def write_texts(self, folder: Path) -> dict[str, Any]:
        """Write the vocabulary; what counts as a token goes to the config."""
        return {"family": NEURAL, "spelling": self.spelling.save(folder)}

    @classmethod
    def rebuild(cls, folder: Path, config: dict[str, Any]) -> "NeuralLanguageModel":
        """The model with fresh weights."""
        checked_family(folder, config, NEURAL)
        settings = from_dict(LanguageModelConfig, config["settings"])
        return cls(settings, Spelling.load(folder, config["spelling"]))

    def _recalled(self, network: LanguageNetwork, batch: TokenBatch) -> Memory:
        """What the streams of a batch know, nothing where a document begins."""
        begin = network.begin(len(batch.streams))
        if not self._memory or bool(batch.fresh.all()):
            return begin
        # streams that have just begun may not be there yet
        known = batch.streams.clamp(max=len(self._memory[0]) - 1)
        before, *carried = (kept[known] for kept in self._memory)
        return _chosen(batch.fresh, begin, Memory(before, tuple(carried)))

    @torch.no_grad()
    def _remember(self, streams: Int[Tensor, " batch"], memory: Memory) -> None:
        """Keep what the streams of a batch know now."""
        # half precision of a forward pass is widened: a checkpoint has no such numbers
        carried = (tensor.detach().float() for tensor in memory.carried)
        tensors = (memory.before, *carried)
        count = int(streams.max()) + 1
        known = len(self._memory[0]) if self._memory else 0
        if known < count:  # a batch may come in parts
            more = tuple(tensor.new_zeros(count - known, *tensor.shape[1:]) for tensor in tensors)
            old = self._memory or tuple(tensor[:0] for tensor in tensors)
            self._memory = tuple(map(torch.cat, zip(old, more, strict=True)))
        for kept, tensor in zip(self._memory, tensors, strict=True):
            kept[streams] = tensor


def _chosen(fresh: Tensor, begin: Memory, memory: Memory) -> Memory:
    """What is known of each text: nothing where ``fresh``."""
    before, *carried = (
        torch.where(fresh[:, None], new, old)
        for new, old in zip(
            (begin.before, *begin.carried), (memory.before, *memory.carried), strict=True
        )
    )
    return Memory(before, tuple(carried))


def _log_probabilities(
    network: LanguageNetwork, tokens: Int[Tensor, "batch time"], memory: Memory
) -> tuple[Float[Tensor, " tokens"], Memory]:
    """``log p`` of the real tokens, row by row, and what is known after them."""
    reading = network(tokens.clamp(min=0), memory)
    real = tokens != IGNORED
    log_p = network.output.target_log_probabilities(reading.states[real], tokens[real])
    return log_p, reading.memory


class ReadStretch(NamedTuple):
    """Some steps of documents side by side, as a network read them."""

    places: Int[np.ndarray, "documents time"]  # in the text; -1 behind the end of a document
    tokens: Int[Tensor, "documents time"]  # IGNORED there
    states: Float[Tensor, "documents time width"]  # what predicts each token
    log_p: Float[Tensor, " tokens"]  # of the real ones, row by row
    begins: bool  # whether the documents begin here

    @property
    def real(self) -> Bool[np.ndarray, "documents time"]:
        """Where there is a token."""
        return self.places >= 0


def read_stretches(network: LanguageNetwork, text: EncodedText) -> Iterator[ReadStretch]:
    """The whole text, every document from beginning to end, and what predicts each token."""
    for places in side_by_side(text):
        memory = network.begin(len(places))
        for start in range(0, places.shape[1], STRETCH):
            stretch = places[:, start : start + STRETCH]
            ids = np.where(stretch >= 0, text.ids[np.maximum(stretch, 0)], IGNORED)
            tokens = torch.from_numpy(ids.astype(np.int64)).to(memory.before.device)
            reading = network(tokens.clamp(min=0), memory)
            memory, real = reading.memory, tokens != IGNORED
            log_p = network.output.target_log_probabilities(reading.states[real], tokens[real])
            yield ReadStretch(stretch, tokens, reading.states, log_p, start == 0)


def side_by_side(text: EncodedText) -> Iterator[Int[np.ndarray, "documents time"]]:
    """Places of the tokens of documents of about one length, -1 behind the end of each."""
    lengths = np.diff(text.bounds)
    order = np.argsort(-lengths, kind="stable")
    for start in range(0, len(order), STREAMS):
        chosen = order[start : start + STREAMS]
        steps = np.arange(int(lengths[chosen].max()))
        places = text.bounds[chosen][:, None] + steps
        yield np.where(steps < lengths[chosen][:, None], places, -1)
