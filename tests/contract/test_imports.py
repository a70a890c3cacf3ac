"""Promises about what is imported when, and about what ships."""

import importlib.resources
import json
import subprocess
import sys

import pytest
from package import ROOT

HEAVY = {"torch", "numba", "pydantic", "matplotlib", "sklearn", "scipy", "gensim"}


def imported_by(statement: str) -> set[str]:
    """Top-level modules in memory after ``statement`` ran in a fresh interpreter."""
    script = (
        "import contextlib, io, json, sys\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    {statement}\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    "statement",
    [
        "import gradus",
        "import gradus.vectors",
        "import gradus.nn",
        "import gradus.training",
        "import gradus.gradients",
        "import gradus.tasks.classification",
        "import gradus.tasks.parsing",
        "from gradus.cli.app import main; assert main(['--help']) == 0",
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(statement):
    assert not imported_by(statement) & HEAVY


def test_the_package_itself_costs_nothing():
    assert not imported_by("import gradus") & {"numpy", "jaxtyping", "rich", "typer"}


def test_asking_vectors_compiles_nothing():
    statement = "from gradus.vectors.table import WordVectors"
    assert not imported_by(statement) & (HEAVY - {"pydantic"})


@pytest.mark.parametrize("floor", ["text", "vectors", "gradients", "core"])
def test_lower_floors_never_name_torch(floor):
    for path in (ROOT / "src" / "gradus" / floor).rglob("*.py"):
        assert "import torch" not in path.read_text(), path


def test_the_type_marker_ships():
    assert (importlib.resources.files("gradus") / "py.typed").is_file()


def test_no_pickle_and_no_eval():
    for path in (ROOT / "src").rglob("*.py"):
        source = path.read_text()
        for name in ("import pickle", "pickle.load", " eval(", " exec(", "allow_pickle=True"):
            assert name not in source, path
