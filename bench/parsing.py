"""Dependency parsing beside UDPipe: speed on one core, quality, crossing arcs, memory.

Words and tags are the gold ones of the treebank everywhere. Without a command a parser with the
preset ``fast`` is trained on English-EWT, measured, and raced against UDPipe.

``speed`` times UDPipe twice: with the beam that it has by default, and without, which is as Gradus
parses. UDPipe's model is trained in this script, in one pass over part of the treebank: its speed
does not depend on how right it is, and nothing is said of its quality.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path

import _udpipe
import torch
from _data import ROOT
from _parsers import (
    TREEBANKS,
    one_core,
    parsed_afresh,
    seconds,
    trained,
    treebank,
    words_a_second,
    words_in,
)
from _report import interleaved, markdown, report, spread

from gradus.tasks.parsing.parser import Parser
from gradus.text.conllu import format_conllu
from gradus.text.document import Sentence

PACKAGES = ["torch", "numpy", "numba", "ufal.udpipe"]

#: Where the last parser that was trained here stays.
MODEL = ROOT / ".bench" / "parser"

#: Answers to crossing arcs, with what a graph needs on top: without a context it knows no order.
STRATEGIES: dict[str, dict[str, str]] = {
    "defeat": {},
    "pseudo": {},
    "swap": {},
    "covington": {},
    "graph": {"encoder": "lstm(200, layers=1)"},
}


def speed(options: argparse.Namespace) -> None:
    """Words a second on one core, Gradus and UDPipe in turn."""
    parser = Parser.load(options.model)
    dev = treebank("en", "dev", options.limit)
    train, words = options.train_sentences, words_in(dev)
    peer = _udpipe.model(lambda: treebank("en", "train", train), f"en-ewt-{train}")
    theirs = _udpipe.prepared(dev)
    rivals: dict[str, Callable[[], object]] = {
        f"UDPipe, {name}": lambda mode=mode: _udpipe.parse(peer, theirs, mode)
        for name, mode in _udpipe.MODES.items()
    }
    rivals["Gradus"] = lambda: parsed_afresh(parser, dev)
    with one_core():
        for work in rivals.values():  # tables are filled, and compiled code is loaded
            work()
        taken = interleaved(
            {name: lambda work=work: seconds(work) for name, work in rivals.items()}, options.runs
        )
    rates = {name: [words / one for one in found] for name, found in taken.items()}
    ours = taken["Gradus"]
    report(
        "Parsing on one core, sentences in memory",
        [
            {
                "": name,
                "words/s": spread(found, ",.0f"),
                "Gradus over it": f"{ratio(taken[name], ours):.1f}x",
            }
            for name, found in rates.items()
        ],
        packages=PACKAGES,
        facts={
            "data": f"English-EWT dev, gold tags: {len(dev):,} sentences, {words:,} words",
            "rare words": "Gradus computes those beyond its frequent forms anew in each round",
            "threads": "1, the process held on one core",
            "rounds": f"{options.runs}, interleaved; medians (least–greatest)",
            "UDPipe's model": f"one pass over {train:,} sentences; speed only, not quality",
        },
        json_path=options.json,
    )


def ratio(theirs: list[float], ours: list[float]) -> float:
    """The median of the ratios of times within a round, which share the machine's mood."""
    return statistics.median(peer / mine for peer, mine in zip(theirs, ours, strict=True))


def quality(options: argparse.Namespace) -> None:
    """Seconds of training, and how right the trees of dev are."""
    named = {"vectors": options.vectors, "contextual": options.contextual, "dim": options.dim}
    given = {name: value for name, value in named.items() if value}
    dev, rows = treebank("en", "dev"), []
    for seed in range(1, options.seeds + 1):
        found = trained(options, "en", seed, **given)
        scores = found.parser.report(dev)
        rows.append(
            {
                "": f"Gradus {options.preset}, seed {seed}",
                "seconds": f"{found.seconds:.1f}",
                f"to LAS {options.floor:g}": "-" if found.floor is None else f"{found.floor:.1f}",
                **{name: f"{scores.figure(name.lower()):.2%}" for name in ("UAS", "LAS", "CLAS")},
                "words/s": f"{words_a_second(found.parser, dev):,.0f}",
            }
        )
        print(rows[-1], flush=True)
    report(
        f"Training a parser: preset {options.preset}",
        rows,
        packages=PACKAGES,
        facts={
            "data": "English-EWT, gold words and tags; trained on train, scored on dev",
            "seconds": "from the files to the model, looks at dev included",
            "threads": f"{torch.get_num_threads()}; words/s on one core",
            "vectors": options.vectors or "none",
            "contextual vectors": options.contextual or "none",
        },
        json_path=options.json,
    )


