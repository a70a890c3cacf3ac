"""What a task is, whatever it is about: the loop and the model folder need no more than this."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from jaxtyping import Float
from torch import Tensor, nn

from gradus.core.config import to_dict
from gradus.core.errors import FormatError, SettingsError
from gradus.core.storage import CONFIG, fresh_folder, read_config, write_config
from gradus.tasks.base.weights import load_weights_, write_weights
from gradus.training.objective import Dataset

E = TypeVar("E")
T = TypeVar("T", bound="Task[Any]")


class Task(ABC, Generic[E]):
    """A network with its settings, and how examples of type ``E`` become its batches.

    A task is an objective of the training loop, and a model folder on disk.
    """

    kind: ClassVar[str]  # as ``config.json`` says
    version: ClassVar[int]
    config: Any
    model: nn.Module

    @abstractmethod
    def dataset(self, examples: E) -> Dataset:
        """Examples as numbers, ready for batches."""

    @abstractmethod
    def loss(self, model: nn.Module, batch: Any) -> Float[Tensor, ""]:
        """Mean loss over what :meth:`weight` counts."""

    @abstractmethod
    def weight(self, batch: Any) -> float:
        """How much a batch counts in a mean."""

    @abstractmethod
    def evaluate(self, model: nn.Module, data: Dataset) -> dict[str, float]:
        """Figures of ``model`` on ``data``; ``loss`` is one of them."""

    @abstractmethod
    def write_texts(self, folder: Path) -> dict[str, Any]:
        """Write vocabularies and the like; give what else :meth:`rebuild` needs, for the config."""

    @classmethod
    @abstractmethod
    def rebuild(cls: type[T], folder: Path, config: dict[str, Any]) -> T:
        """The task as :meth:`write_texts` left it, with fresh weights."""

    def write(self, folder: Path, *, compact: bool = False) -> None:
        """Write the files of a model folder into ``folder``, which exists.

        ``compact`` takes a half to a quarter of the space, for a loss of some digits.
        """
        content = self.write_texts(folder)
        write_weights(folder, self.model, compact=compact)
        write_config(
            folder, kind=self.kind, version=self.version, settings=to_dict(self.config), **content
        )

    def save(self, path: Path | str, *, force: bool = False) -> None:
        """Write a model folder, whole or not at all.

        Raises:
            ExistsError: ``path`` is taken and ``force`` is false.
            StorageError: the disk is full or may not be written.
        """
        with fresh_folder(path, force=force) as folder:
            self.write(folder)

    @classmethod
    def load(cls: type[T], path: Path | str) -> T:
        """Open a model folder; no code in it is run.

        Raises:
            FormatError: the folder is missing, damaged, of another task or newer than this Gradus.
        """
        folder = Path(path)
        config = read_config(folder, kind=cls.kind, version=cls.version)
        try:
            task = cls.rebuild(folder, config)
        except (SettingsError, KeyError) as error:
            reason = f"no {error}" if isinstance(error, KeyError) else str(error)
            raise FormatError(
                f"{folder / CONFIG} is damaged, or of another Gradus: {reason}"
            ) from None
        load_weights_(task.model, folder)
        task.model.eval()
        return task
