"""From symptoms to evidence: for each fault how strongly a run speaks for it, and its words.

Each rule is a few limits with margins, chosen between where healthy and sick runs lay on the tuning
seeds of ``bench/doctor.py``; that script measures how often the rules are right on others.
"""

from typing import NamedTuple

from gradus.training.doctor.grades import above, below, far_above, far_below
from gradus.training.doctor.series import share
from gradus.training.doctor.symptoms import Symptoms


class Evidence(NamedTuple):
    """How strongly the symptoms speak for a fault, between 0 and 1, and sentences that say why."""

    strength: float
    sentences: list[str]


def stuck(s: Symptoms) -> float:
    """Whether training has removed little of the loss that a blind guess has, or diverged."""
    return 1.0 if s.diverged else below(s.fit_gain, 0.3, 0.6)


def blocked(s: Symptoms) -> float:
    """Whether units let no gradient through from the start, whatever the rate."""
    return max(above(s.first_saturated, 0.3, 0.6), above(s.first_dead, 0.6, 0.85))


def exploding_gradients(s: Symptoms) -> Evidence:
    """Before the first update gradients are huge, or grow on their way back through time."""
    through_time = far_above(s.first_time_growth, 1e2, 1e4)
    large = min(far_above(s.first_gradient, 30, 300), 1 - blocked(s))
    sentences = [
        f"the first gradient, before any update, has norm {s.first_gradient * s.chance:.3g}, "
        f"{s.first_gradient:.3g} times the loss of a guess"
    ]
    if through_time:
        sentences.append(
            f"at the first word it is {s.first_time_growth:.2g} times as long as at the last, "
            f"{s.distance:.0f} steps later"
        )
    return Evidence(min(stuck(s), max(through_time, large)), [*sentences, *_outcome(s)])


def dead_relus(s: Symptoms) -> Evidence:
    """Units are dead from the start; those that die later are a consequence."""
    born = above(s.first_dead, 0.65, 0.85) * (0.6 + 0.4 * stuck(s))
    sentence = (
        f"{_percent(s.first_dead)} of a layer's rectifiers answered 0 to the whole first batch, "
        f"{_percent(s.dead)} at the end: no gradient passes them"
    )
    return Evidence(born, [sentence, *_outcome(s)])


def saturated_units(s: Symptoms) -> Evidence:
    """Answers lie near an asymptote from the start."""
    born = above(s.first_saturated, 0.3, 0.55) * (0.6 + 0.4 * stuck(s))
    sentence = (
        f"{_percent(s.first_saturated)} of a layer's answers lay near an asymptote, where the "
        f"slope is nearly 0, in the first batch, {_percent(s.saturated)} at the end"
    )
    return Evidence(born, [sentence, *_outcome(s)])


def vanishing_gradients(s: Symptoms) -> Evidence:
    """The lower layers, or the first steps of a sequence, hardly get a gradient."""
    depth = min(far_below(s.first_depth_flow, 1e-3, 3e-2), far_below(s.depth_flow, 3e-2, 3e-1))
    time = min(far_below(s.first_time_flow, 1e-7, 1e-4), far_below(s.time_flow, 1e-4, 1e-2))
    sentences = []
    if depth:
        sentences.append(
            f"the gradient of the lower layers was {s.first_depth_flow:.1e} times that of the top "
            f"layer at first, {s.depth_flow:.1e} times in the middle of the run"
        )
    if time:
        sentences.append(
            f"the gradient at the first word was {s.first_time_flow:.1e} times that at the last, "
            f"{s.distance:.0f} steps later"
        )
    return Evidence(min(stuck(s), max(depth, time)), [*sentences, *_outcome(s)])


def rate_too_high(s: Symptoms) -> Evidence:
    """The loss climbed above where it began, or a step is as long as the weights; it ends badly."""
    climbed = far_above(s.peak, 1.3, 3)
    leaps = far_above(s.first_update, 0.3, 1.5)
    diverged = 0.7 if s.diverged else 0.0
    sentences = []
    if climbed:
        sentences.append(f"the loss rose to {s.peak:.3g} times what it, or a guess, had at first")
    if leaps:
        sentences.append(
            f"the first step of a layer was {s.first_update:.2g} times as long as its weights"
        )
    if s.rate > 0:
        sentences.append(f"the rate is {s.rate:.3g}")
    harm = max(stuck(s), far_above(s.peak, 2.5, 8))  # few runs come back from so high
    return Evidence(min(harm, max(climbed, leaps, diverged)), [*sentences, *_outcome(s)])


