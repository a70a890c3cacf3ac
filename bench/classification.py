"""Text classification beside fastText and TF-IDF with logistic regression, on IMDb and MR.

IMDb: fit on 22,500 of the 25,000 reviews of train.tsv and score on the other 2,500, a seeded
stratified split for each round. MR: 10-fold cross-validation of the 10,662 sentences. A time is
that of the whole call, from the text file to the trained model. fastText's file, in lower case and
with punctuation apart, is made before its clock starts; it gets several settings, and the curve of
its accuracy over time is what Gradus is held against.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from _data import data_folder
from _report import options as shared_options
from _report import report, spread

from gradus.tasks.classification import (
    Examples,
    folds,
    preset_settings,
    read_examples,
    split_examples,
    train_classifier,
)
from gradus.text.tokenizers import TOKENIZERS

PACKAGES = ["torch", "numpy", "numba", "fasttext-wheel", "scikit-learn"]


class Result(NamedTuple):
    """What a contestant needed, and the share that it got right."""

    seconds: float
    accuracy: float


#: Trains on the first examples, scores on the second, in a folder of its own, with a seed.
Contestant = Callable[[Examples, Examples, Path, int], Result]


def gradus(preset: str, **changes: Any) -> Contestant:
    """A preset of Gradus, from the TSV file on."""

    def run(train: Examples, test: Examples, folder: Path, seed: int) -> Result:
        path = write(train, folder / "train.tsv", "{label}\t{text}\n", str)
        config, training = preset_settings(preset)
        training = replace(training, seed=seed)
        # what is put aside to choose the best of several epochs is not learnt from
        share = 0.0 if preset == "fast" else 0.05
        began = time.perf_counter()
        model = train_classifier(
            path, config=replace(config, **changes), training=training, dev_share=share
        )
        return Result(time.perf_counter() - began, model.report(test).accuracy)

    return run


def fasttext(**settings: Any) -> Contestant:
    """FastText supervised."""

    def run(train: Examples, test: Examples, folder: Path, seed: int) -> Result:
        import fasttext as library

        library.FastText.eprint = lambda *_: None
        tokenizer = TOKENIZERS.make("words")
        train_path, test_path = (
            write(
                examples,
                folder / f"{name}.fasttext",
                "__label__{label} {text}\n",
                lambda text: " ".join(tokenizer(text)),
            )
            for name, examples in (("train", train), ("test", test))
        )
        began = time.perf_counter()
        model = library.train_supervised(
            str(train_path), seed=seed, thread=torch.get_num_threads(), verbose=0, **settings
        )
        seconds = time.perf_counter() - began
        return Result(seconds, model.test(str(test_path))[1])

    return run


def logistic_regression(train: Examples, test: Examples, folder: Path, seed: int) -> Result:
    """Scikit-learn: TF-IDF of words and pairs, then logistic regression."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    path = write(train, folder / "train.tsv", "{label}\t{text}\n", str)
    began = time.perf_counter()
    texts = read_examples(path)
    features = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    model = make_pipeline(features, LogisticRegression(C=30, max_iter=1000))
    model.fit(texts.texts, texts.labels)
    seconds = time.perf_counter() - began
    return Result(seconds, model.score(test.texts, test.labels))


def write(examples: Examples, path: Path, line: str, change: Callable[[str], str]) -> Path:
    """Write examples, a line each."""
    pairs = zip(examples.labels or [], examples.texts, strict=True)
    lines = [line.format(label=label, text=change(text)) for label, text in pairs]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def imdb() -> Examples:
    """The labelled half of the IMDb reviews."""
    return read_examples(data_folder() / "sentiment" / "imdb" / "train.tsv.xz")


