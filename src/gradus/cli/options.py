"""Options that commands of several nouns share, each written down once."""

from pathlib import Path
from typing import Annotated, Any

import typer


def option(text: str, *names: str, **more: Any) -> Any:
    """An option whose default is said in its text, or is nothing."""
    return typer.Option(*names, help=text, show_default=False, **more)


Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress.")]
ModelOut = Annotated[Path, typer.Option("-o", "--out", metavar="MODEL", help="Folder to write.")]

# of commands that train a network, where None leaves a setting to the preset
Epochs = Annotated[int | None, option("Times the examples are seen.")]
BatchSize = Annotated[int | None, option("Examples in one step.")]
Optimizer = Annotated[str | None, option("sgd, adagrad, adam, adamw and others.")]
Rate = Annotated[float | None, option("Learning rate.")]
Patience = Annotated[int | None, option("Looks at the dev set without a gain before stopping.")]
SettingsFile = Annotated[
    Path | None, option("TOML file, as in a model folder.", "--settings", metavar="FILE")
]
Assignments = Annotated[
    list[str] | None, option("Any other setting; may be repeated.", "--set", metavar="N=V")
]
Device = Annotated[str | None, option("cpu, cuda or auto.")]
Threads = Annotated[int | None, option("Threads (all cores).")]
Seed = Annotated[int | None, option("Seed of the run (1).")]
Sanity = Annotated[
    bool, option("First check that ten examples can be learnt by heart.", "--sanity")
]
Resume = Annotated[bool, option("Go on with an interrupted run.", "--resume")]
Force = Annotated[bool, option("Replace the model in MODEL.", "--force")]