def bug(s: Symptoms) -> Evidence:
    """The sanity check failed, or what was learnt of training examples never helped on dev."""
    insane = 0.95 * below(s.sanity, 0.0, 1.0)
    by_heart = min(
        above(s.fit_gain, 0.1, 0.3), below(s.dev_gain, 0.005, 0.03), 1 - above(s.dev_lift, 3, 5)
    )
    sentences = []
    if insane:
        sentences.append(
            f"the sanity check failed: {_percent(s.sanity_left)} of the loss on ten examples was "
            "left at every rate tried"
        )
    if by_heart:
        sentences.append(
            f"the loss on training examples fell to {s.fit:.3g}, that on dev was never better than "
            f"a guess ({s.chance:.3g}) and ended at {s.dev:.3g}: what is learnt does not carry over"
        )
    return Evidence(max(insane, by_heart), sentences)


def rate_too_low(s: Symptoms) -> Evidence:
    """Weights hardly move, or the loss still falls in a straight line; little is learnt."""
    cold = far_below(s.update, 1e-4, 5e-4)
    straight = min(above(s.late_fall, 0.3, 0.42), far_below(s.update, 4e-4, 1.5e-3))
    sentences = []
    if cold or straight:
        sentences.append(
            f"at its full rate a step moves weights by {s.update:.1e} of their length; a "
            "thousandth is usual"
        )
    if above(s.late_fall, 0.3, 0.42):
        sentences.append(
            f"the loss falls in a straight line: {_percent(s.late_fall)} of its fall lies in the "
            "second half of the run"
        )
    return Evidence(min(stuck(s), max(cold, straight)), [*sentences, *_outcome(s)])


def overfitting(s: Symptoms) -> Evidence:
    """Training examples are learnt far better than dev, which was once better than a guess."""
    learnt = min(
        above(s.fit_gain, 0.3, 0.5), max(above(s.dev_gain, 0.005, 0.03), above(s.dev_lift, 3, 5))
    )
    apart = min(above(s.gap, 0.1, 0.3), below(share(s.fit, s.dev), 0.1, 0.3))
    turned = min(above(s.gap, 0.2, 0.4), above(s.dev_rise, 0.1, 0.3))
    sentences = [
        f"the loss is {s.fit:.3g} on training examples and {s.dev:.3g} on dev, "
        f"a gap of {_percent(s.gap)} of the loss of a guess ({s.chance:.3g})"
    ]
    if s.dev_rise > 0.02:
        sentences.append(f"on dev it ends {_percent(s.dev_rise)} above its lowest")
    return Evidence(min(learnt, max(apart, turned)), sentences)


def underfitting(s: Symptoms) -> Evidence:
    """Training examples are hardly learnt, dev no worse, although gradients and rate are fine."""
    nothing = below(s.fit_gain, 0.08, 0.15)
    little = min(below(s.fit_gain, 0.2, 0.35), below(s.late_fall, 0.3, 0.4))
    poor = max(nothing, little)
    return Evidence(
        0.9 * min(poor, 1 - above(s.gap, 0.2, 0.4)),
        [
            f"the loss is {s.fit:.3g} on training examples"
            + (f" and {s.dev:.3g} on dev" if s.dev == s.dev else "")
            + f", where a guess has {s.chance:.3g}: both are bad",
            f"{_percent(s.dead)} of a layer's rectifiers died on the way"
            if s.dead > 0.5
            else "gradients, units and the length of steps look as they should",
        ],
    )


def _outcome(s: Symptoms) -> list[str]:
    """Where it led to."""
    if s.diverged:
        return [f"the run diverged: {s.diverged}"]
    if s.fit_gain == s.fit_gain and stuck(s):
        return [f"the loss ends at {s.fit:.3g}, where a guess has {s.chance:.3g}"]
    return []


def _percent(value: float) -> str:
    return f"{value:,.0%}"
