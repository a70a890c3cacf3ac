"""Skip-gram and CBOW beside gensim: words a second, and quality at equal epochs.

Both read the same lower-cased file with the same dimension, window, negatives, subsampling, minimum
count, epochs and threads, each with its own default learning rate. Speed is the time of training
alone: vocabularies are scanned, and Gradus's corpus is encoded, before the clock starts.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _data import TESTS, default_corpus, lowered, score
from _report import interleaved, report, spread

from gradus.text import encode_corpus
from gradus.text.corpora import EncodedCorpus
from gradus.vectors import WordVectors
from gradus.vectors.settings import CbowConfig, SkipGramConfig
from gradus.vectors.word2vec import Word2VecTrainer

SHARED = {"window": 5, "negative": 5, "min_count": 5}
DIM, SUBSAMPLE, THREADS = 100, 1e-3, 2
CONFIGS = {"skipgram": SkipGramConfig, "cbow": CbowConfig}

Trained = tuple[float, WordVectors]


def main() -> None:
    """Run the benchmark."""
    arguments = parse()
    with tempfile.TemporaryDirectory(prefix="gradus-word2vec-") as name:
        folder = Path(name)
        text = lowered(arguments.corpus or default_corpus(), folder / "text.txt")
        corpus = encode_corpus(text, folder / "corpus", min_count=SHARED["min_count"])
        warm_up(folder)
        facts = {
            "data": f"{arguments.corpus or default_corpus()}, lower-cased, {corpus.tokens:,} "
            f"words, vocabulary {len(corpus.vocabulary):,}",
            "settings": f"dim {DIM}, window 5, negative 5, subsample {SUBSAMPLE}, min-count 5",
            "threads": f"{THREADS} each",
        }
        for model in arguments.models:
            if arguments.runs:
                speed(model, text, corpus, arguments, facts)
            if arguments.seeds:
                quality(model, text, corpus, arguments, facts)


def parse() -> argparse.Namespace:
    """The settings of the benchmark."""
    parser = argparse.ArgumentParser(prog="bench/word2vec.py", description=__doc__)
    parser.add_argument("--corpus", type=Path, help="training text; default: the Wikipedia text")
    parser.add_argument("--models", nargs="+", default=list(CONFIGS), choices=list(CONFIGS))
    parser.add_argument("--runs", type=int, default=3, help="rounds of one epoch; 0: no speed")
    parser.add_argument("--seeds", type=int, default=3, help="seeds to average; 0: no quality")
    parser.add_argument("--epochs", type=int, default=3, help="epochs of the quality runs")
    parser.add_argument("--rate", type=float, help="Gradus's rate instead of its default")
    parser.add_argument("--json", type=Path, help="folder that gets the results as JSON")
    return parser.parse_args()


def warm_up(folder: Path) -> None:
    """Compile every kernel on a small text."""
    lines = iter(["a b c d e f g"] * 50)
    corpus = encode_corpus(lines, folder / "small", min_count=1)
    for model in CONFIGS:
        gradus(model, corpus, epochs=1, seed=1)()


def gradus(
    model: str, corpus: EncodedCorpus, *, epochs: int, seed: int, rate: float | None = None
) -> Callable[[], Trained]:
    """A training run of Gradus: its seconds and its vectors."""
    rates = {} if rate is None else {"rate": rate}
    config = CONFIGS[model](
        dim=DIM, window=5, negative=5, subsample=SUBSAMPLE, epochs=epochs, threads=THREADS,
        seed=seed, holdout=0, **rates,
    )  # fmt: skip

    def run() -> Trained:
        trainer = Word2VecTrainer(corpus, config, cbow=model == "cbow")
        start = time.perf_counter()
        trainer.advance(trainer.length, lambda *_, **__: None)
        seconds = time.perf_counter() - start
        return seconds, WordVectors.of(trainer.contents())

    return run


def gensim(
    model: str, text: Path, words: list[str], *, epochs: int, seed: int
) -> Callable[[], Trained]:
    """The same run of gensim, which reads the file itself."""
    from gensim.models import Word2Vec

    def run() -> Trained:
        trained = Word2Vec(
            vector_size=DIM, sg=int(model == "skipgram"), sample=SUBSAMPLE, workers=THREADS,
            seed=seed, epochs=epochs, **SHARED,
        )  # fmt: skip
        trained.build_vocab(corpus_file=str(text))
        start = time.perf_counter()
        trained.train(corpus_file=str(text), total_words=trained.corpus_total_words, epochs=epochs)
        seconds = time.perf_counter() - start
        order = [trained.wv.key_to_index[word] for word in words]
        return seconds, WordVectors(words, trained.wv.vectors[order])

    return run


def speed(
    model: str, text: Path, corpus: EncodedCorpus, arguments: argparse.Namespace, facts: Any
) -> None:
    """Print words a second of one epoch."""
    words = corpus.vocabulary.words
    seconds = interleaved(
        {
            "gensim corpus_file": lambda: gensim(model, text, words, epochs=1, seed=1)()[0],
            "Gradus": lambda: gradus(model, corpus, epochs=1, seed=1)()[0],
        },
        arguments.runs,
    )
    baseline = statistics.median(seconds["gensim corpus_file"])
    rows = [
        {
            "what": name,
            "seconds an epoch": spread(values, ".2f"),
            "million words/s": f"{corpus.tokens / statistics.median(values) / 1e6:.3f}",
            "ratio": f"{baseline / statistics.median(values):.1f}x",
        }
        for name, values in seconds.items()
    ]
    report(
        f"Training speed, {model}",
        rows,
        packages=["gradus", "gensim", "numpy", "numba"],
        facts={**facts, "runs": f"{arguments.runs}, interleaved; medians (least–greatest)"},
        json_path=arguments.json and arguments.json / f"word2vec-{model}-speed.json",
    )


def quality(
    model: str, text: Path, corpus: EncodedCorpus, arguments: argparse.Namespace, facts: Any
) -> None:
    """Print analogies and similarities after equal epochs, as means over seeds."""
    words, epochs = corpus.vocabulary.words, arguments.epochs
    scores: dict[str, list[list[float]]] = {"gensim corpus_file": [], "Gradus": []}
    for seed in range(1, arguments.seeds + 1):
        runs = {
            "gensim corpus_file": gensim(model, text, words, epochs=epochs, seed=seed),
            "Gradus": gradus(model, corpus, epochs=epochs, seed=seed, rate=arguments.rate),
        }
        for name, run in runs.items():
            scores[name].append(score(run()[1]))
    rows = [
        {
            "what": name,
            **{
                test: mean_and_spread([row[place] for row in values])
                for place, test in enumerate(TESTS)
            },
        }
        for name, values in scores.items()
    ]
    report(
        f"Quality after {epochs} epochs, {model}",
        rows,
        packages=["gradus", "gensim", "numpy", "numba"],
        facts={**facts, "seeds": f"{arguments.seeds}; means (least–greatest)"},
        json_path=arguments.json and arguments.json / f"word2vec-{model}-quality.json",
    )


def mean_and_spread(values: list[float]) -> str:
    """Mean, and least and greatest value."""
    return f"{statistics.mean(values):.4f} ({min(values):.4f}–{max(values):.4f})"


if __name__ == "__main__":
    main()
