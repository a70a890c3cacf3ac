"""``gradus parser trace``: the table of a parse, transition by transition."""

from pathlib import Path
from typing import Annotated

import typer

from gradus.cli.console import print_json, print_table
from gradus.cli.lazy import examples
from gradus.cli.options import Json
from gradus.cli.parser.arguments import Model

#: Nodes of the stack and of the buffer that a row shows.
SHOWN = 5


@examples(
    'gradus parser trace model "She/PRON sees/VERB stars/NOUN"',
    "gradus parser trace model --file dev.conllu --sentence 3",
    'gradus parser trace model "They sleep" --json',
)
def trace(
    model: Model,
    text: Annotated[
        str | None,
        typer.Argument(metavar="[TEXT]", help="Words with blanks between; word/TAG gives tags."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Take a sentence of a CoNLL-U file.")
    ] = None,
    number: Annotated[
        int, typer.Option("--sentence", metavar="N", min=1, help="Which one of the file.")
    ] = 1,
    json: Json = False,
) -> None:
    """Show how MODEL parses one sentence: transition, stack, buffer, new arc, and its probability.

    A parser that was trained with tags wants them: without, write word/TAG.
    """
    from gradus.cli.sentences import one_sentence
    from gradus.tasks.parsing.parser import Parser
    from gradus.tasks.parsing.trace import trace_parse

    sentence = one_sentence(text, file, number)
    steps = trace_parse(Parser.load(model), sentence)
    if json:
        print_json([step.to_dict() for step in steps])
        return
    names = ["ROOT", *(word.form for word in sentence.words)]
    aside = any(step.aside for step in steps)
    print_table(
        ["", "transition", "stack", *(["aside"] if aside else []), "buffer", "new arc", "p", "or"],
        [
            [
                place,
                step.transition or "start",
                _nodes(step.stack, names, last=True),
                *([_nodes(step.aside, names)] if aside else []),
                _nodes(step.buffer, names),
                "" if step.arc is None else _arc(*step.arc, names),
                f"{step.probability:.3f}" if step.transition else "",
                ", ".join(f"{name} {share:.3f}" for name, share in step.others if share > 0.001),
            ]
            for place, step in enumerate(steps)
        ],
    )


def _nodes(nodes: tuple[int, ...], names: list[str], *, last: bool = False) -> str:
    shown = nodes[-SHOWN:] if last else nodes[:SHOWN]
    words = [names[node] for node in shown]
    if len(nodes) > SHOWN:
        words = ["…", *words] if last else [*words, "…"]
    return "[" + " ".join(words) + "]"


def _arc(head: int, label: str, dependent: int, names: list[str]) -> str:
    return f"{names[head]} -{label}-> {names[dependent]}"
