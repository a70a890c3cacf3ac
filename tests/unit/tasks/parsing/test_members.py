"""Members of a graph parser: each is a parser of its own, and together they say what they mean."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from model_folders import change
from scipy.special import log_softmax
from tiny_parsers import quick, small_config, tiny, treebank

from gradus.core.errors import FormatError
from gradus.tasks.parsing.network import ParserNetwork
from gradus.tasks.parsing.parser import Parser
from gradus.tasks.parsing.targets import tree_of
from gradus.tasks.parsing.training import train_parser


def alone(parser: Parser, member: int) -> ParserNetwork:
    """A network with what is common to all, and what is one member's own."""
    own = {}
    for key, value in parser.model.state_dict().items():
        part, _, rest = key.partition(".")
        number, _, name = rest.partition(".")
        if part not in ("contexts", "graphs"):
            own[key] = value
        elif int(number) == member:
            own[f"{part}.0.{name}"] = value
    config = replace(parser.config, members=1)
    network = ParserNetwork(config, parser.symbols, len(parser.labels), None)
    network.load_state_dict(own)
    return network.eval()


@pytest.fixture(scope="module")
def parser():
    return tiny("graph-members")


@pytest.fixture(scope="module")
def members(parser):
    return [alone(parser, member) for member in range(3)]


@pytest.fixture(scope="module")
def batch(parser):
    sentences = treebank(6, seed=4)
    data = parser.training_set(sentences, [tree_of(sentence) for sentence in sentences], seed=1)
    return data.batch(np.arange(6))


@torch.no_grad()
def test_arcs_and_labels_are_the_means_of_what_members_say_alone(parser, members, batch):
    together = parser.network.arc_scores(batch)
    graphs = [member.arc_scores(batch) for member in members]
    expected = np.mean([log_softmax(graph.arcs.numpy(), -1) for graph in graphs], 0)
    np.testing.assert_allclose(together.arcs.numpy(), expected, atol=1e-5)
    lengths = torch.from_numpy(batch.lengths)
    heads = torch.zeros(int(lengths.sum()), dtype=torch.int64)
    said = [log_softmax(graph.labels(lengths, heads).numpy(), -1) for graph in graphs]
    np.testing.assert_allclose(together.labels(lengths, heads).numpy(), np.mean(said, 0), atol=1e-5)


@torch.no_grad()
def test_the_loss_is_the_mean_of_what_each_loses(parser, members, batch):
    losses = [float(member.loss(batch)) for member in members]
    assert float(parser.network.loss(batch)) == pytest.approx(np.mean(losses), abs=1e-6)


def test_members_differ_and_each_of_them_learns(parser, batch):
    first, *others = parser.network.contexts
    for other in others:
        for mine, theirs in zip(first.parameters(), other.parameters(), strict=True):
            assert mine.dim() < 2 or not torch.equal(mine, theirs)
    parser.model.zero_grad()
    parser.network.loss(batch).backward()
    trained = [*parser.network.contexts.parameters(), *parser.network.graphs.parameters()]
    assert all(weight.grad is not None and bool(weight.grad.any()) for weight in trained)
    parser.model.zero_grad()


def test_units_are_dropped_for_each_member_anew():
    """Members of the same weights would otherwise stay alike where only inputs are dropped."""
    sentences = treebank(6, seed=4)
    config = small_config("graph-members", encoder="none", dropout=0.5)
    parser = train_parser(sentences, config=config, training=quick())
    first = parser.network.graphs[0].state_dict()
    for other in parser.network.graphs:
        other.load_state_dict(first)
    data = parser.training_set(sentences, [tree_of(sentence) for sentence in sentences], seed=1)
    parser.model.train()
    one, two, _ = parser.network._scored(data.batch(np.arange(6)))
    assert not torch.equal(one.arcs, two.arcs)


def test_a_folder_from_before_there_were_members_says_so(parser, tmp_path):
    parser.save(tmp_path / "model")
    change(tmp_path / "model", version=1)
    with pytest.raises(FormatError, match=r"earlier Gradus.*train it again"):
        Parser.load(tmp_path / "model")
