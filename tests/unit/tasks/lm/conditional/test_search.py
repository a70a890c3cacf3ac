"""Search: judged by trying every output, and by what the network says of an output it is told."""

import itertools

import numpy as np
import pytest
import torch

from gradus.tasks.lm.conditional import Pairs, SearchConfig
from gradus.tasks.lm.conditional import search as searching
from gradus.tasks.lm.conditional.dataset import stacked
from gradus.tasks.lm.conditional.search import beam_search, greedy, search_outputs

KINDS = pytest.mark.parametrize(
    "kind",
    [{}, {"cell": "lstm", "feeding": True, "layers": 2}, {"attention": "none", "cell": "rnn"}],
    ids=str,
)
SOURCES = ["a", "a b", "c b a c a", "b b b", "a b c"]


def sources(model):
    return stacked([model.source.numbers(text) for text in SOURCES])


def log_probability(model, source, target):
    """Of one output, end included, as the network says when it is told the output."""
    symbols = " ".join(model.target.vocabulary.words[number - 2] for number in target)
    data = model.dataset(Pairs.of([(source, symbols or "?")]))
    if not target:
        data = type(data)(data.sources, [np.zeros(0, dtype=np.int64)])
    with torch.no_grad():
        told = model.model(data.batch(np.arange(1)))
    chosen = told.scores.log_softmax(-1).gather(1, told.targets[:, None])
    return chosen.sum().item()


@KINDS
@pytest.mark.parametrize("power", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_wide_beam_finds_what_trying_every_output_finds(untrained, kind, power, seed):
    limit, n = 3, 4
    model = untrained("xy", seed=seed, spread=1.0, **kind)
    search = SearchConfig(beam=40, n=n, length_power=power)
    found = search_outputs(model.model, *sources(model), search, limit)
    every = [
        list(output) for length in range(limit + 1)
        for output in itertools.product([2, 3], repeat=length)
    ]  # fmt: skip
    for source, best in zip(SOURCES, found, strict=True):
        logs = {tuple(output): log_probability(model, source, output) for output in every}
        ranked = sorted(
            logs, key=lambda output: logs[output] / (len(output) + 1) ** power, reverse=True
        )
        assert [tuple(one.symbols) for one in best] == ranked[:n]
        for one in best:
            assert one.log_probability == pytest.approx(logs[tuple(one.symbols)], abs=1e-4)


@KINDS
@pytest.mark.parametrize("seed", range(5))
def test_a_beam_of_one_is_greedy(untrained, kind, seed):
    model = untrained(seed=seed, **kind)
    memory = model.model.encode(*sources(model))
    with torch.no_grad():
        steps = greedy(model.model, memory, 8)
        beam = beam_search(model.model, memory, SearchConfig(beam=1), 8)
    for one, (other,) in zip(steps, beam, strict=True):
        assert one.symbols == other.symbols
        assert one.log_probability == pytest.approx(other.log_probability, abs=1e-5)


@KINDS
@pytest.mark.parametrize("beam", [1, 3])
def test_every_output_has_the_log_probability_that_the_network_says(untrained, kind, beam):
    model = untrained(**kind)
    found = search_outputs(
        model.model, *sources(model), SearchConfig(beam=beam, n=beam, length_power=1.0), 5
    )
    for source, best in zip(SOURCES, found, strict=True):
        assert 1 <= len(best) <= beam
        ranks = [one.rank(1.0) for one in best]
        assert ranks == sorted(ranks, reverse=True)
        for one in best:
            expected = log_probability(model, source, one.symbols)
            assert one.log_probability == pytest.approx(expected, abs=1e-4)


@KINDS
@pytest.mark.parametrize("beam", [1, 4])
def test_a_source_alone_gets_what_it_gets_in_a_batch(untrained, kind, beam):
    model = untrained(**kind)
    search = SearchConfig(beam=beam, n=beam)
    together = model.generate(SOURCES, search)
    for source, expected in zip(SOURCES, together, strict=True):
        (alone,) = model.generate([source], search)
        assert [one.text for one in alone] == [one.text for one in expected]
        assert [one.log_probability for one in alone] == pytest.approx(
            [one.log_probability for one in expected], abs=1e-4
        )


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("seed", range(4))
def test_ending_early_loses_nothing(untrained, monkeypatch, power, seed):
    model = untrained(seed=seed, spread=1.5)
    search = SearchConfig(beam=4, n=2, length_power=power)
    early = search_outputs(model.model, *sources(model), search, 8)
    monkeypatch.setattr(searching._Beams, "_settled", lambda *_: False)
    assert search_outputs(model.model, *sources(model), search, 8) == early


def test_a_search_ends_as_soon_as_nothing_better_can_come(untrained, monkeypatch):
    model, steps = untrained(), []
    with torch.no_grad():
        model.model.output.bias[0] = 50.0  # the end is all but certain
    extend = searching._Beams.extend
    monkeypatch.setattr(
        searching._Beams, "extend", lambda self, logs: steps.append(1) or extend(self, logs)
    )
    search_outputs(model.model, *sources(model), SearchConfig(beam=3), 100)
    assert len(steps) == 1


@pytest.mark.parametrize("beam", [1, 3])
def test_no_output_is_longer_than_asked_or_has_an_unknown_symbol(untrained, beam):
    model = untrained()
    with torch.no_grad():
        model.model.output.bias[0] = -50.0  # never the end, if it were free to choose
        model.model.output.bias[1] = 50.0  # and best of all the unknown symbol
    for limit in (1, 6):
        found = model.generate(SOURCES, SearchConfig(beam=beam, max_length=limit))
        assert {len(best[0].text.split()) for best in found} == {limit}
    (best,) = model.generate(["a"], SearchConfig(beam=beam))
    assert len(best[0].text.split()) == 2 * model.longest
