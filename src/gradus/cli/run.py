"""What every command that trains a network does with what it was given, whatever it trains."""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from gradus.cli.console import shown
from gradus.cli.outcome import plain_figures, tell_outcome

if TYPE_CHECKING:
    from gradus.training.settings import TrainingConfig

#: Arguments that choose what is done rather than a setting of the model or its training.
ACTIONS = frozenset(
    {
        *("out", "dev", "preset", "settings", "assignments"),
        *("sanity", "resume", "force", "quiet", "json"),
    }
)


def settings_in(given: Mapping[str, Any], *others: str) -> dict[str, Any]:
    """The settings among the arguments of a command; ``others`` are none, beside ACTIONS.

    >>> settings_in({"train": ["a.conllu"], "epochs": 3, "force": False}, "train")
    {'epochs': 3}
    """
    apart = ACTIONS.union(others)
    return {name: value for name, value in given.items() if name not in apart}


def train_and_tell(
    train: Callable[..., Any],
    source: Any,
    settings: "tuple[Any, TrainingConfig]",
    given: Mapping[str, Any],
    *,
    then: str,
    figures: Callable[[Mapping[str, float]], str] = plain_figures,
    others: Collection[str] = (),
) -> None:
    """Call ``train``, with progress, and say what came of it.

    ``settings`` are those of the model and of its training, ``given`` all arguments of the command,
    of which ``others`` are passed on beside the usual ones; ``then`` and ``figures`` are as
    :func:`~gradus.cli.outcome.tell_outcome` takes them.
    """
    config, training = settings
    out, quiet = given["out"], given["quiet"]
    passed = {name: given[name] for name in ("dev", "force", "resume", "sanity", *others)}
    with shown(quiet=quiet) as progress:
        made = train(
            source, config=config, training=training, folder=out, progress=progress, **passed
        )
    tell_outcome(out, made.metrics, then=then, json=given["json"], quiet=quiet, figures=figures)
