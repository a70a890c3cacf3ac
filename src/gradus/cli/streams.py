"""Files in, files out: to standard output, to one file, or to one for each in a folder."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from gradus.cli.console import remark
from gradus.core.errors import ExistsError, SettingsError
from gradus.text.conllu import Writable

if TYPE_CHECKING:
    from gradus.core.progress import Progress

S = TypeVar("S", bound=Sized)

#: Writes what becomes of the named files, one after the other, to a file or a stream.
Write = Callable[[Sequence[str], Path | Writable], None]

#: Endings of packed files, which an output is not.
PACKED = (".gz", ".bz2", ".xz", ".zst")


def write_outputs(
    names: Sequence[str],
    write: Write,
    out: Path | None,
    *,
    force: bool,
    verb: str,
    stdin: str = "stdin.conllu",
    ending: str | None = None,
) -> None:
    """Let ``write`` make one output of all files, or one of each if there are several.

    In a folder those that are there already are passed over. ``verb`` is what messages call the
    work, ``stdin`` is the name of what comes from standard input, and ``ending`` takes the place of
    that of each file.

    Raises:
        ExistsError: the file ``out`` exists and ``force`` is false.
        SettingsError: two outputs would have one name.
    """
    if out is not None and (len(names) > 1 or out.is_dir()):
        pairs = [(name, out / output_name(name, stdin, ending)) for name in names]
        _to_folder(pairs, write, force=force, verb=verb)
        return
    if out is not None and out.exists() and not force:
        raise ExistsError(f"{out} exists; choose another name, or overwrite it with --force")
    write(names, sys.stdout if out is None else out)


def _to_folder(pairs: Sequence[tuple[str, Path]], write: Write, *, force: bool, verb: str) -> None:
    taken: dict[Path, str] = {}
    for name, target in pairs:
        if target in taken:
            raise SettingsError(
                f"{taken[target]} and {name} would have one name, {target}; {verb} them apart"
            )
        taken[target] = name
    for name, target in pairs:
        if target.exists() and not force:
            remark(f"{target} is there already; --force {verb}s {name} again")
        else:
            write([name], target)


def output_name(name: str, stdin: str = "stdin.conllu", ending: str | None = None) -> str:
    """The name of an output: that of the input, without the ending of a packed file.

    >>> output_name("corpora/part1.conllu.xz"), output_name("-")
    ('part1.conllu', 'stdin.conllu')
    >>> output_name("part1.txt.xz", ending=".jsonl")
    'part1.jsonl'
    """
    path = Path(stdin if name == "-" else name)
    own = path.stem if path.suffix in PACKED else path.name
    return own if ending is None else Path(own).with_suffix(ending).name


def counted(sentences: Iterable[S], stage: str, progress: "Progress") -> Iterator[S]:
    """The sentences, with a count of their words on the way."""
    words = 0
    progress.start(stage, total=None, unit="words")
    for sentence in sentences:
        words += len(sentence)
        progress.update(words)
        yield sentence
    progress.finish()
