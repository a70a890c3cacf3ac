"""``gradus tokenizer tokenize``: raw text in, sentences out, any amount of it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.console import shown
from gradus.cli.lazy import examples
from gradus.cli.options import Quiet, option
from gradus.cli.tokenizer.chosen import chosen_tokenizer
from gradus.core.errors import DataError, ExistsError, SettingsError

if TYPE_CHECKING:
    from gradus.core.progress import Progress
    from gradus.tasks.tagging.tokenization.splitter import Splitter
    from gradus.text.document import Sentence

FORMATS = ("conllu", "lines")


@examples(
    "gradus tokenizer tokenize --model model text.txt > text.conllu",
    "gradus tokenizer tokenize text.txt --format lines",
    "zcat corpus.txt.gz | gradus tokenizer tokenize --model model - -o corpus.conllu.gz",
    "gradus tokenizer tokenize --model model a.txt b.txt -o both.conllu",
)
def tokenize(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE...]", help="Texts, plain or packed; - is stdin."),
    ] = None,
    model: Annotated[
        Path | None,
        option("A folder that `gradus tokenizer train` wrote; without it, rules."),
    ] = None,
    out: Annotated[
        Path | None, option("A file to write; by default stdout.", "-o", "--out", metavar="OUT")
    ] = None,
    format: Annotated[
        str, option("conllu (default), or lines: a sentence a line, a space between tokens.")
    ] = "conllu",
    contractions: Annotated[
        bool, typer.Option("--contractions", help="Let the rules part don't as do and n't.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it exists.")] = False,
    quiet: Quiet = False,
) -> None:
    """Cut texts into sentences, tokens and the words of multiword tokens.

    In CoNLL-U the white space stands in MISC, so that the text can be had again, byte for byte. An
    empty line ends a sentence. Several FILEs become documents, each with its name.
    """
    if format not in FORMATS:
        raise SettingsError(f"--format {format} is unknown: choose {' or '.join(FORMATS)}")
    if out is not None and out.exists() and not force:
        raise ExistsError(f"{out} exists; choose another name, or overwrite it with --force")
    names = files or ["-"]
    tokenizer = chosen_tokenizer(model, contractions=contractions)
    with shown(quiet=quiet or out is None) as progress:
        sentences = (
            sentence
            for name in names
            for sentence in document(tokenizer, name, progress, alone=len(names) == 1)
        )
        if format == "conllu":
            from gradus.text.conllu import write_conllu

            write_conllu(sentences, sys.stdout if out is None else out)
        elif out is None:
            sys.stdout.writelines(lines(sentences))
        else:
            from gradus.text.packing import writing

            with writing(out) as file:
                for line in lines(sentences):
                    file.write(line.encode())


def document(
    tokenizer: "Splitter", name: str, progress: "Progress", *, alone: bool
) -> Iterator["Sentence"]:
    """The sentences of a file; beside others, they say which file they are of.

    Raises:
        DataError: the file cannot be read, is not UTF-8, or has nothing but white space.
    """
    from gradus.text.raw_blocks import raw_blocks

    words = 0
    progress.start(f"tokenizing {name}", total=None, unit="words")
    for number, sentence in enumerate(tokenizer.stream(raw_blocks(name)), start=1):
        if not alone:
            told = [line for line in sentence.comments if not line.startswith("# sent_id")]
            begin = [f"# newdoc id = {name}"] if number == 1 else []
            sentence.comments = [*begin, f"# sent_id = {Path(name).stem}-{number}", *told]
        words += len(sentence)
        progress.update(words)
        yield sentence
    progress.finish()
    if not words:
        raise DataError(f"{name} holds nothing but white space; name a text with words")


def lines(sentences: Iterator["Sentence"]) -> Iterator[str]:
    """A line a sentence with its tokens, and an empty one between paragraphs."""
    from gradus.text.document import surface_tokens

    for sentence in sentences:
        if "# newpar" in sentence.comments:
            yield "\n"
        yield " ".join(token.form for token in surface_tokens(sentence)) + "\n"
