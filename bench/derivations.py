"""The derivation engine on problems with verified answers: how many are right, how long, how fast.

Lengths are operations (signs, calls, transposes, indices) of an answer with all that it needs, over
those of the given answer.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from _data import data_folder
from _report import report

SUPPORT = Path(__file__).resolve().parent.parent / "tests" / "support"
sys.path.insert(0, str(SUPPORT))

from problems import (  # noqa: E402 - found only now
    Problem,
    derived_length,
    load_mistakes,
    load_problems,
    text_operations,
)

from gradus.gradients.deriving.derivation import derive  # noqa: E402
from gradus.gradients.deriving.jacobians import hessian, jacobian  # noqa: E402
from gradus.gradients.expressions.nodes import Node  # noqa: E402
from gradus.gradients.expressions.points import Point  # noqa: E402
from gradus.gradients.grading import grade  # noqa: E402
from gradus.gradients.library import model_text  # noqa: E402
from gradus.gradients.writing.notation import notation  # noqa: E402

#: Random points at which values are compared, and the largest relative difference.
SEEDS, TOLERANCE = range(5), 1e-10


def right(problem: Problem, name: str, node: Node, signals: dict[Node, Node]) -> bool:
    """Whether an expression has the value and the shape of the given answer."""
    for seed in SEEDS:
        values = problem.values(seed)
        wanted = problem.answer(name, values)
        found = Point(values, problem.sizes).value(node, signals)
        if problem.kind != "gradient":
            found = found.reshape(wanted.shape) if found.size == wanted.size else found
        scale = max(1.0, float(np.abs(wanted).max()))
        if found.shape != wanted.shape or np.abs(found - wanted).max() > TOLERANCE * scale:
            return False
    return True


def milliseconds(call: Callable[[], object], runs: int) -> float:
    """The median time of a call."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e3


def main() -> None:
    """Go through all problems."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each derivation (5)")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    problems = load_problems(data_folder().parent / "problems" / "gradients.yaml")
    count = correct = 0
    ratios, lines, times = [], [], []
    for problem in problems:
        model = problem.model()
        if problem.kind == "gradient":
            found = derive(model, problem.wrt)
            for name in problem.wrt:
                count += 1
                correct += right(problem, name, found.answers[name], dict(found.signals))
                ratios.append(derived_length(found, problem, name) / max(1, problem.length(name)))
            shown = (*found.signals.values(), *found.answers.values())
            lines += [text_operations(notation(node)) for node in shown]
            times.append(milliseconds(lambda m=model, p=problem: derive(m, p.wrt), options.runs))
            continue
        make = jacobian if problem.kind == "jacobian" else lambda m, w: hessian(m, w)[0]
        for name in problem.wrt:
            block = make(model, name).blocks[name]
            count += 1
            correct += right(problem, name, block, {})
            ratios.append(text_operations(notation(block)) / max(1, problem.length(name)))
    rejected = named = 0
    by_id = {problem.id: problem for problem in problems}
    mistakes = load_mistakes(data_folder().parent / "problems")
    for one in mistakes:
        problem = by_id[one["id"]]
        graded = grade(
            derive(problem.model(), [one["var"]]), one["var"], one["wrong"], given=problem.given
        )
        rejected += not graded.right
        named += bool(graded.mistake)
    lstm = milliseconds(lambda: derive(model_text("lstm")), 4 * options.runs)
    rows = [
        {"what": "gradients right", "measured": f"{correct} of {count}"},
        {"what": "mistakes rejected", "measured": f"{rejected} of {len(mistakes)}"},
        {"what": "mistakes named", "measured": f"{named} of {len(mistakes)}"},
        {
            "what": "length over the given answer: median, 90th percentile, worst",
            "measured": f"{np.median(ratios):.2f}, {np.percentile(ratios, 90):.2f}, "
            f"{max(ratios):.2f}",
        },
        {
            "what": "lines of at most 8 operations; longest",
            "measured": f"{np.mean(np.array(lines) <= 8):.1%}; {max(lines)}",
        },
        {
            "what": "time of a problem, ms: median, 99th percentile",
            "measured": f"{np.median(times):.1f}, {np.percentile(times, 99):.1f}",
        },
        {"what": "an LSTM over T steps, ms", "measured": f"{lstm:.1f}"},
    ]
    report(
        "Derivations of problems with verified answers",
        rows,
        packages=["numpy"],
        facts={"problems": len(problems), "points": len(SEEDS)},
        json_path=options.json,
    )


if __name__ == "__main__":
    main()
