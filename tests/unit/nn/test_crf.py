"""The linear chain, judged by counting out all labellings of short sequences."""

from itertools import pairwise, product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus.core.errors import DataError, SettingsError
from gradus.nn.crf import LinearChainCRF
from gradus.nn.losses import IGNORED
from gradus.nn.masks import step_mask
from gradus.nn.tag_constraints import allowed_transitions

NAMES = ["O", "B-x", "I-x", "E-x", "S-x", "B-y", "I-y", "E-y", "S-y"]


def moves_of(chain) -> np.ndarray:
    """The score of each move, the edge last; ``-inf`` where it is forbidden."""
    edge = chain.labels
    moves = np.zeros((edge + 1, edge + 1))
    moves[:edge, :edge] = chain.transitions.detach()
    moves[edge, :edge], moves[:edge, edge] = chain.starts.detach(), chain.ends.detach()
    return np.where(chain.allowed, moves, -np.inf)


def score_of(path, emissions, moves) -> float:
    edge = len(moves) - 1
    joints = sum(moves[pair] for pair in pairwise((edge, *path, edge)))
    return joints + sum(row[label] for row, label in zip(emissions, path, strict=True))


class EveryLabelling:
    """All labellings of one sequence, with what follows from their scores."""

    def __init__(self, emissions: np.ndarray, moves: np.ndarray) -> None:
        steps, labels = emissions.shape
        self.paths = list(product(range(labels), repeat=steps))
        self.scores = np.array([score_of(path, emissions, moves) for path in self.paths])
        self.best = self.scores.max()
        with np.errstate(invalid="ignore"):  # where no labelling is allowed
            weights = np.exp(self.scores - self.best)
        self.total = self.best + np.log(weights.sum())
        self.shares = weights / weights.sum()
        self.marginals, self.moves = np.zeros_like(emissions), np.zeros_like(moves)
        for path, share in zip(self.paths, self.shares, strict=True):
            self.marginals[np.arange(steps), path] += share
            for pair in pairwise((labels, *path, labels)):
                self.moves[pair] += share


