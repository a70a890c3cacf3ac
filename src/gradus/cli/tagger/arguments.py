"""Arguments that the commands on taggers share."""

from pathlib import Path
from typing import Annotated

import typer

Model = Annotated[
    Path, typer.Argument(metavar="MODEL", help="A folder that `gradus tagger train` wrote.")
]
