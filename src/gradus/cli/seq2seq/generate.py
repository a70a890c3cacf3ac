"""``gradus seq2seq generate``: targets for texts of a file, of standard input, or as given."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.console import print_json, remark
from gradus.cli.lazy import examples
from gradus.cli.options import Json
from gradus.cli.seq2seq.arguments import LengthPower, MaxLength, Model
from gradus.core.errors import SettingsError

if TYPE_CHECKING:
    from gradus.tasks.lm.conditional.seq2seq import Output, Seq2Seq

#: Unknown symbols that a remark names.
NAMED = 5


@examples(
    'gradus seq2seq generate model "5th of March 2021" "31.12.1999"',
    "gradus seq2seq generate model --file sources.txt > outputs.txt",
    'gradus seq2seq generate model "5th of March 2021" -n 3 --beam 10',
    'gradus seq2seq generate model "5th of March 2021" --attention',
    "cat sources.txt | gradus seq2seq generate model --file - --json",
)
def generate(
    model: Model,
    texts: Annotated[
        list[str] | None, typer.Argument(metavar="[TEXT...]", help="Sources to write for.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="One source a line; - is standard input.")
    ] = None,
    best: Annotated[
        int,
        typer.Option(
            "-n", metavar="N", min=1, help="Show the N best outputs with log-probabilities."
        ),
    ] = 1,
    beam: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Follow N outputs side by side; 1 is greedy (N of -n).",
            show_default=False,
        ),
    ] = None,
    length_power: LengthPower = 0.0,
    max_length: MaxLength = None,
    attention: Annotated[
        bool, typer.Option("--attention", help="Show where each symbol looked, in per cent.")
    ] = False,
    json: Json = False,
) -> None:
    """Write the target of every TEXT, or of every line of a file: one output a line.

    With -n the N best of each text follow each other, each with its log-probability in nats.
    """
    if bool(texts) == (file is not None):
        raise SettingsError("give texts, or a file of them with --file (- is stdin)")
    from gradus.tasks.lm.conditional.pairs import read_texts
    from gradus.tasks.lm.conditional.seq2seq import Seq2Seq
    from gradus.tasks.lm.conditional.settings import SearchConfig

    search = SearchConfig(
        beam=beam or best, n=best, length_power=length_power, max_length=max_length
    )
    opened = Seq2Seq.load(model)
    sources = texts if file is None else read_texts(str(file))
    assert sources is not None
    outputs = opened.generate(sources, search)
    _say_unknown(opened, sources)
    for source, found in zip(sources, outputs, strict=True):
        if json:
            print_json(_record(opened, source, found, attention=attention))
        else:
            _print_outputs(opened, source, found, scores=best > 1, attention=attention)


def _record(
    model: "Seq2Seq", source: str, found: list["Output"], *, attention: bool
) -> dict[str, object]:
    outputs = [
        output._asdict()
        | ({"alignment": model.align(source, output.text).to_dict()} if attention else {})
        for output in found
    ]
    return {"text": source, "outputs": outputs}


def _print_outputs(
    model: "Seq2Seq", source: str, found: list["Output"], *, scores: bool, attention: bool
) -> None:
    for output in found:
        print(f"{output.text}\t{output.log_probability:.4f}" if scores else output.text)
        if attention:
            print(model.align(source, output.text), end="\n\n")


def _say_unknown(model: "Seq2Seq", texts: list[str]) -> None:
    unknown = sorted({symbol for text in texts for symbol in model.source.unknown(text)})
    if unknown:
        more = f" and {len(unknown) - NAMED} more" if len(unknown) > NAMED else ""
        remark(
            f"unknown to the model, so it had to guess: {', '.join(map(repr, unknown[:NAMED]))}"
            f"{more}"
        )
