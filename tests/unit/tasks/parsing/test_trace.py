"""A parse step by step: its steps, played again with plain lists, give the tree of the parser."""

import json
from dataclasses import replace

import numpy as np
import pytest
from plain_transitions import PLAIN, Configuration
from tiny_parsers import KINDS, crossed, tiny, treebank

from gradus.core.errors import SettingsError
from gradus.tasks.parsing.trace import OTHERS, trace_parse
from gradus.text.document import Sentence

transition_kinds = pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if not kind.startswith("graph")]
)
SENTENCES = [*treebank(6, seed=11), crossed()]


@transition_kinds
def test_the_steps_played_again_give_the_tree(kind):
    parser = tiny(kind)
    system = PLAIN[parser.config.transitions.name]
    for sentence in SENTENCES:
        first, *steps = trace_parse(parser, sentence)
        plain = Configuration.of(len(sentence))
        assert (first.transition, first.arc, first.probability) == ("", None, 1.0)
        heads, labels = np.zeros(len(sentence), np.int32), np.zeros(len(sentence), np.int32)
        for step in [first, *steps]:
            if step.arc:
                head, label, dependent = step.arc
                heads[dependent - 1], labels[dependent - 1] = head, parser.labels.index(label)
            if step.transition == "left over":
                assert system.final(plain)
                continue
            if step is not first:
                move, _, label = step.transition.partition(" ")
                transition = system.transitions[move]
                assert move in system.allowed(plain)
                arc = transition.arc(plain) if transition.arc else None
                assert step.arc == (None if arc is None else (arc[0], label, arc[1]))
                transition.take(plain)
            assert list(step.stack) == plain.stack
            assert list(step.buffer) == plain.buffer
            assert list(step.aside) == plain.aside[::-1]
        tree = parser._naming.tree(heads, labels)
        (parsed,) = parser.parse([sentence])
        assert (tree.heads.tolist(), tree.labels) == (parsed.heads, parsed.deprels)


@transition_kinds
def test_what_is_taken_is_the_likeliest_and_others_follow(kind):
    for step in trace_parse(tiny(kind), crossed())[1:]:
        if step.transition == "left over":
            continue
        shares = [step.probability, *(share for _, share in step.others)]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) <= 1 + 1e-6
        assert len(step.others) <= OTHERS
        assert step.transition not in [name for name, _ in step.others]


def test_the_probabilities_of_arcs_are_those_of_the_parser():
    parser, sentence = tiny("defeat"), crossed()
    (tree,) = parser.trees([sentence], confidence=True)
    for step in trace_parse(parser, sentence):
        if step.arc and step.transition != "left over":
            assert tree.sure[step.arc[2] - 1] == pytest.approx(
                step.probability, abs=1e-3
            )  # of short rows


@transition_kinds
def test_steps_are_plain_values(kind):
    for step in trace_parse(tiny(kind), crossed()):
        values = json.loads(json.dumps(step.to_dict()))
        again = replace(
            step,
            transition=values["transition"],
            probability=values["probability"],
            stack=tuple(values["stack"]),
            buffer=tuple(values["buffer"]),
            aside=tuple(values["aside"]),
            arc=None if values["arc"] is None else tuple(values["arc"]),
            others=tuple((each["transition"], each["probability"]) for each in values["others"]),
        )
        assert again == step


def test_one_word_takes_two_steps():
    steps = trace_parse(tiny("defeat"), Sentence.of(["ax"]))
    assert [step.transition.split()[0] for step in steps[1:]] == ["shift", "right"]
    assert steps[-1].arc == (0, steps[-1].transition.split()[1], 1)


@pytest.mark.parametrize("kind", ["graph", "graph-lstm"])
def test_a_graph_has_no_steps(kind):
    with pytest.raises(SettingsError, match="scores all arcs at once"):
        trace_parse(tiny(kind), crossed())
