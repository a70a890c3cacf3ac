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
    from gradus.tasks.lm.loading import load_language_model
    from gradus.tasks.lm.perplexity import Perplexity

    opened = load_language_model(model)
    with shown(quiet=quiet) as progress:
        score = _scorer(opened, cache, progress)
        rows = []
        for name in texts:
            text = opened.spelling.encode(name, progress)
            rows.append((name, Perplexity.of(score(text), text, opened.spelling)))
    if json:
        print_json([{"text": name, **found.to_dict()} for name, found in rows])
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


def _scorer(model: "LanguageModel[Any]", cache: str | None, progress: "Progress") -> Score:
    """What gives the surprisals of a text: the model alone, or with a cache."""
    if cache is None:
        return lambda text: model.surprisals(text, progress)
    from gradus.tasks.lm.cache import cached_surprisals, parse_cache
    from gradus.tasks.lm.cache_tuning import tune_cache

    if Path(cache).exists():
        config = tune_cache(model, model.spelling.encode(cache, progress), progress=progress).best
        progress.note(
            f"best on {cache}: --cache {config.size},{config.weight:g},{config.sharpness:g}"
        )
    else:
        config = parse_cache(cache)
    return lambda text: cached_surprisals(model, text, config, progress)
