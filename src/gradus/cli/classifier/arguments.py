"""Arguments that the commands on classifiers share."""

from pathlib import Path
from typing import Annotated

import typer

Model = Annotated[
    Path, typer.Argument(metavar="MODEL", help="A folder that `gradus classifier train` wrote.")
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="tsv|jsonl|csv|fasttext|text",
        help="Format of the texts; by default the ending of the file says.",
        show_default=False,
    ),
]
