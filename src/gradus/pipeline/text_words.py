"""The words of a raw text, cut as a treebank has them, a sentence at a time."""

from collections.abc import Iterator
from os import PathLike

from gradus.tasks.tagging.tokenization.rules import RuleTokenizer
from gradus.text.raw_blocks import raw_blocks


def words_of_text(text: str | PathLike[str]) -> Iterator[list[str]]:
    """The words of each sentence of a file, plain or packed.

    Raises:
        DataError: the text cannot be read.
    """
    tokenizer = RuleTokenizer(contractions=True)
    for sentence in tokenizer.stream(raw_blocks(text)):
        # a blank inside a word, as some numbers have, would part it again
        yield [word.form.replace(" ", "") for word in sentence.words]
