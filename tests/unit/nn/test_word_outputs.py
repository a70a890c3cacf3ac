"""Distributions over a vocabulary: exact however they are trained, and what each is trained on."""

import copy
import itertools

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn
from torch.nn import functional as F

from gradus.core.errors import SettingsError
from gradus.nn import word_outputs
from gradus.nn.sampled_losses import SAMPLED_LOSSES
from gradus.nn.word_outputs import WORD_OUTPUTS, log_shares
from gradus.tasks.base.weights import load_weights_, write_weights

COUNTS = np.array([90, 50, 20, 9, 3, 1, 0])
DIM = 4
LINES = (
    "full",
    "sampled(4)",
    "sampled(14)",
    "contrastive(3)",
    "contrastive(3, 'negative_sampling', power=0.75)",
    "adaptive((2, 4), 2.0)",
)
TIED = [line for line in LINES if not line.startswith("adaptive")]
#: Standard errors that a mean may stray; by chance one in two million does.
ERRORS = 5


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(31)


def layer_of(line, *, counts=COUNTS, seed=3, **options):
    torch.manual_seed(seed)
    layer = WORD_OUTPUTS.make(line, dim=DIM, counts=counts, **options).double()
    for parameter in layer.parameters():
        nn.init.normal_(parameter, std=0.7)
    torch.manual_seed(seed + 1)
    return layer


def batch(words=9, seed=5):
    generator = torch.Generator().manual_seed(seed)
    states = torch.randn(words, DIM, dtype=torch.float64, generator=generator)
    return states, torch.randint(0, len(COUNTS), (words,), generator=generator)


def gradients_of(layer, states, targets, *, seed=11):
    """The loss, and the gradients of the weights, the biases and the states."""
    torch.manual_seed(seed)
    states = states.clone().requires_grad_()
    loss = layer(states, targets)
    tensors = [layer.table, layer.bias, states]
    return loss, [g.to_dense() for g in torch.autograd.grad(loss, tensors)]


def shares(counts, power=1.0):
    weights = (np.asarray(counts) + 0.5) ** power
    return weights / weights.sum()


# every layer


@pytest.mark.parametrize("line", LINES)
def test_probabilities_are_positive_and_sum_to_one(line):
    log_p = layer_of(line).log_probabilities(batch()[0])
    assert log_p.shape == (9, len(COUNTS))
    assert_allclose(log_p.exp().sum(1).detach(), 1, atol=1e-6)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("scores", [1, 20, 1 << 24])
def test_a_target_has_its_column_of_the_table_whatever_fits_into_memory(line, scores, monkeypatch):
    monkeypatch.setattr(word_outputs, "SCORES", scores)
    layer, (states, targets) = layer_of(line), batch()
    found = layer.target_log_probabilities(states, targets)
    every = layer.log_probabilities(states)
    torch.testing.assert_close(found, every[torch.arange(len(targets)), targets])


@pytest.mark.parametrize("line", LINES)
def test_a_step_against_the_gradient_makes_the_targets_likelier(line):
    layer, (states, targets) = layer_of(line), batch(200)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    before = layer.target_log_probabilities(states, targets).mean()
    for _ in range(50):
        optimizer.zero_grad()
        layer(states, targets).backward()
        optimizer.step()
    assert layer.target_log_probabilities(states, targets).mean() > before


@pytest.mark.parametrize("line", [*LINES, "sampled", "contrastive"])
@pytest.mark.parametrize("counts", [COUNTS, COUNTS * 0], ids=["one word unseen", "all unseen"])
def test_words_that_were_never_met_have_finite_losses(line, counts):
    layer = WORD_OUTPUTS.make(line, dim=DIM, counts=counts)
    states = torch.randn(2, DIM)
    targets = torch.tensor([6, 0])
    assert layer(states, targets).isfinite()
    assert layer.log_probabilities(states).isfinite().all()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("sampled(1)", "samples=1 .* at least 2"),
        ("contrastive(0)", "samples=0 .* at least 1"),
        ("contrastive(5, 'negative')", "perhaps 'negative_sampling'"),
        ("adaptive", r"cutoffs=\(2000, 10000\) lie beyond .* 7 words"),
        ("adaptive(())", "lie beyond"),
        ("adaptive((0, 3))", "rise from 1 on"),
        ("adaptive((3, 3))", "rise from 1 on"),
        ("adaptive((4, 2))", "rise from 1 on"),
        ("adaptive((2, 4), 0.0)", "factor=0"),
        ("adaptive((2, 4), -1.5)", "factor=-1.5"),
        ("adaptive((2, 4), 4.0)", "power 2 is at most dim=4"),
        ("adaptive((2, 4), 1e300)", "factor=1e"),
        ("halved", "choose from full, sampled, contrastive, adaptive"),
    ],
)
def test_bad_values_are_refused(line, told):
    with pytest.raises(SettingsError, match=told):
        WORD_OUTPUTS.make(line, dim=DIM, counts=COUNTS)


