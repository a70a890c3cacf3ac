"""What must hold for the folder of every model, however it was damaged: it opens, or says why."""

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from damaged_files import damaged

from gradus.core.errors import FormatError
from gradus.core.storage import map_tensors, write_tensors

#: Values that hardly any entry of a config may have.
WRONG = [None, 0, -1, 1.5, "x", "", True, [], {}, [[]], [None], {"a": 1}, {"a": [1]}, 10**20]

#: The files of a model that reads words.
WORD_FILES = (
    *("vocabulary.txt", "affixes.txt", "vector-words.txt"),
    *("model.safetensors", "config.json"),
)


def change(folder: Path, **content: Any) -> None:
    """Put other entries into the config of a folder."""
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **content}))


@dataclass(frozen=True)
class Checks:
    """How a model is opened, and what shows that an opened one works."""

    load: Callable[[Path], Any]
    use: Callable[[Any], Any]

    def loads_or_says_why(self, folder: Path) -> None:
        """The folder opens and works, or an error names it."""
        try:
            model = self.load(folder)
        except FormatError as error:
            assert str(folder) in str(error)
            return
        self.use(model)  # what is loaded works

    def any_entry(self, folder: Path, *, values: int, deep: int = 3) -> None:
        """Every entry of the config is deleted, then has some wrong values."""
        text = (folder / "config.json").read_text()
        rng = random.Random(3)
        for path in list(_places(json.loads(text), deep)):
            for wrong in [WRONG, *rng.sample(WRONG, values)]:  # the list: the entry is deleted
                config = json.loads(text)
                inner = config
                for key in path[:-1]:
                    inner = inner[key]
                if wrong is WRONG:
                    del inner[path[-1]]
                else:
                    inner[path[-1]] = wrong
                (folder / "config.json").write_text(json.dumps(config))
                self.loads_or_says_why(folder)

    def any_file(self, folder: Path, name: str, *, times: int) -> None:
        """A file is missing, which is told by its name; then it is cut and changed."""
        whole = (folder / name).read_bytes()
        (folder / name).unlink()
        with pytest.raises(FormatError, match=f"{re.escape(str(folder))}.*{name}"):
            self.load(folder)
        (folder / name).write_bytes(whole)
        for _ in damaged(folder / name, times=times, width=3):
            self.loads_or_says_why(folder)

    def other_shapes(self, folder: Path, *, step: int) -> None:
        """Weights that are twice as long are refused by their name."""
        path = folder / "model.safetensors"
        tensors = {name: np.array(value) for name, value in map_tensors(path).items()}
        for name in list(tensors)[::step]:
            write_tensors(path, {**tensors, name: np.concatenate([tensors[name]] * 2)})
            with pytest.raises(FormatError, match=f"does not fit the settings.*{re.escape(name)}"):
                self.load(folder)


def _places(value: Any, deep: int, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value, from the outside in; of a list only the first few."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(min(len(value), deep)):
            yield (*path, key)
            yield from _places(value[key], deep, (*path, key))