@st.composite
def chains(draw):
    """A chain of up to 4 labels, with the emissions of sequences of up to 5 steps."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    labels = draw(st.integers(1, 4))
    lengths = draw(st.lists(st.integers(0, 5), min_size=1, max_size=4))
    scale = draw(st.sampled_from([0.0, 1.0, 30.0, 1000.0]))
    free = rng.random((labels + 1, labels + 1)) >= draw(st.sampled_from([0.0, 0.2, 0.5]))
    chain = LinearChainCRF(labels, torch.from_numpy(free)).double()
    for table in chain.parameters():
        drawn = scale * rng.normal(size=table.shape)
        table.data = torch.from_numpy(np.asarray(drawn))
    shape = (len(lengths), max(lengths) + draw(st.integers(0, 2)), labels)
    emissions = scale * rng.normal(size=shape)
    if draw(st.booleans()):
        emissions = emissions.round()  # ties
    emissions[rng.random(shape) < draw(st.sampled_from([0.0, 0.1]))] = -np.inf
    emissions[~step_mask(torch.tensor(lengths), shape[1]).numpy()] = draw(
        st.sampled_from([0.0, np.nan, np.inf])
    )
    return chain, torch.from_numpy(emissions), torch.tensor(lengths)


@settings(deadline=None, max_examples=80)
@given(chains())
def test_all_numbers_are_those_of_all_labellings(drawn):
    chain, emissions, lengths = drawn
    moves = moves_of(chain)
    judges = [
        EveryLabelling(row[:length].numpy(), moves)
        for row, length in zip(emissions, lengths.tolist(), strict=True)
    ]
    if any(judge.best == -np.inf for judge in judges):
        for ask in (chain.log_partition, chain.best, chain.marginals):
            with pytest.raises(DataError, match="no labels of sequence"):
                ask(emissions, lengths)
        return
    emissions.requires_grad_()
    totals = chain.log_partition(emissions, lengths)
    totals.sum().backward()
    marginals, best = chain.marginals(emissions, lengths), chain.best(emissions, lengths)
    for row, (judge, length) in enumerate(zip(judges, lengths.tolist(), strict=True)):
        assert totals[row].item() == pytest.approx(judge.total, rel=1e-12, abs=1e-12)
        np.testing.assert_allclose(marginals[row, :length], judge.marginals, atol=1e-9)
        found = judge.paths.index(tuple(best[row, :length].tolist()))
        assert judge.scores[found] == pytest.approx(judge.best, rel=1e-12, abs=1e-12)
        assert (best[row, length:] == IGNORED).all()
        assert not marginals[row, length:].any()
    np.testing.assert_array_equal(emissions.grad, marginals)
    counts = sum(judge.moves for judge in judges)
    np.testing.assert_allclose(chain.transitions.grad, counts[:-1, :-1], atol=1e-8)
    np.testing.assert_allclose(chain.starts.grad, counts[-1, :-1], atol=1e-8)
    np.testing.assert_allclose(chain.ends.grad, counts[:-1, -1], atol=1e-8)
    assert not chain.transitions.grad[~chain.allowed[:-1, :-1]].any()


@settings(deadline=None, max_examples=50)
@given(chains(), st.randoms(use_true_random=False))
def test_losses_are_the_logs_of_the_shares_of_the_tags(drawn, random):
    chain, emissions, lengths = drawn
    tags = torch.full(emissions.shape[:2], IGNORED)
    expected, scores = [], []
    for row, length in enumerate(lengths.tolist()):
        judge = EveryLabelling(emissions[row, :length].numpy(), moves_of(chain))
        usable = np.flatnonzero(judge.scores > -np.inf).tolist()
        if not usable:
            return
        chosen = random.choice(usable)
        tags[row, :length] = torch.tensor(judge.paths[chosen])
        expected.append(judge.total - judge.scores[chosen])
        scores.append(judge.scores[chosen])
    losses = chain(emissions, tags, lengths)
    np.testing.assert_allclose(losses.detach(), expected, rtol=1e-9, atol=1e-9)
    found = chain.score(emissions, tags, lengths)
    np.testing.assert_allclose(found.detach(), scores, rtol=1e-12, atol=1e-12)


def chain_of(labels, allowed=None, *, scale=1.0, seed=0):
    chain = LinearChainCRF(labels, allowed).double()
    generator = torch.Generator().manual_seed(seed)
    for table in chain.parameters():
        torch.nn.init.normal_(table, std=scale, generator=generator)
    return chain


def normal(*shape, scale=1.0, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return scale * torch.randn(shape, generator=generator, dtype=torch.float64)


def test_gradients_are_those_of_finite_differences():
    chain = chain_of(9, allowed_transitions(NAMES, "BIOES"))
    lengths = torch.tensor([4, 0, 1, 3])
    emissions = normal(4, 5, 9).requires_grad_()
    tags = chain.best(normal(4, 5, 9, seed=2), lengths)
    names = [name for name, _ in chain.named_parameters()]

    def call(emissions, *tables):
        given = dict(zip(names, tables, strict=True))
        return torch.func.functional_call(chain, given, (emissions, tags, lengths))

    assert torch.autograd.gradcheck(call, (emissions, *chain.parameters()))


def log_partition_by_torch(chain, emissions):
    """One long sequence without forbidden moves, by torch's own operations."""
    alpha = chain.starts + emissions[0]
    for row in emissions[1:]:
        alpha = (alpha[:, None] + chain.transitions).logsumexp(0) + row
    return (alpha + chain.ends).logsumexp(0)


@pytest.mark.parametrize("scale", [1.0, 100.0, 1000.0])
def test_long_sequences_have_the_sums_and_gradients_of_torch(scale):
    chain = chain_of(7, scale=scale)
    emissions = normal(1, 60, 7, scale=scale).requires_grad_()
    variables = [emissions, *chain.parameters()]
    ours = chain.log_partition(emissions, torch.tensor([60])).sum()
    theirs = log_partition_by_torch(chain, emissions[0])
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-12)
    gradients = (torch.autograd.grad(total, variables) for total in (ours, theirs))
    for found, expected in zip(*gradients, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-8)


