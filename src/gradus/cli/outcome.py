"""What a command that trained something says at its end."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gradus.cli.console import print_json, remark


def plain_figures(figures: Mapping[str, float]) -> str:
    """Figures by name.

    >>> plain_figures({"loss": 0.25, "macro_f1": 0.5})
    'loss 0.25, macro f1 0.5'
    """
    return ", ".join(f"{name.replace('_', ' ')} {value:.4g}" for name, value in figures.items())


def tell_outcome(
    out: Path,
    metrics: Mapping[str, Any],
    *,
    then: str,
    json: bool,
    quiet: bool,
    figures: Callable[[Mapping[str, float]], str] = plain_figures,
    size: str = "parameters",
) -> None:
    """Say what was made, where it is, and what to do with it; with ``json`` all of ``metrics``.

    ``figures`` spells the dev figures, ``size`` names the metric that says how large the model is,
    and ``then`` is a command to go on with.
    """
    if json:
        print_json({"folder": str(out), **metrics})
    elif not quiet:
        found = figures(metrics["dev"]) if metrics["dev"] else ""
        made = f"{metrics[size]:,} {size}, {metrics['seconds']:.1f} s"
        remark(f"{made}; dev {found}" if found else made)
        remark(f"saved in {out}; next: {then}")
