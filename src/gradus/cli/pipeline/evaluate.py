"""``gradus pipeline evaluate``: the scores of CoNLL 2018, from raw text or given words."""

from pathlib import Path
from typing import Annotated

import typer

from gradus.cli.console import print_json, print_table, remark, shown
from gradus.cli.lazy import examples
from gradus.cli.options import Json, Quiet, option
from gradus.core.errors import ExistsError, SettingsError


@examples(
    "gradus pipeline evaluate model dev.conllu",
    "gradus pipeline evaluate model dev.conllu --words --json",
    "gradus pipeline evaluate --predicted system.conllu dev.conllu",
    "gradus pipeline evaluate model dev.conllu --write system.conllu",
)
def evaluate(
    arguments: Annotated[
        list[str],
        typer.Argument(metavar="[MODEL] GOLD", help="A pipeline, and CoNLL-U that is right."),
    ],
    predicted: Annotated[
        str | None, option("Sentences of any system, in place of MODEL.", metavar="FILE")
    ] = None,
    words: Annotated[
        bool, typer.Option("--words", help="Begin with the words of GOLD, not with its text.")
    ] = False,
    write: Annotated[
        Path | None, option("Write the sentences of MODEL here.", metavar="FILE")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Score the sentences of MODEL against GOLD, from raw text on.

    The figures are those of the official evaluation of CoNLL 2018: words are aligned by the
    characters of the text; accuracy is on aligned words. The raw text is rebuilt from GOLD.
    """
    if len(arguments) != (1 if predicted else 2):
        raise SettingsError(
            f"{' '.join(arguments)}: give a pipeline and a file that is right, or only the file "
            "and --predicted"
        )
    if write and write.exists() and not force:
        raise ExistsError(f"{write} exists; choose another name, or overwrite it with --force")
    from gradus.pipeline.conll_scores import HEADER, PipelineReport
    from gradus.pipeline.models import load
    from gradus.text.conllu import read_conllu, write_conllu
    from gradus.text.spacing import raw_text

    gold = list(read_conllu(arguments[-1]))
    if predicted:
        system = list(read_conllu(predicted))
    else:
        pipeline = load(arguments[0])
        with shown(quiet=quiet) as progress:
            progress.start("annotating", total=None, unit="words")
            stream = pipeline.annotate(gold) if words else pipeline.stream([raw_text(gold)])
            system, done = [], 0
            for sentence in stream:
                done += len(sentence)
                progress.update(done)
                system.append(sentence)
            progress.finish()
    report = PipelineReport.of(gold, system)
    if write:
        write_conllu(system, write)
    if json:
        print_json(report.to_dict())
        return
    print_table(HEADER, report.rows())
    for note in report.notes:
        remark(note)
