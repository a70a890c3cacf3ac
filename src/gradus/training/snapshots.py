"""Models kept along the way of one run: an ensemble for the price of one training [huang2017]."""

from collections.abc import Sequence
from pathlib import Path

from torch import nn

from gradus.core.storage import fresh_file, write_tensors
from gradus.training.callbacks import Callback, Step
from gradus.training.checkpoint import to_numpy

#: The folder of a model folder that holds them.
SNAPSHOTS = "snapshots"


class Snapshots(Callback):
    """Writes the weights after each of ``steps`` into ``folder``: ``1.safetensors`` and so on."""

    def __init__(self, folder: Path, steps: Sequence[int]) -> None:
        self.folder = folder
        self.numbers = {step: number for number, step in enumerate(steps, start=1)}
        self._model: nn.Module | None = None

    def started(self, model: nn.Module, steps: int) -> None:
        """Keep the model."""
        self._model = model
        self.folder.mkdir(parents=True, exist_ok=True)

    def after_step(self, done: Step) -> None:
        """Write the weights, if this is one of the steps."""
        if done.step in self.numbers and self._model is not None:
            state = {name: to_numpy(value) for name, value in self._model.state_dict().items()}
            with fresh_file(self.folder / f"{self.numbers[done.step]}.safetensors") as temporary:
                write_tensors(temporary, state)


def snapshot_files(folder: Path) -> list[Path]:
    """The snapshots in a model folder, oldest first."""
    files = [path for path in (folder / SNAPSHOTS).glob("*.safetensors") if path.stem.isdecimal()]
    return sorted(files, key=lambda path: int(path.stem))
