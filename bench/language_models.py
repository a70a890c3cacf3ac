"""Language models on WikiText-2: n-grams, training speed beside plain PyTorch, quality, generation.

    python bench/language_models.py ngram
    python bench/language_models.py speed
    python bench/language_models.py epochs --epochs 1
    python bench/language_models.py quality --preset small --out MODEL
    python bench/language_models.py generate MODEL

Perplexity is that of every token of the valid text, line ends and <unk> included, given all tokens
before it, unless said.
"""

import argparse
import json
import statistics
import time
import tomllib
from dataclasses import replace
from pathlib import Path

import _report
import numpy as np
import torch
from _data import data_folder
from _plain_lm import PlainRun

from gradus.cli.console import shown
from gradus.tasks.lm import (
    EncodedText,
    GenerationConfig,
    LanguageModelConfig,
    NgramConfig,
    NgramModel,
    Perplexity,
    Spelling,
    cached_surprisals,
    generate,
    load_language_model,
    train_language_model,
    tune_cache,
)
from gradus.tasks.lm.dataset import Windows
from gradus.tasks.lm.presets import PRESETS, preset_settings
from gradus.tasks.lm.training import untrained_model
from gradus.training.callbacks import Callback
from gradus.training.loop import Training
from gradus.training.settings import TrainingConfig

PACKAGES = ("torch", "numpy", "numba")

#: The settings of Gradus that are as large as the plain model.
SAME_SIZE = LanguageModelConfig(dim=200, hidden=200, layers=2, tie=True, softmax="sampled(1024)")
FAST = TrainingConfig(
    batch_size=20, optimizer="sparse_adam", rate=3e-3, clip_norm=1.0, precision="fast"
)

#: What else is raced in that size: other softmaxes, of which only two can be tied.
SOFTMAXES = {
    "Gradus, sampled(1024), tied": {},
    "Gradus, full, tied": {"softmax": "full"},
    "Gradus, adaptive": {"softmax": "adaptive", "tie": False},
}


def texts() -> tuple[Spelling, "object", "object"]:
    """WikiText-2: its vocabulary, the training text and the valid text."""
    folder = data_folder() / "lm" / "wikitext-2"
    spelling, train = Spelling.learn(folder / "train.txt.xz")
    return spelling, train, spelling.encode(folder / "valid.txt.xz")


def ngram(options: argparse.Namespace) -> None:
    """Kneser-Ney models of growing order."""
    spelling, train, valid = texts()
    NgramModel.train(NgramConfig(order=2), spelling, spelling.encode(iter(["a b c"])))  # compiles
    rows = []
    for order in range(1, 6):
        model = NgramModel.train(NgramConfig(order=order), spelling, train)
        speeds = []
        for _ in range(options.runs):
            began = time.perf_counter()
            surprisals = model.surprisals(valid)
            speeds.append(len(valid) / (time.perf_counter() - began))
        found = Perplexity.of(surprisals, valid, spelling)
        rows.append(
            {
                "order": str(order),
                "perplexity": f"{found.perplexity:.2f}",
                "training, s": f"{model.seconds:.2f}",
                "scoring, words/s": f"{statistics.median(speeds):,.0f}",
            }
        )
    _print("Interpolated modified Kneser-Ney", rows, options, counted=found.counted)


def speed(options: argparse.Namespace) -> None:
    """Training beside plain PyTorch: tokens a second, in turn."""
    torch.set_num_threads(options.threads)
    spelling, train, _ = texts()
    plain = PlainRun(len(spelling), train.ids)
    contestants = {"plain PyTorch": plain.step}
    for name, changes in SOFTMAXES.items():
        contestants[name] = _Stepper(spelling, train, replace(SAME_SIZE, **changes)).step
    rates = _report.interleaved(
        {
            name: lambda step=step: _rate(step, options.seconds)
            for name, step in contestants.items()
        },
        options.runs,
    )
    medians = {name: statistics.median(found) for name, found in rates.items()}
    rows = [
        {
            "": name,
            "tokens/s": _report.spread(found),
            "ratio": f"{medians[name] / medians['plain PyTorch']:.2f}",
        }
        for name, found in rates.items()
    ]
    _print("Training a 2x200 LSTM", rows, options, settings=f"{SAME_SIZE} {FAST}")


