"""Losses and choices of every output, judged by enumeration and by PyTorch."""

from itertools import pairwise, product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from gradus.core.errors import SettingsError
from gradus.nn.losses import IGNORED
from gradus.nn.tag_constraints import allowed_transitions
from gradus.tasks.tagging.outputs import OUTPUTS, make_outputs
from gradus.text.spans import tag_faults

NAMES = ("O", "B-x", "I-x")
LENGTHS = torch.tensor([3, 1, 2])
MOVES = allowed_transitions(NAMES, "IOB2")

outputs = pytest.mark.parametrize("line", ["softmax", "crf", "margin"])


def made(line, labels=3, moves=None, seed=0):
    torch.manual_seed(seed)
    output = OUTPUTS.make(line, labels=labels, moves=moves)
    for parameter in output.parameters():
        torch.nn.init.normal_(parameter)
    return output


def scores(seed=1, labels=3, words=6):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(words, labels, generator=generator) * 2


def parts(rows):
    """Rows of words as one part a sentence."""
    return rows.split(LENGTHS.tolist())


def chain_score(chain, emissions, path):
    total = chain.starts[path[0]] + chain.ends[path[-1]]
    total = total + sum(emissions[place, label] for place, label in enumerate(path))
    return total + sum(chain.transitions[a, b] for a, b in pairwise(path))


def paths(length, moves=None):
    edge = len(NAMES)
    for path in product(range(len(NAMES)), repeat=length):
        steps = [edge, *path, edge]
        if moves is None or all(moves[a, b] for a, b in pairwise(steps)):
            yield path


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_softmax_loses_the_cross_entropy_of_known_words(smoothing):
    targets = torch.tensor([0, IGNORED, 2, 1, IGNORED, 0])
    known = targets != IGNORED
    expected = F.cross_entropy(scores()[known], targets[known], label_smoothing=smoothing)
    lost = made(f"softmax({smoothing})").loss(scores(), targets, LENGTHS)
    torch.testing.assert_close(lost, expected)


@given(seed=st.integers(0, 99), margin=st.sampled_from([0.5, 1.0, 2.0]))
def test_margin_loses_by_the_best_wrong_label(seed, margin):
    targets = torch.tensor([0, 1, 2, IGNORED, 1, 0])
    rows = scores(seed)
    lost = []
    for row, target in zip(rows.tolist(), targets.tolist(), strict=True):
        if target != IGNORED:
            wrong = max(score for label, score in enumerate(row) if label != target)
            lost.append(max(0.0, margin - row[target] + wrong))
    found = made(f"margin({margin})").loss(rows, targets, LENGTHS)
    assert found.item() == pytest.approx(sum(lost) / len(lost), rel=1e-5)


@pytest.mark.parametrize("moves", [None, MOVES], ids=["free", "iob2"])
@pytest.mark.parametrize("seed", range(4))
def test_a_chain_loses_the_likelihood_of_whole_sentences(moves, seed):
    output, rows = made("crf", moves=moves, seed=seed), scores(seed)
    targets = torch.tensor([1, 2, 0, 0, 1, 2])
    lost = torch.tensor(0.0)
    for emissions, path in zip(parts(rows), parts(targets), strict=True):
        every = [chain_score(output.chain, emissions, p) for p in paths(len(path), moves)]
        lost = lost + torch.stack(every).logsumexp(0)
        lost = lost - chain_score(output.chain, emissions, path.tolist())
    torch.testing.assert_close(output.loss(rows, targets, LENGTHS), lost / 6)


@pytest.mark.parametrize("line", ["softmax", "crf", "margin"])
@pytest.mark.parametrize("seed", range(5))
def test_the_best_labels_of_spans_are_the_best_of_all_allowed_paths(line, seed):
    output, rows = made(line, moves=MOVES, seed=seed), scores(seed)
    found = output.best(rows, LENGTHS)
    for emissions, path in zip(parts(rows), parts(found), strict=True):
        if line == "crf":
            weigh = [(chain_score(output.chain, emissions, p), p) for p in paths(len(path), MOVES)]
        else:
            weigh = [
                (sum(emissions[place, label] for place, label in enumerate(p)), p)
                for p in paths(len(path), MOVES)
            ]
        assert tuple(path.tolist()) == max(weigh, key=lambda pair: pair[0])[1]
        assert not tag_faults([NAMES[label] for label in path.tolist()], "IOB2")


@pytest.mark.parametrize("line", ["softmax", "margin"])
def test_without_moves_each_word_has_its_highest_score(line):
    assert made(line).best(scores(), LENGTHS).tolist() == scores().argmax(1).tolist()


@outputs
def test_nothing_known_is_nothing_lost(line):
    rows = scores().requires_grad_()
    lost = made(line).loss(rows, torch.full((6,), IGNORED), LENGTHS)
    lost.backward()
    assert lost.item() == 0
    assert not rows.grad.any()


def test_a_chain_leaves_sentences_with_an_unknown_label_out():
    output, rows = made("crf"), scores()
    targets = torch.tensor([0, IGNORED, 2, 1, 0, 2])
    expected = output.loss(rows[3:], targets[3:], LENGTHS[1:])
    torch.testing.assert_close(output.loss(rows, targets, LENGTHS), expected)


@outputs
def test_a_single_label_is_always_chosen(line):
    output, rows = made(line, labels=1), scores(labels=1).requires_grad_()
    lost = output.loss(rows, torch.zeros(6, dtype=torch.int64), LENGTHS)
    lost.backward()
    assert lost.item() == pytest.approx(0, abs=1e-6)
    assert torch.isfinite(rows.grad).all()
    assert output.best(rows, LENGTHS).tolist() == [0] * 6


def test_only_a_chain_has_weights_of_its_own():
    for line, count in {"softmax": 0, "margin": 0, "crf": 3}.items():
        assert len(list(made(line, moves=MOVES).parameters())) == count
        assert len(made(line, moves=MOVES).state_dict()) == count


def test_spans_get_a_chain_unless_told_otherwise():
    kinds = [
        type(output).__name__ for output in make_outputs(None, [3, 3], [None, MOVES], [False, True])
    ]
    assert kinds == ["SoftmaxOutput", "ChainOutput"]
    told = make_outputs("margin(2)", [3, 3], [None, MOVES], [False, True])
    assert {type(output).__name__ for output in told} == {"MarginOutput"}
    with pytest.raises(SettingsError, match="sotfmax"):
        make_outputs("sotfmax", [3], [None], [False])
