"""Jobs that other processes can do: they note what they did in a file, wait, or fail."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from gradus.core.errors import DataError


@dataclass(frozen=True)
class Write:
    """Appends a word to a file; tells its share and a note."""

    file: Path
    word: str

    def __call__(self, progress) -> None:
        progress.start("writing", total=2, unit="words")
        progress.update(1)
        with self.file.open("a") as file:
            file.write(f"{self.word}\n")
        progress.finish()
        progress.note(f"wrote {self.word}")


@dataclass(frozen=True)
class Fail:
    def __call__(self, progress) -> None:
        raise DataError("this job has nothing to work on")


@dataclass(frozen=True)
class Die:
    """Ends its process without a word."""

    def __call__(self, progress) -> None:
        os._exit(1)


@dataclass(frozen=True)
class Linger:
    """Works until it is interrupted, and then writes down that it was."""

    file: Path

    def __call__(self, progress) -> None:
        begun = self.file.with_suffix(".begun")
        begun.touch()
        try:
            for _ in range(3000):
                time.sleep(0.01)
        except KeyboardInterrupt:
            self.file.write_text("saved")
            raise
