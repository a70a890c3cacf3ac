"""Text: corpora as numbers, vocabularies, sentences with their trees, read, written and drawn.

A name is imported when it is first used, so that ``import gradus.text`` costs next to nothing.
"""

from typing import TYPE_CHECKING

from gradus.core.face import lazy_face

if TYPE_CHECKING:
    from gradus.text.arcs.page import draw_html
    from gradus.text.arcs.svg import draw_svg
    from gradus.text.arcs.terminal import draw_terminal
    from gradus.text.conllu import format_conllu, read_conllu, read_treebank, write_conllu
    from gradus.text.corpora import EncodedCorpus, encode_corpus
    from gradus.text.document import EmptyNode, MultiwordToken, Sentence, Word
    from gradus.text.trees import tree_fault
    from gradus.text.vocabulary import Vocabulary

#: Where each public name is defined.
HOMES = {
    "EmptyNode": "gradus.text.document",
    "EncodedCorpus": "gradus.text.corpora",
    "MultiwordToken": "gradus.text.document",
    "Sentence": "gradus.text.document",
    "Vocabulary": "gradus.text.vocabulary",
    "Word": "gradus.text.document",
    "draw_html": "gradus.text.arcs.page",
    "draw_svg": "gradus.text.arcs.svg",
    "draw_terminal": "gradus.text.arcs.terminal",
    "encode_corpus": "gradus.text.corpora",
    "format_conllu": "gradus.text.conllu",
    "read_conllu": "gradus.text.conllu",
    "read_treebank": "gradus.text.conllu",
    "tree_fault": "gradus.text.trees",
    "write_conllu": "gradus.text.conllu",
}

__all__ = [
    "EmptyNode",
    "EncodedCorpus",
    "MultiwordToken",
    "Sentence",
    "Vocabulary",
    "Word",
    "draw_html",
    "draw_svg",
    "draw_terminal",
    "encode_corpus",
    "format_conllu",
    "read_conllu",
    "read_treebank",
    "tree_fault",
    "write_conllu",
]

__getattr__, __dir__ = lazy_face(__name__, HOMES)
