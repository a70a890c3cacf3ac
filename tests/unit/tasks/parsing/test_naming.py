"""Labels in words: the root's at the root's word, lifted arcs brought back, given ones left."""

import numpy as np
import pytest
from tiny_parsers import crossed

from gradus.tasks.parsing.lifting import projectivize
from gradus.tasks.parsing.naming import Naming
from gradus.tasks.parsing.settings import ParserConfig
from gradus.tasks.parsing.targets import heads_of
from gradus.tasks.parsing.transition_network import Parsed


def parsed(heads, labels):
    return Parsed(*(np.array(row, np.int32) for row in (heads, labels)), np.zeros(0, np.float32))


def test_the_root_label_is_that_of_the_root_alone():
    naming = Naming(ParserConfig(), ["nsubj", "root", "dep"])
    tree, other = naming.trees(parsed([2, 0, 2, 0], [1, 0, 0, 0]), np.array([3, 1]))
    assert (tree.heads.tolist(), tree.labels) == ([2, 0, 2], ["dep", "root", "nsubj"])
    assert (other.heads.tolist(), other.labels) == ([0], ["root"])


def test_a_treebank_without_a_root_label_keeps_its_own():
    naming = Naming(ParserConfig(), ["a", "b"])
    assert naming.tree(np.array([2, 0], np.int32), np.array([1, 1], np.int32)).labels == ["b", "b"]


@pytest.mark.parametrize("encoding", ["head", "path", "head+path"])
def test_lifted_arcs_are_brought_back_unless_they_are_given(encoding):
    config = ParserConfig(nonprojective="pseudo", encoding=encoding)
    gold = crossed()
    heads, marked = projectivize(heads_of(gold), gold.deprels, encoding)
    names = sorted(set(marked) | {"root"})
    found = parsed(heads, [names.index(label) for label in marked])
    (tree,) = Naming(config, names).trees(found, np.array([8]))
    assert (tree.heads.tolist(), tree.labels) == (gold.heads, gold.deprels)
    given = np.full(8, -1, np.int32)
    given[4] = heads[4]
    (kept,) = Naming(config, names).trees(found, np.array([8]), [given])
    assert kept.heads.tolist() == heads.tolist()
    assert kept.labels == gold.deprels
