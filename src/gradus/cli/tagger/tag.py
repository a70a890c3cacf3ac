"""``gradus tagger tag``: sentences in, the same sentences with labels out, any amount of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.console import print_table, shown
from gradus.cli.lazy import examples
from gradus.cli.options import Quiet, option
from gradus.cli.streams import Write, counted, write_outputs
from gradus.cli.tagger.arguments import Model
from gradus.core.errors import SettingsError
from gradus.text.conllu import Writable

if TYPE_CHECKING:
    from gradus.core.progress import Progress
    from gradus.tasks.tagging.tagger import Tagger
    from gradus.text.column_layout import ColumnLayout
    from gradus.text.columns import TaggedSentence
    from gradus.text.document import Sentence

#: Names of formats, and how standard input is called in a folder of outputs.
FORMATS = {"conllu": "stdin.conllu", "columns": "stdin.iob2"}


@examples(
    "gradus tagger tag model raw.conllu > tagged.conllu",
    "gradus tagger tag model part1.conllu.xz part2.conllu.xz -o tagged",
    "gradus tagger tag names words.iob2 -o tagged.iob2",
    "zcat corpus.conllu.gz | gradus tagger tag model - | gzip > tagged.conllu.gz",
    'gradus tagger tag model --text "She moved to Oslo."',
)
def tag(
    model: Model,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE...]", help="CoNLL-U, or columns for entities; packed too; - is stdin."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="OUT", help="A file, or a folder for several FILEs."),
    ] = None,
    text: Annotated[
        list[str] | None, option("A sentence to tag and show; may be repeated.")
    ] = None,
    format: Annotated[
        str | None,
        option("conllu or columns; by default what the model and the name of FILE ask for."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Tag files again whose output exists.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Give every word of FILEs the labels that MODEL knows; all else comes through as it is.

    Comments, multiword tokens, empty nodes and other columns are kept. A model of entities alone
    reads words and tags in columns unless the name of FILE has .conllu, and writes its tags in the
    scheme of the file. Several files become as many in the folder OUT, whole or not at all; those
    that are there already are passed over.
    """
    if text and (files or out is not None):
        raise SettingsError("--text shows a sentence on the screen; leave FILE and --out away")
    if format is not None and format not in FORMATS:
        raise SettingsError(f"--format {format} is unknown: choose {' or '.join(FORMATS)}")
    from gradus.tasks.tagging.tagger import Tagger

    tagger = Tagger.load(model)
    if text:
        _show(tagger, text)
        return
    names = files or ["-"]
    chosen = _format(tagger, names, format)
    with shown(quiet=quiet or out is None) as progress:
        write = (_conllu if chosen == "conllu" else _columns)(tagger, progress)
        write_outputs(names, write, out, force=force, verb="tag", stdin=FORMATS[chosen])


def _format(tagger: "Tagger", names: Sequence[str], asked: str | None) -> str:
    from gradus.tasks.tagging.reading import is_conllu

    columns = tagger.config.columns
    if asked == "columns" and columns != ("entity",):
        raise SettingsError(
            f"columns hold one tag a word, but the model says {', '.join(columns)}; "
            "give CoNLL-U, or a model of entities alone"
        )
    found = {"conllu" if is_conllu(name, columns) else "columns" for name in names}
    if asked is None and len(found) > 1:
        raise SettingsError("some files are CoNLL-U and some are in columns; tag them apart")
    return asked or found.pop()


def _conllu(tagger: "Tagger", progress: "Progress") -> Write:
    from gradus.text.conllu import read_conllu, write_conllu

    def tagged(names: Sequence[str]) -> Iterator["Sentence"]:
        for name in names:
            yield from counted(tagger.stream(read_conllu(name)), f"tagging {name}", progress)

    def write(names: Sequence[str], target: Path | Writable) -> None:
        write_conllu(tagged(names), target)

    return write


def _columns(tagger: "Tagger", progress: "Progress") -> Write:
    from gradus.tasks.tagging.column_files import tag_columns
    from gradus.text.columns import TaggedCorpus, read_columns, write_columns

    def tagged(
        corpora: Iterator[tuple[str, TaggedCorpus]], layout: "ColumnLayout"
    ) -> Iterator["TaggedSentence"]:
        for name, corpus in corpora:
            if corpus.layout != layout:
                raise SettingsError(
                    f"{name} has other columns than the file before it; name a folder with --out"
                )
            yield from counted(tag_columns(tagger, corpus), f"tagging {name}", progress)

    def write(names: Sequence[str], target: Path | Writable) -> None:
        first = read_columns(names[0])
        rest = ((name, read_columns(name)) for name in names[1:])
        corpora = (pair for part in ([(names[0], first)], rest) for pair in part)
        write_columns(tagged(corpora, first.layout), target, first.layout)

    return write


def _show(tagger: "Tagger", texts: Sequence[str]) -> None:
    from gradus.cli.sentences import typed_sentence
    from gradus.tasks.tagging.columns import COLUMNS

    columns = tagger.config.columns
    for place, sentence in enumerate(tagger.tag([typed_sentence(text) for text in texts])):
        if place:
            print()
        shown = [COLUMNS[name].shown(sentence) for name in columns]
        forms = [word.form for word in sentence.words]
        print_table(["word", *columns], zip(forms, *shown, strict=True))
