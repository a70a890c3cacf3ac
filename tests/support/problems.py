"""Gradient problems with verified answers: read from beside the data, and valued by NumPy alone."""

import ast
import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from gradus.gradients.deriving.derivation import Derivation
from gradus.gradients.expressions.model import Model
from gradus.gradients.expressions.nodes import below
from gradus.gradients.expressions.points import sample
from gradus.gradients.reading.models import read_model
from gradus.gradients.writing.notation import notation


def _last_axis_softmax(x: Any) -> Any:
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


class Transposable(np.ndarray):
    """An array whose ``transpose`` of two axes swaps them, as the answers write it."""

    def transpose(self, *axes: int) -> Any:
        return np.swapaxes(self, *axes) if len(axes) == 2 < self.ndim else super().transpose(*axes)


#: What the answers are written in, each by NumPy.
NOTATION: dict[str, Any] = {
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sign": np.sign,
    "softmax": _last_axis_softmax,
    "CE": lambda p, y: -(y * np.log(p)).sum(),
    "sum": lambda x, axis=None, keepdims=False: np.sum(x, axis=axis, keepdims=keepdims),
    "mean": lambda x, axis=None, keepdims=False: np.mean(x, axis=axis, keepdims=keepdims),
    "amax": lambda x, axis=None, keepdims=False: np.amax(x, axis=axis, keepdims=keepdims),
    "maximum": np.maximum,
    "where": np.where,
    "ind": lambda condition: np.asarray(condition, dtype=float),
    "outer": np.outer,
    "diag": np.diag,
    "tr": np.trace,
    "det": np.linalg.det,
    "logdet": lambda x: np.linalg.slogdet(x)[1],
    "inv": np.linalg.inv,
    "norm": lambda x: np.sqrt((x * x).sum()),
    "concat": lambda parts, axis=0: np.concatenate(parts, axis=axis),
    "onehot": lambda places, size: np.eye(size)[places],
    "eye": np.eye,
    "ones": lambda *shape: np.ones(shape),
    "zeros": lambda *shape: np.zeros(shape),
    "einsum": np.einsum,
    "Phi": np.vectorize(lambda x: 0.5 * (1 + math.erf(x / math.sqrt(2)))),
    "phi": lambda x: np.exp(-x * x / 2) / math.sqrt(2 * math.pi),
    "range": range,
    "causal_bias": lambda size: np.triu(np.full((size, size), -1e9), 1),
}


