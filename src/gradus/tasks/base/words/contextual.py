"""Contextual vectors of words: what two language models know of a word among its neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int, Int32, Int64
from pydantic import Field
from torch import Tensor, nn

from gradus.core.config import from_dict, settings, to_dict
from gradus.core.errors import FormatError, SettingsError
from gradus.core.storage import CONFIG, fresh_folder, model_file, read_config, write_config
from gradus.nn.half import half_where_fast
from gradus.nn.recurrent import CELLS
from gradus.tasks.base.weights import load_weights_, write_weights
from gradus.tasks.base.words.batches import real_words
from gradus.text.vocabulary import Vocabulary

#: What ``config.json`` of a folder of contextual vectors says.
KIND, VERSION = "contextual", 1

#: The file of the words that language models know.
CONTEXTUAL_WORDS = "contextual-words.txt"

#: The words that stand for the end of a line, which is also what comes before it, and for others.
END, OTHER = "<eos>", "<unk>"

#: Steps of a batch are a multiple of this, so that few sizes are met.
STEPS = 4


@settings
class ContextualConfig:
    """The sizes of the two language models, which are alike.

    >>> ContextualConfig(dim=8, widths=(16, 8)).width
    48
    """

    dim: int = Field(default=256, ge=1, le=8192, description="numbers of a word's own vector")
    widths: tuple[int, ...] = Field(default=(384, 256), description="units of each layer")

    def __post_init__(self) -> None:
        if not 1 <= len(self.widths) <= 16 or not 1 <= min(self.widths) <= max(self.widths) <= 8192:
            raise SettingsError(f"widths={self.widths}: give up to 16 layers 1 to 8192 units each")

    @property
    def width(self) -> int:
        """The units of all layers of both."""
        return 2 * sum(self.widths)


class Direction(nn.Module):
    """A language model without its softmax: a vector a word, and layers that read from one side."""

    def __init__(self, config: ContextualConfig, words: int) -> None:
        super().__init__()
        self.table = nn.Embedding(words, config.dim)
        below = [config.dim, *config.widths[:-1]]
        self.layers = nn.ModuleList(
            CELLS.make("lstm", dim=inward, hidden=width)
            for inward, width in zip(below, config.widths, strict=True)
        )

    def forward(self, ids: Int[Tensor, "batch steps"]) -> Float[Tensor, "batch steps width"]:
        """The states of all layers side by side."""
        states, found = self.table(ids), []
        for layer in self.layers:
            states, _ = layer(states)
            found.append(states)
        return torch.cat(found, -1)


@dataclass(frozen=True)
class ContextualWords:
    """The words that the language models know, and the sizes of these.

    >>> words = ContextualWords(ContextualConfig(), ["<eos>", "<unk>", "no"])
    >>> words.numbers(["No", "way"]).tolist()
    [2, 1]
    """

    config: ContextualConfig
    words: list[str]

    def __len__(self) -> int:
        return len(self.words)

    @cached_property
    def end(self) -> int:
        """The number of what stands before and after a line."""
        return self.words.index(END)

    def numbers(self, forms: Sequence[str]) -> Int32[np.ndarray, " forms"]:
        """Forms as numbers."""
        other = self._number[OTHER]
        return np.array([self._number.get(cleaned(form), other) for form in forms], np.int32)

    def save(self, folder: Path) -> dict[str, Any]:
        """Write the words into a model folder; give the sizes."""
        rows = np.arange(len(self.words), 0, -1)
        Vocabulary(self.words, rows).save(folder / CONTEXTUAL_WORDS)
        return to_dict(self.config)

    @classmethod
    def load(cls, folder: Path, sizes: Any) -> "ContextualWords":
        """What :meth:`save` wrote.

        Raises:
            FormatError: the words or sizes are missing or damaged.
        """
        path = model_file(folder, CONTEXTUAL_WORDS)
        words = Vocabulary.load(path).words
        if not {END, OTHER} <= set(words):
            raise FormatError(f"{path} lacks {END} or {OTHER}; the file is damaged")
        if not isinstance(sizes, dict):
            raise FormatError(
                f"{folder / CONFIG} has no sizes of contextual vectors; it is damaged"
            )
        try:
            return cls(from_dict(ContextualConfig, sizes), words)
        except SettingsError as error:
            raise FormatError(f"{folder / CONFIG} is damaged: {error}") from None

    @cached_property
    def _number(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.words)}


class ContextualVectors(nn.Module):
    """The states of two language models at a word, one for each direction of reading [peters2018].

    They stay as they are. A sentence is read as if a line had ended before it.

    >>> words = ContextualWords(ContextualConfig(dim=4, widths=(3,)), ["<eos>", "<unk>", "no"])
    >>> ContextualVectors(words)(torch.tensor([2, 1]), torch.tensor([2])).shape
    torch.Size([2, 6])
    """

    def __init__(self, words: ContextualWords) -> None:
        super().__init__()
        self.words, self.width = words, words.config.width
        self.ahead, self.back = (Direction(words.config, len(words)) for _ in range(2))
        self.requires_grad_(False)
        self.metrics: dict[str, Any] = {}  # of the run that trained them

    @torch.no_grad()
    def forward(
        self, ids: Int[Tensor, " words"], lengths: Int64[Tensor, " batch"]
    ) -> Float[Tensor, "words width"]:
        """The vectors of the words of sentences, one sentence after the other."""
        sentence, word = real_words(lengths)
        steps = -(-(int(lengths.max()) + 1) // STEPS) * STEPS
        found = []
        for model, step in ((self.ahead, word + 1), (self.back, lengths[sentence] - word)):
            padded = torch.full((len(lengths), steps), self.words.end, device=ids.device)
            padded[sentence, step] = ids.long()
            with half_where_fast(ids.device):
                states = model(padded)
            found.append(states[sentence, step].float())
        return torch.cat(found, -1)

    def save(self, path: Path | str, *, force: bool = False) -> None:
        """Write a folder, whole or not at all.

        Raises:
            ExistsError: ``path`` is taken and ``force`` is false.
            StorageError: the disk is full or may not be written.
        """
        with fresh_folder(path, force=force) as folder:
            self.write(folder)

    def write(self, folder: Path) -> None:
        """Write the files of a folder that exists."""
        write_weights(folder, self)
        write_config(folder, kind=KIND, version=VERSION, settings=self.words.save(folder))

    @classmethod
    def load(cls, path: Path | str) -> "ContextualVectors":
        """What :meth:`save` wrote; no code in it is run.

        Raises:
            FormatError: the folder is missing, damaged, of another kind or newer than this Gradus.
        """
        folder = Path(path)
        config = read_config(folder, kind=KIND, version=VERSION)
        vectors = cls(ContextualWords.load(folder, config.get("settings")))
        load_weights_(vectors, folder)
        return vectors.eval()


def cleaned(form: str) -> str:
    """A form as language models know it: in small letters, without the blanks of some numbers.

    >>> cleaned("10 000"), cleaned("The")
    ('10000', 'the')
    """
    return "".join(form.lower().split())
