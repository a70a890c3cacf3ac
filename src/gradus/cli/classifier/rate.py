"""``gradus classifier rate``: a learning rate to begin with."""

from pathlib import Path
from typing import Annotated

import typer

from gradus.cli.classifier.arguments import Format
from gradus.cli.console import print_json, shown
from gradus.cli.lazy import examples
from gradus.cli.options import Json, Quiet


@examples(
    "gradus classifier rate reviews.tsv --encoder cnn",
    "gradus classifier rate reviews.tsv --encoder 'gru(64)' -o rates.png",
    "gradus classifier rate reviews.tsv --settings model/settings.toml --set optimizer=momentum",
)
def rate(
    train: Annotated[
        list[str], typer.Argument(metavar="TRAIN...", help="Labelled texts, as for train.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="FILE", help="Draw the losses (.png or .svg)."),
    ] = None,
    format: Format = None,
    preset: Annotated[
        str | None,
        typer.Option(help="The settings to begin with (accurate).", show_default=False),
    ] = None,
    encoder: Annotated[
        str | None, typer.Option(help="An encoder, as for train.", show_default=False)
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="TOML file, as in a model folder.", show_default=False),
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="N=V",
            help="Any setting of train; may be repeated.",
            show_default=False,
        ),
    ] = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Suggest a learning rate for TRAIN by a range test; nothing is trained or saved.

    The rate grows from step to step until the loss breaks; what is suggested lies below that, and
    has been tried for 30 steps. Give the settings that you will train with.
    """
    from gradus.cli.classifier.settings import gather_settings
    from gradus.core.picture import picture_format
    from gradus.tasks.classification.training import find_classifier_rate

    if out:
        picture_format(out)
    config, training = gather_settings(
        preset=preset or "accurate",
        file=settings,
        options={"encoder": encoder},
        assignments=assignments,
    )
    with shown(quiet=quiet) as progress:
        found = find_classifier_rate(
            train, format=format, config=config, training=training, progress=progress
        )
    if out:
        found.draw(out)
    if json:
        print_json(found.to_dict())
    else:
        print(found)