def test_each_sequence_gets_what_it_would_get_alone():
    chain, lengths = chain_of(4), torch.tensor([6, 0, 2, 5])
    emissions = normal(4, 6, 4)
    emissions[~step_mask(lengths, 6)] = torch.nan
    tags = chain.best(normal(4, 6, 4, seed=2), lengths)
    emissions.requires_grad_()
    losses = chain(emissions, tags, lengths)
    losses.sum().backward()
    for row, length in enumerate(lengths.tolist()):
        own = emissions[row : row + 1, :length]
        given = (tags[row : row + 1, :length], lengths[row : row + 1])
        assert torch.equal(chain(own, *given)[0], losses[row])
        assert torch.equal(
            chain.best(own, given[1])[0], chain.best(emissions, lengths)[row, :length]
        )
        assert not emissions.grad[row, length:].any()


@pytest.mark.parametrize("shape", [(0, 3, 2), (2, 0, 2)])
def test_no_sequence_and_no_step_are_allowed(shape):
    chain, lengths = LinearChainCRF(2), torch.zeros(shape[0], dtype=torch.int64)
    emissions = torch.zeros(shape, requires_grad=True)
    losses = chain(emissions, torch.zeros(shape[:2], dtype=torch.int64), lengths)
    assert losses.tolist() == [0.0] * shape[0]
    losses.sum().backward()
    assert chain.best(emissions, lengths).shape == shape[:2]
    assert chain.marginals(emissions, lengths).shape == shape


def test_float32_comes_back_as_float32_and_agrees_with_float64():
    lengths, emissions = torch.tensor([40, 7]), normal(2, 40, 9, scale=3)
    results = []
    for dtype in (torch.float32, torch.float64):
        chain = chain_of(9).to(dtype)
        given = emissions.to(dtype).requires_grad_()
        loss = chain(given, torch.ones(2, 40, dtype=torch.int64), lengths)
        loss.sum().backward()
        assert loss.dtype == given.grad.dtype == chain.transitions.grad.dtype == dtype
        assert chain.marginals(given, lengths).dtype == dtype
        results.append([loss.detach(), given.grad, chain.transitions.grad])
    for single, double in zip(*results, strict=True):
        np.testing.assert_allclose(single, double, rtol=1e-5, atol=1e-5)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 1e4, 1e6]), st.booleans())
def test_decoded_labels_are_allowed_whatever_the_emissions(seed, scale, flat):
    allowed = allowed_transitions(NAMES, "BIOES")
    chain = LinearChainCRF(9, allowed) if flat else chain_of(9, allowed, scale=scale, seed=seed)
    rng = np.random.default_rng(seed)
    emissions = torch.from_numpy(scale * rng.choice([-1.0, 0.0, 1.0], size=(3, 12, 9)))
    emissions[0, :, [2, 3, 6, 7]] += 1e7  # all for inner words, of either type
    lengths = torch.tensor([12, 1, 8])
    chain = chain.to(emissions.dtype)
    emissions.requires_grad_()
    chain.log_partition(emissions, lengths).sum().backward()
    for row, length in zip(chain.best(emissions, lengths).tolist(), lengths.tolist(), strict=True):
        assert all(allowed[pair] for pair in pairwise((9, *row[:length], 9)))
    for value in (emissions, *chain.parameters()):
        assert value.grad.isfinite().all()
    assert not chain.transitions.grad[~allowed[:9, :9]].any()
    assert not chain.starts.grad[~allowed[9, :9]].any()


