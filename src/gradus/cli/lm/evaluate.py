"""``gradus lm evaluate``: the perplexity of texts."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from gradus.cli.console import print_json, print_table, remark, shown
from gradus.cli.lazy import examples
from gradus.cli.lm.arguments import Model
from gradus.cli.options import Json, Quiet, option

if TYPE_CHECKING:
    from gradus.core.progress import Progress
    from gradus.tasks.lm.cache import CacheConfig
    from gradus.tasks.lm.model import LanguageModel

#: Gives the surprisals of an encoded text.
Score: TypeAlias = Callable[[Any], Any]


@examples(
    "gradus lm evaluate model test.txt",
    "gradus lm evaluate model book1.txt book2.txt --json",
    "gradus lm evaluate model test.txt --cache 2000,0.1,0.3",
    "gradus lm evaluate model test.txt --cache dev.txt",
)
def evaluate(
    model: Model,
    texts: Annotated[
        list[str],
        typer.Argument(metavar="TEXT...", help="Text files; plain or packed; - is stdin."),
    ],
    cache: Annotated[
        str | None,
        option(
            "Mix in a cache of the words before: SIZE,WEIGHT,SHARPNESS, or a dev text to choose "
            "them on."
        ),
    ] = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Measure how well MODEL predicts each TEXT: perplexity, and bits a character.

    Every token counts, line ends and <unk> included; what was counted is printed beside the
    figures. Models of different vocabularies are compared by their bits a character, as long as
    few words are unknown.
    """
    from gradus.core.config import to_dict
    from gradus.tasks.lm.loading import load_language_model
    from gradus.tasks.lm.perplexity import Perplexity

    opened = load_language_model(model)
    with shown(quiet=quiet) as progress:
        config = None if cache is None else _cache(opened, cache, progress)
        score = _scorer(opened, config, progress)
        rows = []
        for name in texts:
            text = opened.spelling.encode(name, progress)
            rows.append((name, Perplexity.of(score(text), text, opened.spelling)))
    if json:
        told = None if config is None else to_dict(config)
        print_json([{"text": name, **found.to_dict(), "cache": told} for name, found in rows])
        return
    print_table(
        ["text", "perplexity", "bits/token", "bits/character", "tokens", "unknown"],
        [
            [
                *(name, f"{found.perplexity:.2f}", f"{found.bits_per_token:.3f}"),
                *(f"{found.bits_per_character:.3f}", found.tokens),
                f"{found.unknown / found.tokens:.2%}",
            ]
            for name, found in rows
        ],
    )
    for name, found in rows:
        remark(f"{name}: {found.counted}")


def _cache(model: "LanguageModel[Any]", line: str, progress: "Progress") -> "CacheConfig":
    """The cache of a line of numbers, or the best one on a dev text."""
    from gradus.tasks.lm.cache import parse_cache
    from gradus.tasks.lm.cache_tuning import tune_cache

    if not Path(line).is_file():
        return parse_cache(line)
    best = tune_cache(model, model.spelling.encode(line, progress), progress=progress).best
    remark(f"best on {line}: --cache {best.size},{best.weight:g},{best.sharpness:g}")
    return best


def _scorer(
    model: "LanguageModel[Any]", cache: "CacheConfig | None", progress: "Progress"
) -> Score:
    """What gives the surprisals of a text: the model alone, or with a cache."""
    if cache is None:
        return lambda text: model.surprisals(text, progress)
    from gradus.tasks.lm.cache import cached_surprisals

    return lambda text: cached_surprisals(model, text, cache, progress)
