"""The pipeline from raw text to CoNLL-U beside spaCy and UDPipe: speed, quality, training, start.

Without a command a pipeline with the preset ``fast`` is trained on English-EWT, scored, and raced
against both.

The peers' models are trained in this script, briefly, on part of the treebank and at the size that
their users have: their speed does not depend on how right they are, and nothing is said of their
quality.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from _annotators import (
    Timing,
    last_ones,
    load,
    ours,
    peers,
    race,
    scaled,
    spacy_folder,
    spacy_peer,
    texts_of,
    udpipe_file,
    udpipe_peer,
    words_of,
)
from _data import ROOT, data_folder, default_corpus
from _parsers import TREEBANKS, one_core
from _pipeline_scores import FLOORS, check, entities_dev, scored
from _processes import Ran, gradus, ran
from _report import report, spread
from parsing import markdown

from gradus.pipeline.models import packaged_models

PACKAGES = ["torch", "numpy", "numba", "spacy", "ufal.udpipe"]

#: Where the last pipeline that was trained here stays.
MODEL = ROOT / ".bench" / "pipeline"

#: Figures from raw text for which the table of training has room.
SHOWN = ("Words", "Sentences", "UPOS", "LAS")

SENTENCE = "Ada Lovelace wrote to Charles Babbage from London."


def speed(options: argparse.Namespace) -> None:
    """Words a second from raw text to CoNLL-U, Gradus and its peers in turn."""
    texts, before = texts_of(options.corpus, options.words, options.runs), load()
    with (
        peers_folder(options) as folder,
        ours(options.models, options.jobs, options.without) as own,
    ):
        rivals = peers(folder, options.train_sentences) if folder else []
        taken = race([*rivals, *own], texts)
    judge = own[0].name
    taken |= by_command_line(options, texts[-1])
    rates = scaled(taken, judge)
    rows = [
        {
            "": name,
            "words/s": spread(found, ",.0f"),
            "words/s of CPU": of_cpu(taken[name], taken[judge]),
            "words found": f"{taken[name][-1].words:,}",
            **{f"over {rival.name}": f"{ratio(found, rates[rival.name]):.2f}x" for rival in rivals},
        }
        for name, found in rates.items()
    ]
    left_out = f", without {', '.join(options.without)}" if options.without else ""
    report(
        "From raw text to CoNLL-U",
        rows,
        packages=PACKAGES,
        facts={
            "data": f"{options.corpus.name}, a new text of {options.words:,} words between blanks "
            "in each round",
            "words": f"those that {judge} found, for all rows; found: in the last text",
            "parts": "tokens, tags, features, lemmas and trees; of Gradus all parts of its models"
            f"{left_out}",
            "words/s of CPU": "of the seconds that the processor worked for it, all cores added",
            "threads": "1, the process held on one core; of N processes, 1 each",
            "rounds": f"{options.runs}, interleaved, after a warm-up; medians (least–greatest)",
            "gradus annotate": "the last text, once, a new process that reads and writes files",
            "peers": f"UDPipe's beam is its default; spaCy's preset efficiency; models of "
            f"{options.train_sentences:,} sentences, for speed only"
            if rivals
            else "none",
            "load": f"{before} before, {load()} after",
        },
        json_path=options.json,
    )


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios within a round, which share the text and the machine's mood."""
    return statistics.median(mine / peer for mine, peer in last_ones(ours, theirs))


def of_cpu(timings: Sequence[Timing], judge: Sequence[Timing]) -> str:
    """Words a second of the processor's work, which a busy machine does not change much."""
    rates = [right.words / one.cpu for one, right in last_ones(timings, judge) if one.cpu]
    return f"{statistics.median(rates):,.0f}" if rates else "-"


