"""Scene: the two-layer network derived by hand, proved at random points, and written as code."""

from typing import Any

from gradus.cli.stage import Stage

PAGE, CODE = "two-layer.html", "two_layer.py"

#: An answer that many people give, to have the mistake in it named.
VARIABLE, ANSWER = "W1", "xᵀ ((ŷ - y) W2ᵀ)"


def play(stage: Stage) -> dict[str, Any]:
    """Derive, verify, grade, and write a page and code."""
    from gradus.gradients import derive, model_text
    from gradus.gradients.pages.outline import outline
    from gradus.gradients.pages.text import text_rows
    from gradus.nn.autograd import judge

    stage.title("Gradients: a two-layer network, derived as on paper")
    found = derive(model_text("two-layer"))
    stage.say(*(row.text for row in text_rows(outline(found, "answer")) if row.text))
    stage.title("Proved at random points")
    checked = found.verify(seed=stage.seed, judges={"PyTorch": judge})
    stage.say(*(f"  {line}" for line in str(checked).splitlines()[1:]))
    stage.title("An answer with a mistake in it")
    graded = found.grade(VARIABLE, ANSWER, seed=stage.seed)
    stage.say(f"  {graded}")
    (stage.folder / PAGE).write_text(found.page("proof", "html"), encoding="utf-8")
    (stage.folder / CODE).write_text(found.code("numpy"), encoding="utf-8")
    stage.say(
        "",
        f"  every step with its proof:     {stage.folder / PAGE}",
        f"  forward and backward as code:  {stage.folder / CODE}",
    )
    stage.title("Next")
    stage.say(
        "  gradus derive --list",
        "  gradus derive --model lstm",
        '  gradus derive "J = sum(tanh(x W)²)" --shape x=N,D --shape W=D,H --verify',
    )
    return {
        "gradients": {name: found[name] for name in found.asked},
        "verified": checked.passed,
        "mistake": graded.mistake,
    }