def strategies(options: argparse.Namespace) -> None:
    """The answers to crossing arcs side by side, as a table for the documentation."""
    dev, rows = treebank(options.treebank, "dev"), []
    for name, more in STRATEGIES.items():
        found = trained(options, options.treebank, 1, nonprojective=name, **more)
        scores = found.parser.report(dev)
        crossed, arcs = scores.by_projectivity[1], scores.by_crossing[1]
        rows.append(
            {
                "": f"`{name}`" + "".join(f", `{value}`" for value in more.values()),
                "LAS": f"{scores.las:.2%}",
                "LAS, crossed sentences": f"{crossed.las:.2%}",
                "crossing arcs: precision": f"{arcs.precision:.1%}",
                "recall": f"{arcs.recall:.1%}",
                "words/s": f"{words_a_second(found.parser, dev):,.0f}",
                "training, s": f"{found.seconds:.0f}",
            }
        )
        print(rows[-1], flush=True)
    report(
        f"Crossing arcs: {TREEBANKS[options.treebank]}",
        rows,
        packages=PACKAGES,
        facts={
            "data": f"dev: {crossed.sentences:,} of {len(dev):,} sentences have crossing arcs, "
            f"{arcs.gold:,} of {scores.words:,} arcs; precision and recall are of heads",
            "threads": f"{torch.get_num_threads()}; words/s on one core",
        },
        json_path=options.json,
    )
    print("\n".join(markdown(rows)))


def memory(options: argparse.Namespace) -> None:
    """Peak memory and speed of the command line on a file of any length."""
    dev = treebank("en", "dev")
    with tempfile.TemporaryDirectory(prefix="gradus-parsing-") as name:
        source, out = Path(name, "text.conllu"), Path(name, "parsed.conllu")
        words = repeated(dev, options.words, source)
        gradus = str(Path(sys.executable).with_name("gradus"))
        command = [gradus, "parser", "parse", str(options.model), str(source), "-o", str(out)]
        began = time.perf_counter()
        process = subprocess.Popen([*command, "--quiet"])
        _, status, usage = os.wait4(process.pid, 0)
        taken = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{' '.join(command)} failed")
        sizes = [path.stat().st_size / 1e6 for path in (source, out)]
    report(
        "gradus parser parse, a process of its own",
        [
            {
                "words": f"{words:,}",
                "file MB": f"{sizes[0]:,.0f}",
                "parsed MB": f"{sizes[1]:,.0f}",
                "peak MB": f"{usage.ru_maxrss / 1e3:,.0f}",
                "seconds": f"{taken:,.1f}",
                "words/s": f"{words / taken:,.0f}",
            }
        ],
        packages=PACKAGES,
        facts={"data": "English-EWT dev over and over", "peak": "of all resident pages"},
        json_path=options.json,
    )


def repeated(sentences: Sequence[Sentence], least: int, path: Path) -> int:
    """Write sentences over and over, until there are so many words; give their number."""
    times, rest = divmod(least, words_in(sentences))
    whole = "".join(map(format_conllu, sentences))
    written = times * words_in(sentences)
    with path.open("w", encoding="utf-8") as file:
        for _ in range(times):
            file.write(whole)
        for sentence in islice(cycle(sentences), len(sentences) if rest else 0):
            if written >= least:
                break
            file.write(format_conllu(sentence))
            written += len(sentence)
    return written


def everything(options: argparse.Namespace) -> None:
    """Train, measure, and race the parser just trained."""
    quality(options)
    options.model = options.out
    speed(options)


def arguments() -> argparse.Namespace:
    """The command and its options; those of training and of timing are the same everywhere."""
    shared, training, timing = (argparse.ArgumentParser(add_help=False) for _ in range(3))
    shared.add_argument("--json", type=Path, metavar="FILE", help="file that gets the result")
    shared.add_argument("--limit", type=int, help="sentences of each file, for a quick look")
    training.add_argument("--preset", choices=("fast", "accurate"), default="fast")
    training.add_argument("--epochs", type=int, help="other than those of the preset")
    training.add_argument("--threads", type=int, default=torch.get_num_threads())
    training.add_argument("--floor", type=float, default=86.2, help="LAS on dev to be timed")
    training.add_argument("--out", type=Path, default=MODEL, help="folder of the last model")
    timing.add_argument("--runs", type=int, default=9, help="rounds (9)")
    timing.add_argument("--train-sentences", type=int, default=3000, help="that UDPipe learns from")
    given = argparse.ArgumentParser(add_help=False)
    given.add_argument("--seeds", type=int, default=1, help="runs, with the seeds 1 to this")
    given.add_argument("--vectors", help="word vectors to begin with")
    given.add_argument("--contextual", help="contextual vectors to read beside them")
    given.add_argument("--dim", type=int, help="length of a word vector")
    whole = [shared, training, given, timing]
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0], parents=whole)
    parser.set_defaults(run=everything)
    commands = parser.add_subparsers(metavar="COMMAND")
    for run, parents in (
        (speed, [shared, timing]),
        (quality, [shared, training, given]),
        (strategies, [shared, training]),
        (memory, [shared]),
    ):
        summary = (run.__doc__ or "").strip()
        command = commands.add_parser(run.__name__, help=summary, parents=parents)
        command.set_defaults(run=run)
        if run in (speed, memory):
            command.add_argument("model", type=Path, metavar="MODEL", help="folder of a parser")
        elif run is strategies:
            command.add_argument("--treebank", choices=tuple(TREEBANKS), default="en")
        if run is memory:
            command.add_argument("--words", type=int, default=10_000_000)
    return parser.parse_args()


def main() -> None:
    """Run what was asked."""
    options = arguments()
    torch.set_num_threads(getattr(options, "threads", torch.get_num_threads()))
    options.run(options)


if __name__ == "__main__":
    main()