def by_command_line(options: argparse.Namespace, text: str) -> dict[str, list[Timing]]:
    """What the command line takes for a text, its start included."""
    taken = {}
    with tempfile.TemporaryDirectory(prefix="gradus-annotate-") as name:
        source, out = Path(name, "text.txt"), Path(name, "text.conllu")
        source.write_text(text, encoding="utf-8")
        given = [source, "-o", out, "--quiet", "--force"]
        given += [f"--without={part}" for part in options.without]
        for model in options.models:
            for jobs in options.jobs:
                with one_core() if jobs == 1 else nullcontext():
                    found = ran(gradus("annotate", "--model", model, "--jobs", jobs, *given))
                words = words_of(out.read_text(encoding="utf-8"))
                name = f"gradus annotate --jobs {jobs}, {model.name}"
                taken[name] = [Timing(found.seconds, found.cpu, words)]
                print(f"{name}: {found.seconds:.1f} s, {found.peak / 1e6:,.0f} MB", flush=True)
    return taken


def quality(options: argparse.Namespace) -> None:
    """Scores on English-EWT dev from raw text; the official evaluation must give the same."""
    if options.floors and len(options.floors) != len(options.models):
        sys.exit(f"{len(options.models)} models, but {len(options.floors)} names behind --floors")
    scores = [scored(model, treebank_file("en", "dev"), entities_dev()) for model in options.models]
    columns = {model.name: one for model, one in zip(options.models, scores, strict=True)}
    report(
        "Scores from raw text, F1",
        [
            *figure_rows({name: one.figures for name, one in columns.items()}),
            {
                "": "as official",
                **{name: "no" if one.differing else "yes" for name, one in columns.items()},
            },
        ],
        packages=["torch", "numpy", "numba", "udtools", "seqeval"],
        facts={
            "data": "English-EWT dev; entities: Universal NER on EWT dev, on given words",
            "as official": "the same counts as udtools has for all 13 figures; F1 as seqeval has",
        },
        json_path=options.json,
    )
    check(scores, options.floors or [])


def figure_rows(columns: Mapping[str, Mapping[str, float]]) -> Iterator[dict[str, str]]:
    """A row for each figure, a column for each model or treebank; none where there is none."""
    for name in dict.fromkeys(name for figures in columns.values() for name in figures):
        values = {
            title: f"{figures[name]:.2f}" if name in figures else "-"
            for title, figures in columns.items()
        }
        yield {"": name, **values}


def train(options: argparse.Namespace) -> None:
    """Seconds and memory from a treebank to a pipeline, by the command line."""
    ner = entities_dev()
    given = ["--ner", ner.with_name(ner.name.replace("dev", "train")), "--ner-dev", ner]
    for name in ("vectors", "text"):
        if getattr(options, name):
            given += [f"--{name}", getattr(options, name)]
    before = load()
    found = trained(options, "en", options.out, given)
    made = json.loads(found.output)
    figures = {name: 100 * row["f1"] for name, row in made["scores"]["figures"].items()}
    report(
        f"Training a pipeline: preset {options.preset}",
        [
            {
                "": options.out.name,
                "seconds": f"{found.seconds:,.0f}",
                "peak MB": f"{found.peak / 1e6:,.0f}",
                **{f"{name}, s": f"{part['seconds']:,.0f}" for name, part in made["parts"].items()},
                **{name: f"{figures[name]:.2f}" for name in SHOWN},
            }
        ],
        packages=["torch", "numpy", "numba"],
        facts={
            "data": "English-EWT train, and Universal NER on it; F1 on dev from raw text",
            "seconds": "of the whole command, looks at dev and scores included",
            "peak": "resident pages of all processes, added",
            "processes": options.jobs,
            "vectors": options.vectors or options.text or "none",
            "load": f"{before} before, {load()} after",
        },
        json_path=options.json,
    )


