"""Random expressions over all operations: derived gradients against torch, entry by entry."""

from collections import Counter

import pytest
import torch
from derivation_check import (
    all_rules,
    asked_of,
    failure,
    judged,
    same_again,
    shrunk,
    text_of,
)
from random_expressions import random_expression, terms_below

from gradus.gradients.deriving import rules
from gradus.gradients.deriving.rules import Share
from gradus.gradients.expressions.evaluate import OPERATIONS, SIZED
from gradus.gradients.expressions.functions import FUNCTIONS
from gradus.gradients.expressions.nodes import below

#: Seeds of a test that always runs, and how many blocks they come in.
SEEDS, BLOCKS = range(600, 900), 6


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def made(seed, most=12):
    expression = random_expression(seed, most)
    return expression, asked_of(expression, seed)


def assert_right(seed, most=12):
    expression, names = made(seed, most)
    if failure(expression, names):
        smaller, wrong = shrunk(expression, names)
        pytest.fail(f"seed {seed}: {text_of(smaller)}\n" + "\n".join(wrong))


@pytest.mark.parametrize("block", range(BLOCKS))
def test_gradients_are_those_of_torch(block):
    for seed in SEEDS[block::BLOCKS]:
        assert_right(seed)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_thousands_of_gradients_are_those_of_torch(block):
    for seed in range(1000 + block, 4000, 10):
        assert_right(seed, most=36)


def test_expressions_have_every_operation():
    found = Counter()
    for seed in SEEDS:
        expression, _ = made(seed)
        model = expression.model()
        found.update(node.op for node in below([model.result, *model.names.values()]))
    wanted = {*OPERATIONS, *SIZED, *FUNCTIONS, "input", "mul", "slice", "onehot"}
    assert wanted <= found.keys()


@pytest.mark.slow
def test_every_simplification_is_met():
    fired = Counter()
    for seed in range(6000, 9000):
        expression, names = made(seed, most=36)
        if not names:  # an expression of indices alone has no gradients
            continue
        fired.update(judged(expression, names, rules=False).rules)
    assert set(all_rules()) <= fired.keys()


@pytest.mark.parametrize("seed", SEEDS[:6])
def test_a_derivation_comes_out_in_the_same_words(seed):
    assert same_again(lambda: made(seed))


@pytest.mark.parametrize("op", ["matmul", "softmax", "gather", "logdet", "sum"])
def test_the_judge_sees_a_wrong_rule(op, monkeypatch):
    right = rules.RULES[op]

    def twice(step):
        for share in right(step):
            yield Share(share.target, 2 * share.gradient, share.words)

    monkeypatch.setitem(rules.RULES, op, twice)
    seeds = (seed for seed in SEEDS if made(seed)[0].operations()[op])
    assert any(failure(*made(seed)) for seed in seeds)


def test_a_failure_shrinks_to_what_matters(monkeypatch):
    right = rules.RULES["transpose"]

    def unturned(step):
        for share in right(step):
            yield Share(share.target, -share.gradient, share.words)

    monkeypatch.setitem(rules.RULES, "transpose", unturned)
    seed = next(seed for seed in SEEDS if failure(*made(seed)))
    expression, wrong = shrunk(*made(seed))
    assert wrong
    assert len(list(terms_below([expression.result]))) <= 14