def movie_sentences() -> Examples:
    """The movie-review sentences [pang2005]."""
    texts: list[str] = []
    labels: list[str] = []
    for label in ("neg", "pos"):
        path = data_folder() / "sentiment" / "mr" / f"rt-polarity.{label}"
        found = [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
        texts += found
        labels += [label] * len(found)
    return Examples.of(texts, labels)


def shuffled(examples: Examples) -> Examples:
    """In random order: fastText reads its file from top to bottom, and learns badly by class."""
    return examples.take(np.random.default_rng(1).permutation(len(examples)))


def compete(
    contestants: dict[str, Contestant], rounds: Iterable[tuple[Examples, Examples]]
) -> dict[str, list[Result]]:
    """All contestants in every round; each prints its line as soon as it is there."""
    results: dict[str, list[Result]] = {name: [] for name in contestants}
    for seed, (train, test) in enumerate(rounds, start=1):
        for name, run in contestants.items():
            with tempfile.TemporaryDirectory() as folder:
                results[name].append(run(train, test, Path(folder), seed))
            print(f"round {seed}: {name}: {results[name][-1]}", flush=True)
    return results


#: fastText's settings, from its quickest to its best.
FASTTEXT = {
    "fastText, bigrams, 2 epochs": {"epoch": 2},
    "fastText, bigrams, 5 epochs": {"epoch": 5},
    "fastText, bigrams, 5 epochs, lr 1": {"epoch": 5, "lr": 1.0},
    "fastText, bigrams, 10 epochs": {"epoch": 10},
}


def chosen(options: argparse.Namespace) -> dict[str, Contestant]:
    """Who takes part."""
    contestants: dict[str, Contestant] = {
        name: fasttext(**{"wordNgrams": 2, "dim": 10, "lr": 0.5, **more})
        for name, more in FASTTEXT.items()
    }
    contestants["TF-IDF, logistic regression"] = logistic_regression
    contestants["Gradus fast"] = gradus("fast")
    if options.accurate:
        given = {"vectors": options.vectors, "frozen": True, "min_count": 1}
        changes = given if options.vectors else {}
        contestants["Gradus accurate"] = gradus("accurate", **changes)
    return contestants


def main() -> None:
    """Run the rounds and print the table."""
    parser = shared_options(__doc__, runs=3, threads=torch.get_num_threads())
    parser.add_argument("--data", choices=("imdb", "mr"), default="imdb")
    parser.add_argument("--accurate", action="store_true", help="the slow preset too")
    parser.add_argument("--vectors", help="word vectors for it, kept as they are")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.data == "imdb":
        examples = shuffled(imdb())
        rounds = (split_examples(examples, 0.1, seed) for seed in range(1, options.runs + 1))
    else:
        rounds = (
            pair
            for pair, _ in zip(
                folds(shuffled(movie_sentences()), 10, 1), range(options.runs), strict=False
            )
        )
    # compiled code is loaded, and a first import paid for, before any clock runs
    warm = Examples.of(["a fine film", "a dull film"] * 20, ["pos", "neg"] * 20)
    train_classifier(warm)
    results = compete(chosen(options), rounds)
    best = max(FASTTEXT, key=lambda name: statistics.mean(r.accuracy for r in results[name]))
    report(
        f"Text classification: {options.data}",
        [
            {
                "": name,
                "seconds": spread([result.seconds for result in found]),
                "accuracy": f"{np.mean([result.accuracy for result in found]):.2%}",
                "least–greatest": "–".join(
                    f"{extreme(result.accuracy for result in found):.1%}" for extreme in (min, max)
                ),
                "time over fastText's best": f"{ratio(found, results[best]):.2f}x",
            }
            for name, found in results.items()
        ],
        packages=PACKAGES,
        facts={"threads": options.threads, "rounds": options.runs, "fastText's best": best},
        json_path=options.json,
    )


def ratio(ours: list[Result], theirs: list[Result]) -> float:
    """The median of the ratios of times within a round, which share the machine's mood."""
    pairs = zip(ours, theirs, strict=True)
    return statistics.median(mine.seconds / other.seconds for mine, other in pairs)


if __name__ == "__main__":
    main()