@dataclass(frozen=True)
class Problem:
    """A model, what is asked, and the given answers."""

    record: dict[str, Any]

    @property
    def id(self) -> str:
        return self.record["id"]

    @property
    def kind(self) -> str:
        return self.record.get("type", "gradient")

    @property
    def wrt(self) -> list[str]:
        return [str(name) for name in self.record["wrt"]]

    @property
    def given(self) -> str:
        """The teacher's error signals, as lines."""
        return self.record.get("deltas") or ""

    @property
    def answers(self) -> dict[str, str]:
        return {name: str(text) for name, text in self.record["grads"].items()}

    @cached_property
    def sizes(self) -> dict[str, int]:
        sizes = dict(self.record.get("dims") or {})
        for name, spec in self.record["inputs"].items():
            if "values" in spec:
                sizes.setdefault(self._length_of(name, spec), len(spec["values"]))
        return sizes

    def _length_of(self, name: str, spec: dict[str, Any]) -> str:
        """The symbol for a list of places: a length of that size which no other input has."""
        inputs = self.record["inputs"].values()
        used = {word for one in inputs for part in one.get("shape", []) for word in _words(part)}
        dims = self.record.get("dims") or {}
        fits = [n for n, size in dims.items() if size == len(spec["values"]) and n not in used]
        return fits[0] if fits else f"n_{name}"

    def model(self, field: str = "model") -> Model:
        """The model, from its plain text or (``expression``) as on paper."""
        shapes: dict[str, Any] = {}
        kinds: dict[str, str] = {}
        for name, spec in self.record["inputs"].items():
            if "values" in spec:
                shapes[name], kinds[name] = [self._length_of(name, spec)], "index"
            elif "value" in spec and spec.get("kind") != "index":
                shapes[name], kinds[name] = [], "constant"
            else:
                shapes[name] = [str(part) for part in spec["shape"]]
                kinds[name] = spec.get("kind", "normal")
        return read_model(
            self.record[field],
            shapes,
            kinds,
            symbols=list(self.record.get("dims") or {}),
            output=self.record.get("output", "J"),
        )

    def values(self, seed: int) -> dict[str, Any]:
        """A value for every input."""
        rng = np.random.default_rng(seed)
        found: dict[str, Any] = {}
        for name, spec in self.record["inputs"].items():
            if "values" in spec:
                found[name] = np.array(spec["values"])
            elif "value" in spec:
                found[name] = np.asarray(spec["value"])
            else:
                shape = tuple(eval(str(part), {}, dict(self.sizes)) for part in spec["shape"])
                bound = self.sizes.get(str(spec.get("range")), 1)
                found[name] = sample(spec.get("kind", "normal"), shape, rng, bound)
        return found

    def answer(self, name: str, values: dict[str, Any]) -> Any:
        """The value of the given answer, by NumPy."""
        scope = {**NOTATION, **self.sizes}
        for key, value in values.items():
            whole = np.asarray(value).dtype.kind in "iu"
            scope[key] = value if whole else np.asarray(value).view(Transposable)
        exec(f"{self.record['model']}\n{self.given}", {"__builtins__": {}}, scope)
        return np.asarray(eval(self.answers[name], {"__builtins__": {}}, scope))

    def length(self, name: str) -> int:
        """Operations in the given answer, with the error signals that it needs."""
        lines = dict(line.split(" = ", 1) for line in self.given.splitlines() if " = " in line)
        todo, seen, count = [self.answers[name]], set(), 0
        while todo:
            text = todo.pop()
            count += text_operations(text)
            for word in _names(text):
                if word in lines and word not in seen:
                    seen.add(word)
                    todo.append(lines[word])
        return count


def _words(part: Any) -> list[str]:
    return [word.strip() for word in str(part).split("+")]


def _names(text: str) -> set[str]:
    return {
        node.id for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Name)
    }


def text_operations(text: str) -> int:
    """Signs, calls, transposes and indices in an expression of the notation."""
    count = 0
    for node in ast.walk(ast.parse(text, mode="eval")):
        sign = isinstance(node, ast.UnaryOp) and not isinstance(node.operand, ast.Constant)
        transpose = isinstance(node, ast.Attribute) and node.attr == "T"
        other = isinstance(node, ast.BinOp | ast.Compare | ast.Subscript | ast.Call)
        count += sign or transpose or other
    return count


def derived_length(derivation: Derivation, problem: Problem, name: str) -> int:
    """Operations in an answer, with all signals and names that the model did not have itself."""
    own = set(problem.model().names)
    todo, seen, count = [derivation.answers[name]], set(), 0
    while todo:
        node = todo.pop()
        count += text_operations(notation(node))
        for part in below([node], through_names=False):
            if part in seen:
                continue
            if part in derivation.signals:
                seen.add(part)
                todo.append(derivation.signals[part])
            elif part.op == "name" and part.data not in own:
                seen.add(part)
                todo.append(part.args[0])
    return count


def load_problems(path: Path) -> list[Problem]:
    """All problems of a file."""
    records = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [Problem(record) for record in records]


def load_mistakes(folder: Path) -> list[dict[str, str]]:
    """Wrong answers to some problems, with the reason."""
    found: list[dict[str, str]] = yaml.safe_load((folder / "gradient-mistakes.yaml").read_text())
    return found


def load_negatives(folder: Path) -> list[dict[str, Any]]:
    """Requests that have no answer, with the message that is due."""
    found: list[dict[str, Any]] = yaml.safe_load((folder / "gradient-negatives.yaml").read_text())
    return found
