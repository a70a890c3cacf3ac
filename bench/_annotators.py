"""Annotators of raw text that run against one another: each round has a text of its own.

No text comes twice, so that nobody can remember it: Gradus keeps what it has computed for words.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import _spacy_peer
import _udpipe
from _parsers import one_core, treebank

from gradus.pipeline.annotating import Annotator
from gradus.pipeline.formats import formatted
from gradus.text.sources import source_blocks

T, S = TypeVar("T"), TypeVar("S")

#: Sentences of dev that spaCy's training looks at.
LOOK = 200

#: Words that warm everybody up: enough that every process of several has a share.
WARM = 30_000


@dataclass(frozen=True)
class Contestant:
    """Makes CoNLL-U of raw text."""

    name: str
    annotate: Callable[[str], str]
    cores: int = 1


@dataclass(frozen=True)
class Timing:
    """What a contestant took for a text."""

    seconds: float
    cpu: float | None  # seconds that the processor worked for it; None if in other processes
    words: int  # that it found


def texts_of(corpus: Path, words: int, count: int) -> list[str]:
    """A text to warm up with, and ``count`` more that follow it, each of about ``words`` words.

    Words are what blanks part. Texts end with a line, which is a paragraph.
    """
    found, lines, seen = [], [], 0
    for line in _lines(corpus):
        lines.append(line)
        seen += len(line.split())
        if seen >= (words if found else min(words, WARM)):
            found.append("".join(lines))
            lines, seen = [], 0
        if len(found) > count:
            return found
    raise SystemExit(f"{corpus} has too few words for {count} texts of {words:,}")


def _lines(corpus: Path) -> Iterator[str]:
    rest = b""
    for block in source_blocks(corpus):
        *whole, rest = (rest + block).split(b"\n")
        yield from (f"{line.decode()}\n" for line in whole)


def peers(folder: Path, sentences: int) -> list[Contestant]:
    """spaCy, and UDPipe with its beam and without, with models kept in ``folder``."""
    nlp = spacy_peer(folder, sentences)
    model = udpipe_peer(folder, sentences)
    return [
        Contestant("spaCy", lambda text: _spacy_peer.annotate(nlp, text)),
        *(
            Contestant(
                f"UDPipe, {name.partition(',')[0]}",
                lambda text, mode=mode: _udpipe.annotate(model, text, mode),
            )
            for name, mode in _udpipe.MODES.items()
        ),
    ]


def spacy_peer(folder: Path, sentences: int) -> object:
    """The pipeline of spaCy of this many sentences; trained now if ``folder`` has none."""

    def part(name: str) -> list:
        return treebank("en", name, sentences if name == "train" else LOOK)

    return _spacy_peer.model(part, spacy_folder(folder, sentences))


def spacy_folder(folder: Path, sentences: int) -> Path:
    """Where spaCy's pipeline lies."""
    return folder / f"spacy-en-{sentences}"


def udpipe_peer(folder: Path, sentences: int) -> object:
    """UDPipe's model of this many sentences; trained now if ``folder`` has none."""
    return _udpipe.whole_model(
        lambda: treebank("en", "train", sentences), udpipe_file(folder, sentences)
    )


def udpipe_file(folder: Path, sentences: int) -> Path:
    """Where UDPipe's model lies."""
    return folder / f"en-{sentences}.udpipe"


@contextlib.contextmanager
def ours(
    models: Sequence[Path], jobs: Sequence[int], without: Sequence[str]
) -> Iterator[list[Contestant]]:
    """Gradus with each model and each number of processes, as long as the block lasts."""
    with contextlib.ExitStack() as stack:
        found = []
        for model in models:
            for count in jobs:
                annotator = stack.enter_context(Annotator(model, jobs=count, without=without))
                found.append(
                    Contestant(
                        gradus_name(model, count),
                        lambda text, annotator=annotator: "".join(
                            formatted(annotator.texts([text]))
                        ),
                        count,
                    )
                )
        yield found


def gradus_name(model: Path, jobs: int) -> str:
    """How a table calls Gradus with a model and a number of processes."""
    return f"Gradus {model.name}, {jobs} {'process' if jobs == 1 else 'processes'}"


def race(contestants: Sequence[Contestant], texts: Sequence[str]) -> dict[str, list[Timing]]:
    """What each contestant took for each text but the first, which only warms it up."""
    taken: dict[str, list[Timing]] = {contestant.name: [] for contestant in contestants}
    for number, text in enumerate(texts):
        for contestant in contestants:
            found = timed(contestant, text)
            if number:
                taken[contestant.name].append(found)
                print(f"{contestant.name}: {found.words / found.seconds:,.0f} words/s", flush=True)
    return taken


def timed(contestant: Contestant, text: str) -> Timing:
    """What a contestant takes for a text; one that uses one core is held on one."""
    with one_core() if contestant.cores == 1 else nullcontext():
        began, used = time.perf_counter(), time.process_time()
        done = contestant.annotate(text)
        seconds, cpu = time.perf_counter() - began, time.process_time() - used
    return Timing(seconds, cpu if contestant.cores == 1 else None, words_of(done))


def words_of(conllu: str) -> int:
    """How many words a file in CoNLL-U has."""
    firsts = (line.partition("\t")[0] for line in conllu.split("\n"))
    return sum(first.isdigit() for first in firsts)


def load() -> str:
    """How busy the machine is."""
    return ", ".join(f"{value:.1f}" for value in os.getloadavg()) + " (1, 5, 15 minutes)"


def scaled(taken: Mapping[str, Sequence[Timing]], judge: str) -> dict[str, list[float]]:
    """Words a second of every contestant and round, words being those that ``judge`` found."""
    return {
        name: [right.words / one.seconds for one, right in last_ones(timings, taken[judge])]
        for name, timings in taken.items()
    }


def last_ones(ours: Sequence[T], theirs: Sequence[S]) -> Iterator[tuple[T, S]]:
    """Pairs of the same round; one who ran less often ran in the last rounds."""
    rounds = min(len(ours), len(theirs))
    return zip(ours[-rounds:], theirs[-rounds:], strict=True)