def test_shares_are_those_of_words_met_half_a_time_more():
    assert_allclose(np.exp(log_shares(COUNTS)), shares(COUNTS), rtol=1e-6)


# full


def test_the_full_loss_is_the_cross_entropy_of_the_scores():
    layer, (states, targets) = layer_of("full"), batch()
    scores = states @ layer.weight.T + layer.bias
    torch.testing.assert_close(layer(states, targets), F.cross_entropy(scores, targets))
    expected = scores.exp() / scores.exp().sum(1, keepdim=True)
    torch.testing.assert_close(layer.log_probabilities(states).double().exp(), expected)


def test_the_first_guess_is_how_frequent_words_are():
    layer = WORD_OUTPUTS.make("full", dim=DIM, counts=COUNTS)
    found = layer.log_probabilities(torch.zeros(1, DIM)).exp()[0].detach()
    assert_allclose(found, shares(COUNTS), rtol=1e-5)


# sampled


@pytest.mark.parametrize("line", ["sampled(14)", "sampled(15)", "sampled"])
def test_with_all_words_in_the_frequent_half_the_sum_is_exact(line):
    layer, full = layer_of(line), layer_of("full")
    full.load_state_dict(layer.state_dict())
    ours, theirs = gradients_of(layer, *batch()), gradients_of(full, *batch())
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("samples", [2, 3, 6])
def test_sums_are_those_of_the_words_that_can_be_drawn(samples):
    """Every draw of a small vocabulary by hand: weights 1 / (n q), and the target counted once."""
    layer = layer_of(f"sampled({samples})")
    frequent = samples // 2
    draws, q = samples - frequent, shares(COUNTS[frequent:])
    (state, *_), _ = batch()
    scores = (layer.weight @ state + layer.bias).detach().numpy()
    for target in (0, frequent, 6):
        sums = []
        for drawn in itertools.product(range(frequent, len(COUNTS)), repeat=draws):
            parts = [np.exp(scores[word]) for word in range(frequent) if word != target]
            parts += [
                np.exp(scores[word]) / (draws * q[word - frequent])
                for word in drawn
                if word != target
            ]
            sums.append(np.exp(scores[target]) + sum(parts))
        for _ in range(30):
            loss = layer(state[None], torch.tensor([target])).item()
            nearest = min(abs(np.log(np.array(sums)) - scores[target] - loss))
            assert nearest < 1e-6  # the shares are kept in float32


@pytest.mark.parametrize("target", [0, 2, 3, 6], ids="word {}".format)
def test_sums_and_their_gradients_are_right_on_average(target):
    layer, (states, _) = layer_of("sampled(6)"), batch()
    state, wanted = states[:1], torch.tensor([target])
    totals, gradients = [], []
    for _ in range(1000):
        # exp(loss + score of the target) is the sum
        total = (layer(state, wanted) + layer.scores_of(state, wanted)).sum().exp()
        totals.append(total.item())
        gradients.append(torch.autograd.grad(total, layer.weight)[0].flatten())
    exact = layer.scores(state).exp().sum()
    (slope,) = torch.autograd.grad(exact, layer.weight)
    for draws, value in (
        (torch.tensor(totals)[:, None], exact.detach()[None]),
        (torch.stack(gradients), slope.flatten()),
    ):
        error = draws.std(0) / len(draws) ** 0.5
        assert ((draws.mean(0) - value).abs() <= ERRORS * error + 1e-6 * value.abs()).all()


