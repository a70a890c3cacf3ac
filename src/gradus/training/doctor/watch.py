"""The doctor as a callback: it says what is wrong while there is still time to stop."""

from torch import nn

from gradus.core.progress import Progress
from gradus.core.runlog import RunLog
from gradus.training.callbacks import Callback, Look
from gradus.training.doctor.diagnosis import Finding, diagnose
from gradus.training.history import History

#: A finding is told during a run from this confidence on: a false alarm costs more than silence.
SURE = 0.8

#: The next look that is judged lies this much later: long runs are not read over and over.
LATER = 1.05


class Watch(Callback):
    """Diagnoses the run so far after a look, and notes each sure finding once.

    ``log`` is the one that a :class:`~gradus.training.callbacks.Recorder` before this callback
    writes to.
    """

    def __init__(self, log: RunLog, progress: Progress) -> None:
        self.log, self.progress = log, progress
        self._next, self._steps = 0.0, 0
        self._told: set[str] = set()

    def started(self, model: nn.Module, steps: int) -> None:
        """Remember how long the run is."""
        self._steps = steps

    def after_look(self, look: Look) -> None:
        """Judge what is in the log; a run that is over is judged as a whole by others."""
        if look.step < self._next or look.step == self._steps:
            return
        self._next = look.step * LATER
        for finding in sure(History.of(self.log.read())):
            if finding.fault not in self._told:
                self._told.add(finding.fault)
                self.progress.note(
                    f"step {look.step}: {finding.title} ({finding.confidence:.0%} sure): "
                    f"{'; '.join(finding.evidence)}; to do: {finding.advice[0]}"
                )


def sure(history: History) -> list[Finding]:
    """What may be told of a run that is still going on."""
    return [finding for finding in diagnose(history).findings if finding.confidence >= SURE]
