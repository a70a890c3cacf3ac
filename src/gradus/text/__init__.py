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
    from gradus.text.documents import Document
    from gradus.text.entities_in_misc import entity_spans, entity_tags, with_entities
    from gradus.text.misc_fields import misc_value, with_misc
    from gradus.text.placing import Entity, Token, entities_of, placed_sentences
    from gradus.text.schemes import SCHEMES
    from gradus.text.spacing import raw_text
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
    "Document": "gradus.text.documents",
    "EmptyNode": "gradus.text.document",
    "EncodedCorpus": "gradus.text.corpora",
    "Entity": "gradus.text.placing",
    "MultiwordToken": "gradus.text.document",
    "SCHEMES": "gradus.text.schemes",
    "Sentence": "gradus.text.document",
    "Span": "gradus.text.spans",
    "TagFault": "gradus.text.spans",
    "TaggedCorpus": "gradus.text.columns",
    "TaggedSentence": "gradus.text.columns",
    "Token": "gradus.text.placing",
    "Vocabulary": "gradus.text.vocabulary",
    "Word": "gradus.text.document",
    "convert_tags": "gradus.text.spans",
    "draw_html": "gradus.text.arcs.page",
    "draw_svg": "gradus.text.arcs.svg",
    "draw_terminal": "gradus.text.arcs.terminal",
    "encode_corpus": "gradus.text.corpora",
    "entities_of": "gradus.text.placing",
    "entity_spans": "gradus.text.entities_in_misc",
    "entity_tags": "gradus.text.entities_in_misc",
    "find_scheme": "gradus.text.spans",
    "format_columns": "gradus.text.columns",
    "format_conllu": "gradus.text.conllu",
    "may_follow": "gradus.text.spans",
    "misc_value": "gradus.text.misc_fields",
    "placed_sentences": "gradus.text.placing",
    "raw_text": "gradus.text.spacing",
    "read_columns": "gradus.text.columns",
    "read_conllu": "gradus.text.conllu",
    "read_treebank": "gradus.text.conllu",
    "spans_of": "gradus.text.spans",
    "tag_faults": "gradus.text.spans",
    "tags_of": "gradus.text.spans",
    "tree_fault": "gradus.text.trees",
    "with_entities": "gradus.text.entities_in_misc",
    "with_misc": "gradus.text.misc_fields",
    "write_columns": "gradus.text.columns",
    "write_conllu": "gradus.text.conllu",
}

__all__ = [
    "SCHEMES",
    "ColumnLayout",
    "Document",
    "EmptyNode",
    "EncodedCorpus",
    "Entity",
    "MultiwordToken",
    "Sentence",
    "Span",
    "TagFault",
    "TaggedCorpus",
    "TaggedSentence",
    "Token",
    "Vocabulary",
    "Word",
    "convert_tags",
    "draw_html",
    "draw_svg",
    "draw_terminal",
    "encode_corpus",
    "entities_of",
    "entity_spans",
    "entity_tags",
    "find_scheme",
    "format_columns",
    "format_conllu",
    "may_follow",
    "misc_value",
    "placed_sentences",
    "raw_text",
    "read_columns",
    "read_conllu",
    "read_treebank",
    "spans_of",
    "tag_faults",
    "tags_of",
    "tree_fault",
    "with_entities",
    "with_misc",
    "write_columns",
    "write_conllu",
]

__getattr__, __dir__ = lazy_face(__name__, HOMES)
