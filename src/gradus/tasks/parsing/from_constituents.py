"""Dependency trees from constituency trees: every part hangs on the head of its whole."""

import re

from gradus.core.errors import DataError
from gradus.tasks.parsing.constituency import Constituent, walk, without_traces
from gradus.tasks.parsing.head_rules import ENGLISH, HeadRules
from gradus.text.document import Sentence, Word

#: The relation of the head of the whole sentence.
ROOT = "root"

#: An index that links a label with a trace or a gap, as in ``NP-SBJ-1`` and ``NP=2``.
INDEX = re.compile(r"(?<=.)[-=]\d+")


def to_dependencies(tree: Constituent, rules: HeadRules = ENGLISH) -> Sentence:
    """The dependency tree of a constituency tree, always projective, with one word under the root.

    In each constituent ``rules`` choose the part that is its head; the words that head the other
    parts hang on the word that heads that one. The relation is the label of the largest constituent
    that a word heads, with function tags but without indices: ``NP-SBJ``, or a tag if that is only
    the word itself. Traces are left out. The tags are those of the tree, as ``xpos``.

    >>> from gradus.tasks.parsing.brackets import parse_brackets
    >>> (tree,) = parse_brackets("(S (NP-SBJ-1 (DT The) (NN cat)) (VP (VBZ sleeps)) (. .))")
    >>> sentence = to_dependencies(tree)
    >>> sentence.heads, sentence.deprels
    ([2, 3, 0, 3], ['DT', 'NP-SBJ', 'root', '.'])

    Raises:
        DataError: the tree holds nothing but traces.
    """
    spoken = without_traces(tree)
    if spoken is None:
        raise DataError("the tree holds nothing but traces; leave it out")
    words: list[Word] = []
    heads: list[list[int]] = [[]]  # of each node above, the words that head its parts so far
    for node, _, leaving in walk(spoken, leaving=True):
        if not leaving:
            heads.append([])
        elif node.word is not None:
            words.append(Word(node.word, xpos=node.label))
            heads.pop()
            heads[-1].append(len(words))
        else:
            parts = heads.pop()
            heads[-1].append(_join_(words, node, parts, rules))
    top = words[heads[0][0] - 1]
    top.head, top.deprel = 0, ROOT
    return Sentence(words)


def _join_(words: list[Word], node: Constituent, parts: list[int], rules: HeadRules) -> int:
    """Hang the words that head the parts of ``node`` on the one that heads it, and give that."""
    chosen = rules.head(node.label, [child.label for child in node.children])
    for index, (part, child) in enumerate(zip(parts, node.children, strict=True)):
        if index != chosen:
            words[part - 1].head = parts[chosen]
            words[part - 1].deprel = INDEX.sub("", child.label)
    return parts[chosen]
