"""The problems with verified answers: every gradient, every refusal, every mistake."""

from pathlib import Path

import numpy as np
import pytest
from problems import (
    Problem,
    derived_length,
    load_mistakes,
    load_negatives,
    load_problems,
    text_operations,
)

from gradus.core.errors import DerivationError, NotationError, ShapeError
from gradus.gradients.deriving.derivation import Derivation, derive
from gradus.gradients.deriving.jacobians import hessian, jacobian
from gradus.gradients.expressions.nodes import below
from gradus.gradients.expressions.points import Point
from gradus.gradients.grading import grade
from gradus.gradients.reading.models import read_expression, read_model
from gradus.gradients.writing.notation import notation

SEEDS = range(3)


#: Problems of our own, and how many gradients they ask for.
FURTHER, COUNT = Path(__file__).parents[2] / "support" / "further_problems.yaml", 58


@pytest.fixture(scope="module")
def given(problem_folder: Path) -> list[Problem]:
    return load_problems(problem_folder / "gradients.yaml")


@pytest.fixture(scope="module", params=["given", "further"])
def problems(request: pytest.FixtureRequest) -> list[Problem]:
    if request.param == "further":
        return load_problems(FURTHER)
    found: list[Problem] = request.getfixturevalue("given")
    return found


@pytest.fixture(scope="module")
def derived(problems: list[Problem]) -> list[tuple[Problem, Derivation]]:
    return [(one, derive(one.model(), one.wrt)) for one in problems if one.kind == "gradient"]


def agrees(found, wanted) -> bool:
    scale = max(1.0, float(np.abs(wanted).max(initial=0.0)))
    return found.shape == wanted.shape and float(np.abs(found - wanted).max()) <= 1e-10 * scale


def test_every_gradient_is_that_of_the_given_answer(derived):
    wrong = [
        (problem.id, name, seed)
        for problem, derivation in derived
        for name in problem.wrt
        for seed in SEEDS
        for values in [problem.values(seed)]
        if not agrees(
            Point(values, problem.sizes).value(derivation.answers[name], derivation.signals),
            problem.answer(name, values),
        )
    ]
    assert not wrong
    assert sum(len(problem.wrt) for problem, _ in derived) in (160, COUNT)


def test_every_jacobian_is_that_of_the_given_answer(problems):
    checked = 0
    for problem in problems:
        if problem.kind == "gradient":
            continue
        for name in problem.wrt:
            if problem.kind == "jacobian":
                block = jacobian(problem.model(), name).blocks[name]
            else:
                block = hessian(problem.model(), name)[0].blocks[name]
            for seed in SEEDS:
                values = problem.values(seed)
                wanted = problem.answer(name, values)
                found = Point(values, problem.sizes).value(block)
                assert agrees(found.reshape(wanted.shape), wanted), (problem.id, name)
            checked += 1
    assert checked in (3, 5)


def test_a_gradient_has_the_shape_of_what_it_is_taken_by(derived):
    for problem, derivation in derived:
        for name, node in derivation.answers.items():
            assert node.shape == derivation.model.shape(name), (problem.id, name)


def test_paper_and_numpy_notation_give_the_same_model(given):
    for problem in given:
        plain, paper = problem.model(), problem.model("expression")
        assert plain.names == paper.names, problem.id


def test_answers_are_as_short_as_the_given_ones(derived):
    ratios = sorted(
        derived_length(derivation, problem, name) / max(1, problem.length(name))
        for problem, derivation in derived
        for name in problem.wrt
    )
    assert ratios[len(ratios) // 2] <= 1.0
    assert ratios[int(0.9 * len(ratios))] <= 1.2
    assert ratios[-1] <= 2.0


def test_lines_are_short(derived):
    counts = [
        text_operations(notation(node))
        for _, derivation in derived
        for node in (*derivation.signals.values(), *derivation.answers.values())
    ]
    assert sum(count <= 8 for count in counts) / len(counts) >= 0.95
    assert max(counts) <= 18


def test_no_index_objects_where_everything_is_a_matrix(derived):
    for problem, derivation in derived:
        low = all(node.rank <= 2 for node in below([derivation.model.result]))
        for node in (*derivation.signals.values(), *derivation.answers.values()):
            ops = {part.op for part in below([node], through_names=False)}
            assert not (low and "einsum" in ops), problem.id


def test_what_is_written_reads_back_as_the_same_expression(derived):
    for _, derivation in derived:
        extra = {signal.data[0]: signal for signal in derivation.signals}
        for node in (*derivation.signals.values(), *derivation.answers.values()):
            assert read_expression(notation(node), derivation.model, extra) is node


def test_given_answers_are_graded_as_right(derived):
    for problem, derivation in derived:
        for name in problem.wrt:
            found = grade(derivation, name, problem.answers[name], given=problem.given)
            assert found.right, (problem.id, name, found.mistake)


def test_mistakes_are_rejected_and_named(problem_folder, given):
    by_id = {problem.id: problem for problem in given}
    mistakes = load_mistakes(problem_folder)
    for one in mistakes:
        problem = by_id[one["id"]]
        derivation = derive(problem.model(), [one["var"]])
        found = grade(derivation, one["var"], one["wrong"], given=problem.given)
        assert not found.right, one
        assert found.mistake, one
    assert len(mistakes) == 30


#: What is asked of each request that has no answer: the error (None: a note), and words of it.
REFUSALS = {
    "N01": (ShapeError, "did you mean x @ W1.T?"),
    "N02": (DerivationError, "ask for the Jacobian"),
    "N03": (None, "J does not depend on y: the gradient is 0 of shape [D]"),
    "N04": (DerivationError, "argmax is piecewise constant"),
    "N05": (ShapeError, "needs a square matrix"),
    "N06": (ShapeError, "cannot broadcast [m] with [n]"),
    "N07": (ShapeError, "write b[:, None]"),
    "N08": (NotationError, "o: index in V"),
    "N09": (NotationError, "unknown function 'foo'"),
    "N10": (DerivationError, "unsupported operation: expm"),
    "N11": (None, "x_1 = ..."),
    "N12": (None, "write W @ x"),
}


def test_requests_without_an_answer_get_the_message_that_is_due(problem_folder):
    requests = load_negatives(problem_folder)
    assert {one["id"] for one in requests} == set(REFUSALS)
    for one in requests:
        error, words = REFUSALS[one["id"]]
        text = one["expr"].partition(" with o")[0].partition(" meant as")[0]
        text, _, wrt = text.partition(", wrt ")
        text, _, asked = text.partition("; d yhat / d ")
        name = wrt or asked.partition(" ")[0] or None
        shapes = {key: [str(part) for part in shape] for key, shape in one["inputs"].items()}
        if error is None:
            notes = derive(read_model(text, shapes), name).notes
            assert any(words in note for note in notes), one["id"]
        else:
            with pytest.raises(error) as caught:
                derive(read_model(text, shapes), name)
            assert words in str(caught.value), one["id"]
