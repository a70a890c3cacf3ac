"""``gradus vectors train``: from text to word vectors."""

import signal
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from gradus.cli.console import print_json, remark, shown
from gradus.cli.lazy import examples
from gradus.cli.options import Json
from gradus.core.config import describe
from gradus.core.errors import SettingsError
from gradus.core.storage import METRICS, read_json
from gradus.core.workplace import STATE


class Model(NamedTuple):
    """Where a model's settings and its training are defined."""

    module: str
    config: str
    train: str


#: What ``--model`` takes.
MODELS = {
    "skipgram": Model("gradus.vectors", "SkipGramConfig", "train_skipgram"),
    "cbow": Model("gradus.vectors", "CbowConfig", "train_cbow"),
    "glove": Model("gradus.vectors", "GloveConfig", "train_glove"),
}

#: Options whose name on the command line differs from that of the setting.
RENAMED = {
    "shrink": "shrink_window",
    "falling": "falling_rate",
    "distance": "distance_weighting",
}


#: Options that count only under another setting.
NEEDS = {
    "negative": ("objective", "negative"),
    "x_max": ("weighting", "power"),
    "alpha": ("weighting", "power"),
}


def _option(text: str, *names: str, **limits: Any) -> Any:
    return typer.Option(*names, help=text, show_default=False, **limits)


@examples(
    "gradus vectors train corpus.txt -o vectors",
    "gradus vectors train part1.txt.gz part2.txt.xz -o vectors --dim 200 --epochs 10 --lowercase",
    "gradus vectors train corpus.txt -o glove --model glove --window 10",
    "xz -dc corpus.txt.xz | gradus vectors train - -o vectors --tokens words",
    "gradus vectors train corpus.txt -o vectors --resume",
)
def train(
    corpus: Annotated[
        list[str],
        typer.Argument(
            metavar="CORPUS...",
            help="Text files, a sentence or paragraph a line; plain, .gz, .bz2, .xz or .zst; - is "
            "standard input.",
        ),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="OUT", help="Folder to write.")],
    model: Annotated[str, _option("skipgram (default), cbow or glove.")] = "skipgram",
    objective: Annotated[
        str | None, _option("negative (default), hierarchical or softmax.")
    ] = None,
    dim: Annotated[int | None, _option("Length of a vector (100).")] = None,
    window: Annotated[int | None, _option("Tokens on each side of a word (5; glove 10).")] = None,
    shrink: Annotated[
        bool | None, _option("Draw each window's reach (default).", "--shrink/--no-shrink")
    ] = None,
    negative: Annotated[int | None, _option("Noise words per positive example (5).")] = None,
    subsample: Annotated[
        float | None, _option("Thin words above this share of tokens (0.001); 0: keep all.")
    ] = None,
    epochs: Annotated[int | None, _option("Times the corpus is read (5; glove 15).")] = None,
    rate: Annotated[float | None, _option("Learning rate at the start (0.05).")] = None,
    falling: Annotated[
        bool | None, _option("Let the rate fall to zero (default).", "--falling/--no-falling")
    ] = None,
    weighting: Annotated[
        str | None, _option("GloVe's f(X): power (default), or linear for X itself.")
    ] = None,
    x_max: Annotated[float | None, _option("GloVe: counts from here on weigh 1 (10).")] = None,
    alpha: Annotated[float | None, _option("GloVe: the power of f(X) (0.75).")] = None,
    biases: Annotated[bool | None, _option("GloVe: fit biases.", "--biases/--no-biases")] = None,
    symmetric: Annotated[
        bool | None, _option("GloVe: contexts on both sides.", "--symmetric/--left")
    ] = None,
    distance: Annotated[
        bool | None, _option("GloVe: weigh by 1/distance.", "--distance/--no-distance")
    ] = None,
    output: Annotated[
        str | None, _option("GloVe: keep the sum (default), the input or the output vectors.")
    ] = None,
    memory_mb: Annotated[int | None, _option("GloVe: MiB for counting (256).")] = None,
    min_count: Annotated[int | None, _option("Drop words met less often (5).")] = None,
    max_vocab: Annotated[int | None, _option("Keep this many most frequent words.")] = None,
    lowercase: Annotated[
        bool | None, _option("Write all words in lower case.", "--lowercase/--no-lowercase")
    ] = None,
    tokens: Annotated[
        str | None,
        _option("space (default): words end at white space; words: at punctuation too."),
    ] = None,
    encoding: Annotated[str | None, _option("Text encoding of CORPUS (utf-8).")] = None,
    errors: Annotated[
        str | None, _option("Wrong bytes: strict (default), replace or ignore.")
    ] = None,
    holdout: Annotated[
        float | None, _option("Share of text kept to measure the loss (0.01); 0: none.")
    ] = None,
    threads: Annotated[int | None, _option("Threads (all cores).")] = None,
    seed: Annotated[int | None, _option("Seed of the run (1).")] = None,
    resume: Annotated[bool, _option("Go on with an interrupted run.", "--resume")] = False,
    force: Annotated[bool, _option("Replace the model in OUT.", "--force")] = False,
    quiet: Annotated[bool, _option("No progress.", "--quiet")] = False,
    json: Json = False,
) -> None:
    """Train word vectors on your own text and save them in a folder.

    Skip-gram and CBOW with negative sampling, hierarchical softmax or the full softmax, and GloVe.
    Ctrl-C saves what has been learnt; the same command with --resume goes on from there.
    """
    given = {
        RENAMED.get(name, name): value
        for name, value in locals().items()
        if value is not None
        and name not in {"corpus", "out", "model", "resume", "force", "quiet", "json"}
    }
    place = chosen(model)
    config, reading = configure(place, model, given)
    # a run that is asked to end saves itself, as after Ctrl-C
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    trained = getattr(import_module(place.module), place.train)
    try:
        with shown(quiet=quiet) as progress:
            vectors = trained(
                corpus, config, reading=reading, folder=out, force=force, resume=resume,
                progress=progress,
            )  # fmt: skip
    except KeyboardInterrupt:
        if quiet and (out / STATE).exists():
            remark(f"stopped; the vectors so far are in {out}, and --resume goes on from here")
        raise
    metrics = read_json(out / METRICS)
    if json:
        print_json({"folder": str(out), **metrics})
    elif not quiet:
        report(out, metrics, vectors.words[:50:49] if len(vectors) > 50 else vectors.words[:2])


