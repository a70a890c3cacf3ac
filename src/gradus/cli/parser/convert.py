"""``gradus parser convert``: constituency trees to dependency trees."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.console import remark
from gradus.cli.lazy import examples
from gradus.core.errors import DataError, ExistsError

if TYPE_CHECKING:
    from gradus.tasks.parsing.constituency import Constituent
    from gradus.tasks.parsing.head_rules import HeadRules
    from gradus.text.document import Sentence


@examples(
    "gradus parser convert trees.mrg -o trees.conllu",
    "gradus parser convert trees.mrg --show",
    "echo '(S (NP (NNS cats)) (VP (VBP sleep)))' | gradus parser convert - --rules heads.txt",
)
def convert(
    trees: Annotated[
        str,
        typer.Argument(metavar="TREES", help="Trees in brackets, packed or not; - is stdin."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="FILE", help="Write CoNLL-U here, not on standard output."
        ),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Head rules, a category a line: NP right NN|NNS; left NP. (English)",
            show_default=False,
        ),
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Draw every tree in both views.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
) -> None:
    """Turn constituency TREES, in the brackets of the Penn Treebank, into CoNLL-U.

    Head rules choose the word that leads each constituent; the others hang on it. With --show the
    trees are drawn, and CoNLL-U is written only to a file given with -o.
    """
    from gradus.tasks.parsing.head_rules import ENGLISH, read_head_rules
    from gradus.text.conllu import write_conllu

    if out and out.exists() and not force:
        raise ExistsError(f"{out} exists; choose another name, or overwrite it with --force")
    chosen = read_head_rules(rules) if rules else ENGLISH
    sentences = _sentences(trees, chosen, show)
    if out:
        counted = list(sentences)
        write_conllu(counted, out)
        remark(f"wrote {len(counted):,} trees to {out}")
    elif show:
        for _ in sentences:  # drawn on the way
            pass
    else:
        write_conllu(sentences, sys.stdout)


def _sentences(source: str, rules: "HeadRules", show: bool) -> "Iterator[Sentence]":
    from gradus.tasks.parsing.brackets import read_constituents
    from gradus.tasks.parsing.from_constituents import to_dependencies
    from gradus.text.whole_text import source_name

    number, name = 0, source_name(source)
    for number, tree in enumerate(read_constituents(source), start=1):
        try:
            sentence = to_dependencies(tree, rules)
        except DataError as error:
            raise DataError(f"tree {number} of {name}: {error}") from None
        if show:
            _draw(tree, sentence)
        yield sentence
    if not number:
        raise DataError(f"{name} holds no tree; write trees as (S (NN cats) (VB sleep))")


def _draw(tree: "Constituent", sentence: "Sentence") -> None:
    from gradus.tasks.parsing.constituency import draw_constituents
    from gradus.text.arcs import draw_terminal

    print(draw_constituents(tree), draw_terminal(sentence), sep="\n\n", end="\n\n")