def epochs(options: argparse.Namespace) -> None:
    """The valid perplexity of both after each epoch."""
    torch.set_num_threads(options.threads)
    spelling, train, valid = texts()
    rows = [
        {"": name, **{f"after {n}": f"{value:.1f}" for n, value in enumerate(figures, start=1)}}
        for name, figures in (
            ("Gradus", _ours_by_epoch(options)),
            ("plain PyTorch", _plain_by_epoch(spelling, train, valid, options)),
        )
    ]
    _print(
        "Perplexity of a 2x200 LSTM by epoch", rows, options,
        perplexity="plain: ten streams; Gradus: sixteen, as its runs look at a dev text",
        settings=f"{SAME_SIZE} {FAST}",
    )  # fmt: skip


class _Stepper:
    """Steps of a run of Gradus, one after the other."""

    def __init__(
        self, spelling: Spelling, train: EncodedText, settings: LanguageModelConfig
    ) -> None:
        sparse = "sampled" in settings.softmax
        config = replace(
            FAST,
            epochs=100,
            optimizer="sparse_adam" if sparse else "adam",
            bucket=False,
            threads=torch.get_num_threads(),
        )
        model = untrained_model(settings, spelling, config)
        windows = Windows(train, config.batch_size, settings.steps)
        self.training = Training(model.model, model, windows, config, order=windows.order)
        self.batches = self.training.remaining()
        self.sizes = windows.sizes

    def step(self) -> int:
        """Train on one batch; give its tokens."""
        training, indices = self.training, next(self.batches)
        step = training.place.step + 1
        training.set_rate(step)
        loss = training.backward(indices, step)
        training.clip(step)
        training.precision.step(training.optimizer)
        training.settle()
        training.advance(len(indices), loss)
        return int(self.sizes[indices].sum())


def _rate(step, seconds: float) -> float:
    """Tokens a second over some seconds."""
    began, tokens = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        tokens += step()
    return tokens / (time.perf_counter() - began)


def _plain_by_epoch(spelling, train, valid, options) -> list[float]:
    """The valid perplexity of the plain model after each epoch."""
    plain, figures = PlainRun(len(spelling), train.ids), []
    for _ in range(options.epochs):
        while plain.step():
            pass
        figures.append(plain.perplexity(valid.ids))
    return figures


def _ours_by_epoch(options) -> list[float]:
    """The same of Gradus, at a rate that stays as high as in the first epoch of a long run."""
    folder, looks = data_folder() / "lm" / "wikitext-2", list[float]()
    with shown() as progress:
        train_language_model(
            folder / "train.txt.xz",
            dev=folder / "valid.txt.xz",
            config=SAME_SIZE,
            training=replace(FAST, epochs=options.epochs, threads=options.threads),
            callbacks=[_Looks(looks)],
            progress=progress,
        )
    return looks


class _Looks(Callback):
    """Keeps the dev perplexity of each look."""

    def __init__(self, found: list[float]) -> None:
        self.found = found

    def after_look(self, look) -> None:
        self.found.append(look.dev["perplexity"])


