"""How gradients flow: what is said of vanishing, exploding and gated gradients, measured.

Every experiment trains or builds small networks with several seeds and prints medians and a
verdict; ``--pictures FOLDER`` also draws what docs/guide/gradient-flow.md shows.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from _flow.finding import Finding, Row
from _flow.gates import (
    closed_forget_gate,
    sums_of_gates,
    update_and_reset_gates,
    update_gate_and_state,
)
from _flow.memory import clipping_and_explosion, gates_and_memory
from _flow.vanishing import depth_and_flow, l2_and_flow, stack_and_flow
from _report import report

from gradus.training.flow_plots import draw_panels


class Claim(NamedTuple):
    """A sentence, and the experiment that tests it."""

    sentence: str
    measure: Callable[[Sequence[int]], Finding]
    seeds: int = 5


CLAIMS = {
    "l2": Claim("L2 makes vanishing worse", l2_and_flow, seeds=3),
    "depth": Claim("More layers make vanishing worse", depth_and_flow),
    "stack": Claim("More recurrent layers make vanishing worse", stack_and_flow),
    "clipping": Claim("Clipping cures explosion", clipping_and_explosion),
    "memory": Claim("GRU and LSTM carry gradients further", gates_and_memory, seeds=3),
    "update": Claim("An update gate z close to 1 keeps the state", update_gate_and_state),
    "corners": Claim("With z close to 1, r does not matter", update_and_reset_gates),
    "forget": Claim("A forget gate of 0 still passes error on", closed_forget_gate),
    "sums": Claim("The entries of a gate need not sum to 1", sums_of_gates, seeds=3),
}


def main() -> None:
    """Run the experiments."""
    arguments = parse()
    torch.set_num_threads(1)
    start = time.perf_counter()
    for name in arguments.claims:
        claim = CLAIMS[name]
        finding = claim.measure(range(1, claim.seeds + 1))
        report(
            claim.sentence,
            [shown(row) for row in finding.rows],
            packages=["torch", "numpy"],
            facts={
                "verdict": f"{'holds' if finding.holds else 'DOES NOT HOLD'}: {finding.verdict}",
                "seeds": f"{claim.seeds}, medians",
                "threads": 1,
            },
            json_path=arguments.json / f"flow-{name}.json" if arguments.json else None,
        )
        if arguments.pictures and finding.panels:
            draw_panels(finding.panels, arguments.pictures / f"flow-{name}.png")
    print(f"all in {time.perf_counter() - start:.0f} s")


def parse() -> argparse.Namespace:
    """The settings of the benchmark."""
    parser = argparse.ArgumentParser(prog="bench/flow.py", description=__doc__)
    parser.add_argument("--claims", nargs="+", default=list(CLAIMS), choices=list(CLAIMS))
    parser.add_argument("--pictures", type=Path, help="folder that gets the pictures")
    parser.add_argument("--json", type=Path, help="folder that gets the results as JSON")
    return parser.parse_args()


def shown(row: Row) -> dict[str, str]:
    """The row with numbers in three digits."""
    return {
        name: f"{value:.3g}" if isinstance(value, float) else str(value)
        for name, value in row.items()
    }


if __name__ == "__main__":
    main()
