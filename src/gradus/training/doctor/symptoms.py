"""Numbers that the doctor reads off a run: how far the loss fell, how gradients and units do.

Losses are told in units of ``chance``, the loss of a guess that ignores its input, so that one set
of limits serves every task. A number that could not be measured is NaN, and no rule believes in it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradus.training.doctor.series import (
    Curve,
    at,
    finite,
    late_fall,
    least,
    median,
    most,
    number,
    share,
    smooth,
)  # fmt: skip
from gradus.training.history import History

#: A gradient below this is as good as zero; it keeps ratios finite.
TINY = 1e-30


@dataclass(frozen=True, kw_only=True)
class Symptoms:
    """What was measured on a run; NaN where it could not be."""

    steps: int  # done
    progress: float  # share of the planned steps that are done; 1 for a run that has ended
    looks: int
    diverged: str  # what a run that left the finite numbers said, else empty
    chance: float  # loss of a guess that ignores its input
    first_loss: float  # before the first update
    peak: float  # highest loss after it, in units of the greater of first_loss and chance
    fit: float  # loss on training examples at the end
    dev: float  # loss on the dev set at the end
    fit_gain: float  # share of the chance loss that is gone from fit: 1 is perfect, 0 is chance
    dev_gain: float  # the same of the dev loss where it was lowest
    dev_lift: float  # best dev accuracy above that of chance, in standard errors
    gap: float  # dev minus fit, in units of chance
    dev_rise: float  # dev loss at the end above its lowest, as a share of that
    late_fall: float  # share of the fall of the loss that lies in the second half of the run
    first_update: float  # longest step of a layer in lengths of its weights, at step 1, full rate
    update: float  # step of a middling layer in the first half of the run, at the full rate
    first_gradient: float  # joint norm at step 1, in units of chance
    first_depth_flow: float  # gradient of the lower layers over that of the top layer at step 1
    depth_flow: float  # the same, median over the run
    first_time_growth: float  # gradient at the first word over that at the last; greatest, step 1
    first_time_flow: float  # the same where it is least
    time_flow: float  # the same, median over the run
    distance: float  # steps between the first word and the last
    first_dead: float  # share of dead units in the worst layer at step 1
    dead: float  # the same at the end
    first_saturated: float  # share of saturated answers in the worst layer at step 1
    saturated: float  # the same at the end
    sanity: float  # 1: the check was passed, 0: it failed
    sanity_left: float  # share of the loss that was left of it
    rate: float  # the highest


def measure(history: History) -> Symptoms:
    """The symptoms of a run, be it finished, stopped or still going on.

    >>> steps = [{"event": "step", "step": n, "loss": 2.0 - n / 10} for n in range(1, 11)]
    >>> found = measure(History.of(steps))
    >>> round(found.chance, 2), round(found.fit_gain, 2), round(found.late_fall, 2)
    (1.9, 0.47, 0.56)
    """
    chance = _chance(history)
    with np.errstate(all="ignore"):  # infinities are among what a sick run writes down
        return Symptoms(
            chance=chance,
            **_progress(history),
            **_losses(history, chance),
            **_steps(history, chance),
            **_flows(history),
            **_units(history),
        )


def _chance(history: History) -> float:
    known = number(_baseline(history).get("loss"))
    return known if known > 0 else at(finite(history.series("loss")), 0)


def _baseline(history: History) -> dict[str, Any]:
    return history.started.get("baseline") or {}


def _progress(history: History) -> dict[str, Any]:
    done = max((event["step"] for event in (*history.steps, *history.looks)), default=0)
    planned, sanity = number(history.started.get("steps")), history.sanity
    return {
        "steps": done,
        "progress": 1.0 if history.finished or math.isnan(planned) else share(done, planned),
        "looks": len(history.looks),
        "diverged": str(history.finished.get("diverged") or ""),
        "sanity": number(sanity.get("passed")),
        "sanity_left": share(number(sanity.get("last_loss")), number(sanity.get("first_loss"))),
    }


def _losses(history: History, chance: float) -> dict[str, Any]:
    losses = finite(history.series("loss"))
    fits = finite(history.look_series("fit", "loss"))
    devs = finite(history.look_series("dev", "loss"))
    first, dev, best = at(losses, 0), at(devs, -1), least(devs)
    fit = at(fits, -1) if len(fits) else median(losses[-max(1, len(losses) // 10) :])
    return {
        "first_loss": first,
        "peak": share(most(smooth(losses[1:])), most([chance, first])),
        "fit": fit,
        "dev": dev,
        "fit_gain": share(chance - fit, chance),
        "dev_gain": share(chance - best, chance),
        "dev_lift": _lift(history),
        "gap": share(dev - fit, chance),
        "dev_rise": share(dev - best, best),
        "late_fall": late_fall(fits if len(fits) >= 4 else smooth(losses)),
    }


def _lift(history: History) -> float:
    """How many standard errors the best dev accuracy lies above that of the commonest class."""
    chance, examples = (
        number(_baseline(history).get("accuracy")), number(history.started.get("dev_examples")),
    )  # fmt: skip
    best = most(history.look_series("dev", "accuracy"))
    if not (0 < chance < 1 and examples > 0):
        return math.nan
    return (best - chance) / math.sqrt(chance * (1 - chance) / examples)


def _steps(history: History, chance: float) -> dict[str, Any]:
    rates = history.series("rate")
    rate = most(rates)
    # judged at the full rate, so that neither warm-up nor decay looks like a low one
    scale = np.where(rates > 0, rate / np.where(rates > 0, rates, 1.0), np.nan)
    updates = [ratios * scale for ratios in history.layer_series("update_ratio").values()]
    norms = history.series("grad_norm")
    layers = [at(series, 0) for series in history.layer_series("grad_norm").values()]
    joint = at(norms, 0) if math.isfinite(at(norms, 0)) else math.hypot(*layers)
    return {
        "rate": rate,
        "first_update": most(at(series, 0) for series in updates),
        "update": median(np.array([median(ratios[: len(ratios) // 2 + 1]) for ratios in updates])),
        "first_gradient": share(joint, chance) if layers or len(norms) else math.nan,
    }


def _flows(history: History) -> dict[str, Any]:
    depth = _depth_flow(list(history.layer_series("grad_norm").values()))
    times = list(_time_flows(history))
    return {
        "first_depth_flow": at(depth, 0),
        "depth_flow": median(depth),
        "first_time_growth": most(at(flow, 0) for flow in times),
        "first_time_flow": least(at(flow, 0) for flow in times),
        "time_flow": least(median(flow) for flow in times),
        "distance": most(
            median(steps) for steps in _named(history, "recurrent", "distance").values()
        ),
    }


def _depth_flow(layers: list[Curve]) -> Curve:
    """The middling gradient of the lower half of the layers over that of the top layer."""
    if len(layers) < 3:
        return np.zeros(0)
    # a median, because a lone bias that is declared first may sit right below the loss
    lower, top = np.median(layers[: len(layers) // 2], axis=0), layers[-1]
    return np.where(top > 0, np.maximum(lower, TINY) / np.maximum(top, TINY), np.nan)


def _time_flows(history: History) -> Iterator[Curve]:
    firsts, lasts = (_named(history, "recurrent", name) for name in ("first", "last"))
    for name, first in firsts.items():
        yield np.maximum(first, TINY) / np.maximum(lasts[name], TINY)


def _units(history: History) -> dict[str, Any]:
    found = {}
    for fault in ("dead", "saturated"):
        groups = ("units", "recurrent")
        curves = [curve for group in groups for curve in _named(history, group, fault).values()]
        found["first_" + fault] = most(at(curve, 0) for curve in curves)
        found[fault] = most(median(curve[-max(1, len(curve) // 5) :]) for curve in curves)
    return found


def _named(history: History, group: str, figure: str) -> dict[str, Curve]:
    """A figure of every member of a group over the steps."""
    names = dict.fromkeys(name for event in history.steps for name in event.get(group) or {})
    return {
        name: np.array(
            [
                number(((event.get(group) or {}).get(name) or {}).get(figure))
                for event in history.steps
            ]
        )
        for name in names
    }