def test_the_mean_gradient_is_near_that_of_the_full_softmax():
    counts = np.arange(200, 0, -1) ** 2
    sampled, full = (
        WORD_OUTPUTS.make(line, dim=DIM, counts=counts).double()
        for line in ("sampled(120)", "full")
    )
    full.load_state_dict(sampled.state_dict())
    draws = [gradients_of(sampled, *batch(20), seed=seed)[1] for seed in range(200)]
    means = [torch.stack(found).mean(0) for found in zip(*draws, strict=True)]
    for mean, exact in zip(means, gradients_of(full, *batch(20))[1], strict=True):
        # the logarithm of a sum that is right on average is not: a share of 1/n remains
        assert (mean - exact).norm() < 0.03 * exact.norm()


def test_a_drawn_word_is_there_once_and_counts_as_often_as_it_was_drawn():
    layer = layer_of("sampled(200)", counts=np.full(150, 10))
    words, log_weights = layer.draw()
    counting = log_weights > -torch.inf
    assert len(words) % 128 == 0  # filled up with words that count nothing
    words, log_weights = words[counting], log_weights[counting]
    assert len(words.unique()) == len(words)
    assert words[:100].tolist() == list(range(100))
    assert not log_weights[:100].any()
    # 100 draws from 50 words of equal share: each draw weighs 50 / 100
    assert log_weights[100:].exp().sum().item() == pytest.approx(50, rel=1e-5)


# contrastive


@pytest.mark.parametrize("line", ["noise_contrastive", "negative_sampling"])
@pytest.mark.parametrize("power", [1.0, 0.75])
def test_a_contrastive_loss_is_the_published_formula_of_the_words_drawn(line, power):
    """``-log P(data | w) - Σ log P(noise | w_k)``; negative sampling takes k q as 1."""
    k = 12
    layer, (states, targets) = layer_of(f"contrastive({k}, {line!r}, power={power})"), batch()
    torch.manual_seed(17)
    loss = layer(states, targets)
    torch.manual_seed(17)
    drawn = layer.noise.draw(k).numpy()
    p = np.exp(states.numpy() @ layer.weight.detach().numpy().T + layer.bias.detach().numpy())
    noise = k * shares(COUNTS, power) if line == "noise_contrastive" else np.ones(len(COUNTS))
    from_data = p / (p + noise)
    expected = [
        -np.log(row[target]) - np.log(1 - row[drawn]).sum()
        for row, target in zip(from_data, targets.numpy(), strict=True)
    ]
    assert loss.item() == pytest.approx(np.mean(expected), rel=1e-6)


@pytest.mark.parametrize("power", [1.0, 0.5])
def test_noise_is_drawn_from_the_shares_to_a_power(power):
    layer, size = layer_of(f"contrastive(power={power})"), 50_000
    found = np.bincount(layer.noise.draw(size).numpy(), minlength=len(COUNTS)) / size
    q = shares(COUNTS, power)
    assert (abs(found - q) <= ERRORS * np.sqrt(q * (1 - q) / size)).all()


@pytest.mark.parametrize("loss", [*SAMPLED_LOSSES, "negative_sampling()"])
@pytest.mark.parametrize("power", [1.0, 0.5])
def test_at_the_best_scores_probabilities_are_those_of_the_words(loss, power):
    """The least loss over all draws: its slope is 0 where the layer gives the words' own shares.

    Every word as target and every word as noise is summed over by hand, so nothing is by chance;
    a target that is drawn as noise counts like any other.
    """
    k, p = 3, torch.tensor([0.6, 0.2, 0.1, 0.04, 0.03, 0.02, 0.01], dtype=torch.float64)
    layer = layer_of(f"contrastive({k}, {loss!r}, power={power})")
    q = torch.from_numpy(shares(COUNTS, power))
    best = p.log() if loss == "noise_contrastive" else p.log() - (k * q).log()
    layer.bias.data.copy_(best)
    zeros = torch.zeros(1, DIM, dtype=torch.float64)
    assert_allclose(layer.log_probabilities(zeros).exp()[0].detach(), p, rtol=1e-5)

    mean = 0.0
    for word in range(len(COUNTS)):
        layer.noise.draw = lambda size, word=word: torch.full((size,), word)
        for target in range(len(COUNTS)):
            mean = mean + p[target] * q[word] * layer(zeros, torch.tensor([target]))
    (slope,) = torch.autograd.grad(mean, layer.bias)
    assert_allclose(slope, 0, atol=1e-6)


