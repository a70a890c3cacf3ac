"""Text: corpora as numbers, vocabularies, sentences with trees or entities, read and written.

A name is imported when it is first used, so that ``import gradus.text`` costs next to nothing.
"""

from typing import TYPE_CHECKING

from gradus.core.face import lazy_face

if TYPE_CHECKING:
    from gradus.text.arcs.page import draw_html
    from gradus.text.arcs.svg import draw_svg
    from gradus.text.arcs.terminal import draw_terminal
    from gradus.text.column_layout import ColumnLayout
    from gradus.text.columns import (
        TaggedCorpus,
        TaggedSentence,
        format_columns,
        read_columns,
        write_columns,
    )
    from gradus.text.conllu import format_conllu, read_conllu, read_treebank, write_conllu
    from gradus.text.corpora import EncodedCorpus, encode_corpus
    from gradus.text.document import EmptyNode, MultiwordToken, Sentence, Word
    from gradus.text.schemes import SCHEMES
    from gradus.text.spans import (
        Span,
        TagFault,
        convert_tags,
        find_scheme,
        may_follow,
        spans_of,
        tag_faults,
        tags_of,
    )
    from gradus.text.trees import tree_fault
    from gradus.text.vocabulary import Vocabulary

#: Where each public name is defined.
HOMES = {
    "ColumnLayout": "gradus.text.column_layout",
    "EmptyNode": "gradus.text.document",
    "EncodedCorpus": "gradus.text.corpora",
    "MultiwordToken": "gradus.text.document",
    "SCHEMES": "gradus.text.schemes",
    "Sentence": "gradus.text.document",
    "Span": "gradus.text.spans",
    "TagFault": "gradus.text.spans",
    "TaggedCorpus": "gradus.text.columns",
    "TaggedSentence": "gradus.text.columns",
    "Vocabulary": "gradus.text.vocabulary",
    "Word": "gradus.text.document",
    "convert_tags": "gradus.text.spans",
    "draw_html": "gradus.text.arcs.page",
    "draw_svg": "gradus.text.arcs.svg",
    "draw_terminal": "gradus.text.arcs.terminal",
    "encode_corpus": "gradus.text.corpora",
    "find_scheme": "gradus.text.spans",
    "format_columns": "gradus.text.columns",
    "format_conllu": "gradus.text.conllu",
    "may_follow": "gradus.text.spans",
    "read_columns": "gradus.text.columns",
    "read_conllu": "gradus.text.conllu",
    "read_treebank": "gradus.text.conllu",
    "spans_of": "gradus.text.spans",
    "tag_faults": "gradus.text.spans",
    "tags_of": "gradus.text.spans",
    "tree_fault": "gradus.text.trees",
    "write_columns": "gradus.text.columns",
    "write_conllu": "gradus.text.conllu",
}

__all__ = [
    "SCHEMES",
    "ColumnLayout",
    "EmptyNode",
    "EncodedCorpus",
    "MultiwordToken",
    "Sentence",
    "Span",
    "TagFault",
    "TaggedCorpus",
    "TaggedSentence",
    "Vocabulary",
    "Word",
    "convert_tags",
    "draw_html",
    "draw_svg",
    "draw_terminal",
    "encode_corpus",
    "find_scheme",
    "format_columns",
    "format_conllu",
    "may_follow",
    "read_columns",
    "read_conllu",
    "read_treebank",
    "spans_of",
    "tag_faults",
    "tags_of",
    "tree_fault",
    "write_columns",
    "write_conllu",
]

__getattr__, __dir__ = lazy_face(__name__, HOMES)