def trained(
    options: argparse.Namespace, language: str, out: Path, given: Sequence[object] = ()
) -> Ran:
    """A run of ``gradus pipeline train`` on a treebank."""
    files = [f"--{option}={treebank_file(language, part)}" for option, part in FILES.items()]
    settings = [f"--set={assignment}" for assignment in options.set]
    out.parent.mkdir(parents=True, exist_ok=True)
    return ran(
        [
            *gradus("pipeline", "train", *files, *settings, *given, "-o", out, "--force"),
            *("--preset", options.preset, "--jobs", str(options.jobs)),
            *("--seed", str(options.seed), "--json", "--quiet"),
        ]
    )


#: Options of ``gradus pipeline train`` that name a part of a treebank.
FILES = {"treebank": "train", "dev": "dev"}


def treebank_file(language: str, part: str) -> Path:
    """The file of a treebank's part."""
    return next((data_folder() / "ud" / TREEBANKS[language]).glob(f"*-{part}.conllu.xz"))


def start(options: argparse.Namespace) -> None:
    """Seconds from pressing enter to the tree of one sentence, each time in a new process."""
    python = [sys.executable, "-c"]
    commands = {
        f"gradus annotate, {model.name}": gradus("annotate", "--model", model, SENTENCE)
        for model in options.models or default_models()
    }
    commands["import torch"] = [*python, "import torch"]
    with peers_folder(options) as folder:
        if folder:
            count = options.train_sentences
            spacy_peer(folder, count)
            udpipe_peer(folder, count)
            files = {"spaCy": spacy_folder(folder, count), "UDPipe": udpipe_file(folder, count)}
            commands |= {
                name: [*python, SCRIPTS[name], str(file), SENTENCE] for name, file in files.items()
            }
        before, taken = load(), {name: [] for name in commands}
        for _ in range(options.runs):
            for name, command in commands.items():
                taken[name].append(ran(command))
    report(
        "One sentence in a new process",
        [
            {
                "": name,
                "seconds": spread([one.seconds for one in found], ".2f"),
                "of CPU": spread([one.cpu for one in found], ".2f"),
            }
            for name, found in taken.items()
        ],
        packages=PACKAGES,
        facts={
            "rounds": f"{options.runs}, interleaved; medians (least–greatest)",
            "load": f"{before} before, {load()} after",
        },
        json_path=options.json,
    )


#: The shortest scripts that print the tree of a sentence.
SCRIPTS = {
    "spaCy": "import sys, spacy; nlp = spacy.load(sys.argv[1]); "
    "print([(word.text, word.lemma_, word.pos_, word.dep_) for word in nlp(sys.argv[2])])",
    "UDPipe": "import sys; from ufal.udpipe import Model, Pipeline, ProcessingError as E; "
    "model = Model.load(sys.argv[1]); "
    "print(Pipeline(model, 'tokenize', '', '', 'conllu').process(sys.argv[2], E()))",
}


def default_models() -> list[Path]:
    """The packaged model, which is used where none is named."""
    found = packaged_models().get("en")
    return [found] if found else sys.exit("no model comes with this Gradus; name a folder")


def treebanks(options: argparse.Namespace) -> None:
    """Dutch and Afrikaans by the same command, without vectors, as Markdown for documentation."""
    found, taken = {}, {}
    with tempfile.TemporaryDirectory(prefix="gradus-treebanks-") as name:
        for language in options.languages:
            title, out = TREEBANKS[language], Path(name, language)
            taken[title] = f"{trained(options, language, out).seconds:,.0f}"
            one = scored(out, treebank_file(language, "dev"))
            check([one], [])
            found[title] = one.figures
            print(f"{title}: LAS {one.figures['LAS']:.2f}", flush=True)
    rows = [*figure_rows(found), {"": "training, s", **taken}]
    report(
        f"Treebanks by the preset {options.preset}, without vectors: F1 on dev from raw text",
        rows,
        packages=["torch", "numpy", "numba", "udtools"],
        facts={"processes": options.jobs, "figures": "equal to those of udtools"},
        json_path=options.json,
    )
    print("\n".join(["", *markdown(rows)]))