def chosen(model: str) -> Model:
    """The entry of :data:`MODELS`; :class:`SettingsError` names the choices."""
    if model not in MODELS:
        raise SettingsError(f"--model {model}: choose {', '.join(MODELS)}")
    return MODELS[model]


def configure(place: Model, model: str, given: dict[str, Any]) -> tuple[Any, Any]:
    """The settings of a model and of its corpus, from the options that were given.

    Raises:
        SettingsError: an option is out of range, or the model has no such setting.
    """
    vectors = import_module(place.module)
    config, reading = getattr(vectors, place.config), vectors.CorpusConfig
    of_corpus, of_model = describe(reading), describe(config)
    alien = sorted(set(given) - set(of_corpus) - set(of_model))
    if alien:
        raise SettingsError(
            f"--model {model} has no setting {', '.join(map(flag, alien))}; leave it out"
        )
    settings = config(**{name: value for name, value in given.items() if name in of_model})
    for name, (other, value) in NEEDS.items():
        if name in given and getattr(settings, other) != value:
            found = getattr(settings, other)
            raise SettingsError(
                f"{flag(name)} counts only with {flag(other)} {value}, not {found}; leave it out"
            )
    return settings, reading(**{name: given[name] for name in given if name in of_corpus})


def flag(setting: str) -> str:
    """The option of a setting.

    >>> flag("shrink_window"), flag("max_vocab")
    ('--shrink', '--max-vocab')
    """
    names = {field: option for option, field in RENAMED.items()}
    return "--" + names.get(setting, setting).replace("_", "-")


def report(out: Path, metrics: dict[str, Any], words: list[str]) -> None:
    """Say what was made, where it is, and what to do with it."""
    loss = metrics["held_out_loss"]
    held_out = "" if loss is None else f", held-out loss {loss:.4f}"
    remark(f"{metrics['words']:,} words, {metrics['speed']:,.0f} {metrics['unit']}{held_out}")
    remark(f"saved in {out}; next: gradus vectors neighbors {out} {' '.join(words)}")