def test_an_improbable_way_is_found_where_all_others_are_forbidden():
    """Label 1 leads nowhere and weighs e^2000 times as much as label 0."""
    allowed = torch.tensor([[True, True, True], [False, False, False], [True, True, True]])
    emissions = torch.tensor([[[0.0, 2000.0]] * 6], requires_grad=True)
    chain, lengths = LinearChainCRF(2, allowed), torch.tensor([6])
    total = chain.log_partition(emissions, lengths)
    assert total.item() == 0.0
    total.sum().backward()
    assert emissions.grad.tolist() == [[[1.0, 0.0]] * 6]
    assert chain.transitions.grad.tolist() == [[5.0, 0.0], [0.0, 0.0]]
    assert chain.best(emissions, lengths).tolist() == [[0] * 6]


def test_of_equal_labels_the_first_is_taken():
    found = LinearChainCRF(3).best(torch.zeros(1, 4, 3), torch.tensor([4]))
    assert found.tolist() == [[0, 0, 0, 0]]


def test_training_learns_what_emissions_cannot_tell():
    """Labels alternate, and nothing but the first step says with which they begin."""
    tags, lengths = torch.tensor([[0, 1, 0, 1, 0], [1, 0, 1, 0, 1]]), torch.tensor([5, 5])
    emissions = torch.zeros(2, 5, 2)
    emissions[0, 0, 0] = emissions[1, 0, 1] = 3.0
    chain = LinearChainCRF(2)
    optimizer = torch.optim.SGD(chain.parameters(), lr=0.5)
    for _ in range(100):
        optimizer.zero_grad()
        chain(emissions, tags, lengths).mean().backward()
        optimizer.step()
    assert chain.best(emissions, lengths).tolist() == tags.tolist()


def test_what_cannot_be_used_is_named():
    chain, emissions = LinearChainCRF(3), torch.zeros(2, 4, 3)
    tags, lengths = torch.zeros(2, 4, dtype=torch.int64), torch.tensor([4, 2])
    with pytest.raises(DataError, match="emissions have 2 scores a step, but the chain has 3"):
        chain.best(emissions[:, :, :2], lengths)
    with pytest.raises(DataError, match="sequence 1 of the batch has length 5"):
        chain.best(emissions, torch.tensor([4, 5]))
    with pytest.raises(DataError, match="sequence 0 of the batch has length -1"):
        chain.log_partition(emissions, torch.tensor([-1, 2]))
    for wrong in (3, -1, IGNORED):
        tags[1, 1] = wrong
        with pytest.raises(DataError, match=f"tag 1 of sequence 1 of the batch is {wrong}, but"):
            chain(emissions, tags, lengths)
    for wrong in (torch.nan, torch.inf):
        emissions[0, 3, 1] = wrong
        with pytest.raises(DataError, match=r"is \+inf or no number"):
            chain.marginals(emissions, lengths)
    with torch.no_grad():
        chain.ends[0] = torch.nan
    with pytest.raises(DataError, match=r"is \+inf or no number"):
        chain.best(torch.zeros(2, 4, 3), lengths)


def test_tags_that_are_not_allowed_are_named_and_score_least():
    chain = LinearChainCRF(3, allowed_transitions(["O", "B-X", "I-X"], "BIO"))
    emissions, lengths = torch.zeros(2, 3, 3), torch.tensor([3, 2])
    tags = torch.tensor([[1, 2, 0], [0, 2, 2]])
    assert chain.score(emissions, tags, lengths).tolist() == [0.0, -torch.inf]
    with pytest.raises(
        DataError, match="sequence 1 of the batch goes from label 0 to label 2 at step 1"
    ):
        chain(emissions, tags, lengths)
    tags[1, 0] = 2
    with pytest.raises(DataError, match="goes from the edge to label 2 at step 0"):
        chain(emissions, tags, lengths)


def test_settings_that_do_not_fit_are_refused():
    with pytest.raises(SettingsError, match="labels=0 is out of range"):
        LinearChainCRF(0)
    with pytest.raises(SettingsError, match=r"allowed has shape \[3, 3\], but 3 labels"):
        LinearChainCRF(3, allowed_transitions(["O", "B-X"], "BIO"))


def test_the_table_that_is_given_stays_as_it_is():
    allowed = torch.zeros(2, 2, dtype=torch.bool)
    LinearChainCRF(1, allowed)
    assert not allowed.any()
