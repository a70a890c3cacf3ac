"""Arguments that the commands on encoder–decoders share."""

from pathlib import Path
from typing import Annotated

import typer

Model = Annotated[
    Path, typer.Argument(metavar="MODEL", help="A folder that `gradus seq2seq train` wrote.")
]
LengthPower = Annotated[
    float,
    typer.Option(
        metavar="P", help="Rank by log-probability over length^P: 0 is the sum, 1 the mean."
    ),
]
MaxLength = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="End an output after N symbols (twice the longest target of training).",
        show_default=False,
    ),
]
