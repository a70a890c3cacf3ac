"""Generated modules in tests: run, given their arguments, and looked at as texts."""

import ast
import inspect
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gradus.gradients.expressions.model import Model
from gradus.gradients.expressions.points import Point


def compiled(text: str) -> dict[str, Any]:
    """What a module defines."""
    module: dict[str, Any] = {}
    exec(compile(text, "generated", "exec"), module)
    return module


def as_tensor(array: Any) -> torch.Tensor:
    """A copy of an array as a tensor."""
    return torch.from_numpy(np.array(array))


def as_array(value: Any) -> np.ndarray:
    """A tensor, an array or a number as an array."""
    return value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)


def arguments(
    model: Model, point: Point, function: Any, library: str, dtype: Any = np.float64
) -> list[Any]:
    """The inputs in order, and lengths that the function asks for."""
    found: list[Any] = []
    for name, value in point.values.items():
        array = np.asarray(value)
        if array.dtype.kind == "f":
            array = array.astype(dtype)
        if array.ndim:
            found.append(as_tensor(array) if library == "torch" else array)
        else:
            found.append(int(array) if model.kind(name) == "index" else float(array))
    return [*found, *lengths(function, len(found), point)]


def lengths(function: Any, given: int, point: Point) -> list[int]:
    """The lengths that a function asks for after the inputs."""
    more = list(inspect.signature(function).parameters)[given:]
    return [point.sizes[name.rstrip("_")] for name in more]


def names_without_use(text: str) -> list[str]:
    """Names that a function assigns and nothing reads; ``_`` says that it is not needed."""
    found: list[str] = []
    for function in ast.walk(ast.parse(text)):
        if isinstance(function, ast.FunctionDef):
            names = [one for one in ast.walk(function) if isinstance(one, ast.Name)]
            written = {one.id for one in names if isinstance(one.ctx, ast.Store)}
            read = {one.id for one in names if isinstance(one.ctx, ast.Load)}
            found += sorted(written - read - {"_"})
    return found


def assert_clean(texts: Mapping[str, str], folder: Path) -> None:
    """Every text is as ruff formats it, and ruff finds nothing in it."""
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    for command in (
        ["format", "--isolated", "--line-length=100", "--diff"],
        ["check", "--isolated", "--line-length=100", "--select=F,W,I,B,C4,PIE"],
    ):
        ruff = [sys.executable, "-m", "ruff", *command, str(folder)]
        done = subprocess.run(ruff, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