def quality(options: argparse.Namespace) -> None:
    """A preset trained as a person would, and its perplexity; a folder is measured as it is."""
    folder = data_folder() / "lm" / "wikitext-2"
    if not options.out.exists():
        _train(options, folder)
    model = load_language_model(options.out)
    facts = json.loads((options.out / "metrics.json").read_text(encoding="utf-8"))
    settings = tomllib.loads((options.out / "settings.toml").read_text(encoding="utf-8"))
    text = model.spelling.encode(folder / "valid.txt.xz")
    plain = Perplexity.of(model.surprisals(text), text, model.spelling)
    half = len(text) // 2
    parts = [
        EncodedText(text.ids[start:end], np.array([0, end - start]), 0)
        for start, end in ((0, half), (half, len(text)))
    ]
    # the settings of a cache are chosen on one half, and measured on the other
    nats = [
        cached_surprisals(model, part, tune_cache(model, other).best).sum()
        for part, other in (parts, parts[::-1])
    ]
    row = {
        "preset": options.preset,
        "perplexity": f"{plain.perplexity:.2f}",
        "with a cache": f"{np.exp(sum(nats) / len(text)):.2f}",
        "bits/character": f"{plain.bits_per_character:.3f}",
        "minutes": f"{facts['seconds'] / 60:.1f}",
        "parameters": f"{model.facts['parameters']:,}",
    }
    differing = [name for name in _preset(options.preset) if name not in _flat(settings).items()]
    _print(
        "A language model of WikiText-2", [row], options,
        counted=plain.counted,
        settings=f"threads {settings['training']['threads']}; other than the preset: {differing}",
        cache="size 2000, the rest chosen on the other half of the text",
    )  # fmt: skip


def _train(options: argparse.Namespace, folder: Path) -> None:
    config, training = preset_settings(options.preset)
    changes = {"threads": options.threads}
    if options.epochs:
        changes["epochs"] = options.epochs
    with shown() as progress:
        train_language_model(
            folder / "train.txt.xz",
            dev=folder / "valid.txt.xz",
            config=config,
            training=replace(training, **changes),
            folder=options.out,
            progress=progress,
        )


def _flat(tables: dict) -> dict:
    return {name: value for table in tables.values() for name, value in table.items()}


def _preset(name: str) -> list[tuple]:
    return list(_flat(PRESETS[name]).items())


def generation(options: argparse.Namespace) -> None:
    """Tokens a second of one stream, and of sixteen."""
    torch.set_num_threads(options.threads)
    model = load_language_model(options.model)
    rows = []
    for streams in (1, 16):
        config = GenerationConfig(max_tokens=200, seed=1)
        generate(model, n=streams, config=config)
        speeds = []
        for seed in range(options.runs):
            began = time.perf_counter()
            found = generate(model, n=streams, config=replace(config, seed=seed + 2))
            tokens = sum(len(one.tokens) for one in found)
            speeds.append(tokens / (time.perf_counter() - began))
        rows.append({"streams": str(streams), "tokens/s": _report.spread(speeds)})
    facts = ", ".join(f"{name} {value}" for name, value in model.facts.items())
    _print("Generation", rows, options, model=facts)


def _print(title: str, rows: list[dict], options: argparse.Namespace, **facts: object) -> None:
    _report.report(
        title,
        rows,
        packages=PACKAGES,
        facts={"data": "WikiText-2, train and valid", "threads": options.threads, **facts},
        json_path=options.json,
    )


def main() -> None:
    """Run the part that is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = parser.add_subparsers(required=True)
    for name, run in (
        ("ngram", ngram), ("speed", speed), ("epochs", epochs), ("quality", quality),
        ("generate", generation),
    ):  # fmt: skip
        part = parts.add_parser(name, help=(run.__doc__ or "").partition("\n")[0])
        part.set_defaults(run=run)
        part.add_argument("--threads", type=int, default=2)
        part.add_argument("--runs", type=int, default=5, help="rounds")
        part.add_argument("--json", type=Path, metavar="FILE")
        if name in ("epochs", "quality"):
            part.add_argument("--epochs", type=int, default=1 if name == "epochs" else 0)
        if name == "speed":
            part.add_argument("--seconds", type=float, default=10.0, help="of each round")
        if name == "quality":
            part.add_argument("--preset", choices=list(PRESETS), default="small")
            part.add_argument("--out", type=Path, required=True, metavar="MODEL")
        if name == "generate":
            part.add_argument("model", type=Path)
    options = parser.parse_args()

    options.run(options)


if __name__ == "__main__":
    main()
