"""``gradus demo``: what Gradus does, shown on text that is already on this machine.

Each capability adds a scene: a module in ``gradus.cli.scenes`` and a line in :data:`SCENES`.
"""

import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from gradus.cli.console import print_json, shown
from gradus.cli.lazy import examples
from gradus.cli.stage import Stage
from gradus.core.errors import ExistsError
from gradus.core.storage import read_json, write_json

#: Scenes in the order of the show: name, and the function that plays it.
SCENES = {
    "annotate": "gradus.cli.scenes.annotate:play",
    "vectors": "gradus.cli.scenes.vectors:play",
    "classifier": "gradus.cli.scenes.classifier:play",
    "parser": "gradus.cli.scenes.parser:play",
    "lm": "gradus.cli.scenes.lm:play",
    "gradients": "gradus.cli.scenes.gradients:play",
}

#: What the scenes found; its presence marks a folder that a later demo may write over.
RESULTS = "demo.json"


@examples(
    "gradus demo",
    "gradus demo --folder /tmp/demo --seed 7",
    "gradus demo --quiet --json",
)
def demo(
    folder: Annotated[Path, typer.Option(help="Where everything is saved.")] = Path("demo"),
    seed: Annotated[int, typer.Option(min=0, help="Where all randomness starts.")] = 1,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the results as JSON instead of prose.")
    ] = False,
) -> None:
    """Collect English text from this machine, train on it and show what was learned.

    Works offline, on Python's own documentation and that of the installed packages, and takes about
    two minutes on two cores. Run it again and it replaces its earlier results.
    """
    check_folder(folder)
    results: dict[str, Any] = {"format": "gradus demo", "seed": seed}
    began = time.monotonic()
    with shown(quiet=quiet) as progress:
        stage = Stage(folder, seed, progress, speaks=not as_json)
        for name, target in SCENES.items():
            results[name] = scene(target)(stage)
            write_json(folder / RESULTS, results)
    if as_json:
        print_json(results)
    else:
        print(f"\nDone in {time.monotonic() - began:.0f} seconds. Everything is in {folder}.")


def check_folder(folder: Path) -> None:
    """Raise :class:`ExistsError` unless ``folder`` is new, empty or left by an earlier demo."""
    if folder.is_file():
        raise ExistsError(f"{folder} is a file; name a folder with --folder")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    path = folder / RESULTS
    results = read_json(path) if path.is_file() else None
    if not isinstance(results, dict) or results.get("format") != "gradus demo":
        raise ExistsError(
            f"{folder} holds files that no demo wrote; name another folder with --folder"
        )


def scene(target: str) -> Callable[[Stage], dict[str, Any]]:
    """Import the function that plays a scene."""
    module, _, name = target.partition(":")
    play: Callable[[Stage], dict[str, Any]] = getattr(import_module(module), name)
    return play