@contextmanager
def peers_folder(options: argparse.Namespace) -> Iterator[Path | None]:
    """Where the peers' models are kept: the folder that was named, or one for this call."""
    if options.alone or options.peers:
        yield None if options.alone else options.peers
        return
    with tempfile.TemporaryDirectory(prefix="gradus-peers-") as name:
        yield Path(name)


def everything(options: argparse.Namespace) -> None:
    """Train, score, and race the pipeline just trained."""
    train(options)
    options.models, options.floors, options.jobs = [options.out], None, [1, 2]
    quality(options)
    speed(options)
    options.runs = max(options.runs, 7)
    start(options)


def arguments() -> argparse.Namespace:
    """The command and its options."""
    shared, training, vectors, rivals, racing = (
        argparse.ArgumentParser(add_help=False) for _ in range(5)
    )
    shared.add_argument("--json", type=Path, metavar="FILE", help="file that gets the result")
    training.add_argument("--preset", choices=tuple(FLOORS), default="fast")
    training.add_argument("--seed", type=int, default=1)
    training.add_argument("--set", action="append", default=[], metavar="PART.NAME=VALUE")
    vectors.add_argument("--vectors", type=Path, help="word vectors to begin with")
    vectors.add_argument("--text", type=Path, help="raw text to train word vectors on first")
    vectors.add_argument("--out", type=Path, default=MODEL, help="folder of the model")
    rivals.add_argument("--peers", type=Path, metavar="FOLDER", help="where their models stay")
    rivals.add_argument("--alone", action="store_true", help="without peers")
    rivals.add_argument("--train-sentences", type=int, default=2000, help="that peers learn from")
    racing.add_argument("--words", type=int, default=200_000, help="of each text (200,000)")
    racing.add_argument(
        "--without", action="append", default=[], metavar="PART", help="part of Gradus left out"
    )
    racing.add_argument("--corpus", type=Path, default=None, help="raw text")
    runs = {"speed": (racing, rivals), "start": (rivals,), "train": (training, vectors)}
    parser = argparse.ArgumentParser(
        description=__doc__.partition("\n")[0], parents=[shared, training, vectors, rivals, racing]
    )
    parser.add_argument("--jobs", type=int, default=2, help="parts that are trained at a time (2)")
    parser.set_defaults(run=everything, runs=3)
    commands = parser.add_subparsers(metavar="COMMAND")
    for run in (speed, quality, train, start, treebanks):
        name, summary = run.__name__, (run.__doc__ or "").strip()
        more = runs.get(name, (training,) if run is treebanks else ())
        command = commands.add_parser(name, help=summary, parents=[shared, *more])
        command.set_defaults(run=run)
        if run in (speed, quality, start):
            count = "*" if run is start else "+"
            command.add_argument("models", type=Path, nargs=count, metavar="MODEL", help="folder")
        if run in (speed, start):
            rounds = 3 if run is speed else 7
            command.add_argument("--runs", type=int, default=rounds, help=f"rounds ({rounds})")
        if run is speed:
            command.add_argument("--jobs", type=int, nargs="+", default=[1, 2], help="processes")
        if run in (train, treebanks):
            command.add_argument("--jobs", type=int, default=2, help="parts at a time (2)")
        if run is treebanks:
            others = [language for language in TREEBANKS if language != "en"]
            command.add_argument("--languages", nargs="+", choices=others, default=others)
        if run is quality:
            command.add_argument(
                "--floors",
                nargs="+",
                choices=tuple(FLOORS),
                help="presets of the models; leave with status 1 below what these must score",
            )
    return parser.parse_args()


def main() -> None:
    """Run what was asked."""
    options = arguments()
    if getattr(options, "corpus", options) is None:
        options.corpus = default_corpus()
    names = [model.name for model in getattr(options, "models", [])]
    if len(set(names)) < len(names):
        sys.exit(f"tables call models by their folders, and two are alike: {', '.join(names)}")
    options.run(options)


if __name__ == "__main__":
    main()
