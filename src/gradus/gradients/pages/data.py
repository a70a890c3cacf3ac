"""A derivation as plain values for JSON: formulas in the notation that can be read back."""

from collections.abc import Iterable
from typing import Any

from gradus.gradients.deriving.derivation import Derivation
from gradus.gradients.elements.writers import text
from gradus.gradients.expressions.nodes import Node
from gradus.gradients.expressions.recurrence import Back
from gradus.gradients.pages.outline import Block, Left, Section, recurrences
from gradus.gradients.writing.notation import notation


def derivation_data(derivation: Derivation, sections: Iterable[Section]) -> dict[str, Any]:
    """The model, the gradients with the signals they are made of, and every step."""
    model = derivation.model
    return {
        "output": model.output,
        "inputs": {
            name: {"shape": shape_data(node), "kind": node.data[1]}
            for name, node in model.inputs.items()
        },
        "lines": {name: notation(line.args[0]) for name, line in model.names.items()},
        "signals": {
            signal.data[0]: notation(value) for signal, value in derivation.signals.items()
        },
        "gradients": {
            name: {"expression": notation(node), "shape": shape_data(node)}
            for name, node in derivation.answers.items()
        },
        "recurrences": [_recurrence(node.data) for node in recurrences(derivation)],
        "sections": sections_data(sections),
        "notes": list(derivation.notes),
    }


def _recurrence(back: Back) -> dict[str, Any]:
    """One step back through time."""
    cell = back.cell
    return {
        "time": cell.time,
        "length": str(cell.length),
        "lines": {name: notation(line.args[0]) for name, line in back.lines},
        "states": {name: stand_in.data[0] for name, stand_in in back.gammas},
        "signals": {signal.data[0]: notation(value) for signal, value in back.signals},
        "gradients": {leaf.data[0]: notation(value) for leaf, value in back.answers},
    }


def shape_data(node: Node) -> list[str]:
    """A shape as texts."""
    return [str(dim) for dim in node.shape]


def sections_data(sections: Iterable[Section]) -> list[dict[str, Any]]:
    """What is told, section by section."""
    return [
        {
            "title": section.title,
            "remarks": list(section.remarks),
            "steps": [_block(block) for block in section.blocks],
        }
        for section in sections
    ]


def _block(block: Block) -> dict[str, Any]:
    line = block.line
    return {
        **_left(line.left),
        "expression": notation(line.right),
        "shape": [str(dim) for dim in line.shape],
        "reasons": list(line.reasons),
        "shares": [
            {
                "place": notation(share.place),
                "upstream": notation(share.upstream),
                "rule": share.words,
                "expression": notation(share.product),
                "shapes": share.shapes,
                "check": share.check(notation),
                "proof": [
                    {
                        "left": text(one.left, notation),
                        "right": text(one.right, notation),
                        "reason": one.reason,
                    }
                    for one in share.proof
                ],
            }
            for share in block.shares
        ],
    }


def _left(left: Left) -> dict[str, Any]:
    found: dict[str, Any] = {"name": left.symbol}
    if left.by:
        found["derivative"] = left.of
        found["by"] = left.by if isinstance(left.by, str) else notation(left.by)
    if left.rest:
        found["partial"] = True
    if left.then:
        found["first_by"] = left.then
    return found
