"""The same figures as ``log.jsonl``, as events that TensorBoard shows."""

from pathlib import Path

from gradus.core.errors import MissingExtraError
from gradus.training.callbacks import Callback, Look, Step, observed


class TensorBoard(Callback):
    """Writes an event file into ``folder/tensorboard``: every ``every`` steps and at each look.

    Raises:
        MissingExtraError: TensorBoard is not installed.
    """

    def __init__(self, folder: Path, every: int) -> None:
        try:
            from torch.utils.tensorboard.writer import SummaryWriter
        except ImportError:
            raise MissingExtraError(
                "TensorBoard is not installed; run: pip install 'gradus[tensorboard]'"
            ) from None
        self._every = every
        self._writer = SummaryWriter(str(folder / "tensorboard"))

    def after_step(self, done: Step) -> None:
        """Write the loss, the rate and the gradient norm."""
        if not observed(done.step, self._every):
            return
        figures = {"loss": done.loss, "rate": done.rate, "gradient norm": done.grad_norm}
        for name, value in figures.items():
            if value is not None:
                self._writer.add_scalar(f"training/{name}", value, done.step)

    def after_look(self, look: Look) -> None:
        """Write what was measured."""
        for kind, figures in (("fit", look.fit), ("dev", look.dev)):
            for name, value in figures.items():
                self._writer.add_scalar(f"{kind}/{name}", value, look.step)

    def finished(self) -> None:
        """Close the file."""
        self._writer.close()