# sparse gradients, ties, saving


@pytest.mark.parametrize("line", LINES[:-1])
def test_sparse_gradients_are_the_dense_ones(line):
    sparse, dense = (layer_of(line, sparse=sparse) for sparse in (True, False))
    torch.testing.assert_close(gradients_of(sparse, *batch()), gradients_of(dense, *batch()))
    sparse(*batch()).backward()
    assert sparse.weight.grad.is_sparse == (line != "full")


def test_an_adaptive_softmax_is_that_of_torch_with_the_cutoffs_inside_the_vocabulary():
    layer, (states, targets) = layer_of("adaptive((2, 4, 7, 100), 2.0)"), batch()
    twin = nn.AdaptiveLogSoftmaxWithLoss(DIM, 7, [2, 4], div_value=2.0, head_bias=True).double()
    twin.load_state_dict(layer.layer.state_dict())
    output, loss = twin(states, targets)
    assert torch.equal(layer(states, targets), loss)
    assert torch.equal(layer.target_log_probabilities(states, targets), output)
    assert torch.equal(layer.log_probabilities(states), twin.log_prob(states))


class Tied(nn.Module):
    """Vectors of words that are the rows of the softmax too."""

    def __init__(self, line, *, sparse=False):
        super().__init__()
        self.embedding = nn.Embedding(len(COUNTS), DIM, sparse=sparse)
        self.output = WORD_OUTPUTS.make(line, dim=DIM, counts=COUNTS, sparse=sparse)
        self.output.tie_(self.embedding.weight)

    def forward(self, words, targets):
        return self.output(self.embedding(words), targets)


WORDS = torch.tensor([0, 3, 6, 6]), torch.tensor([1, 2, 6, 0])


@pytest.mark.parametrize("line", TIED)
def test_tied_rows_are_one_parameter_and_saved_once(line, tmp_path):
    model, loaded = Tied(line), Tied(line)
    assert model.output.table is model.embedding.weight
    assert sorted(model.state_dict()) == ["embedding.weight", "output.bias"]
    assert sum(parameter.numel() for parameter in model.parameters()) == len(COUNTS) * (DIM + 1)
    write_weights(tmp_path, model)
    load_weights_(loaded, tmp_path)
    states = torch.randn(5, DIM)
    assert torch.equal(*(made.output.log_probabilities(states) for made in (model, loaded)))
    assert loaded.output.table is loaded.embedding.weight


@pytest.mark.parametrize("line", TIED)
def test_a_copy_of_tied_rows_is_tied_to_itself(line):
    model = Tied(line)
    twin = copy.deepcopy(model)
    assert twin.output.table is twin.embedding.weight
    assert twin.output.table is not model.embedding.weight
    twin.double()
    assert twin.output.table is twin.embedding.weight
    assert twin.output.table.dtype == torch.float64


@pytest.mark.parametrize("line", TIED)
@pytest.mark.parametrize("sparse", [False, True])
def test_the_gradient_of_tied_rows_is_the_sum_of_both_uses(line, sparse):
    model = Tied(line, sparse=sparse)
    torch.manual_seed(2)
    model(*WORDS).backward()
    torch.manual_seed(2)
    rows = [nn.Parameter(model.embedding.weight.detach().clone()) for _ in "ab"]
    model.output.tie_(rows[1])
    model.output.sparse = False
    model.output(rows[0][WORDS[0]], WORDS[1]).backward()
    found = model.embedding.weight.grad
    torch.testing.assert_close(found.to_dense(), rows[0].grad + rows[1].grad)


def test_an_adaptive_softmax_has_no_rows_to_share():
    with pytest.raises(SettingsError, match="tie=false"):
        Tied("adaptive((2, 4), 2.0)")
