"""The scanner of one thread: text in blocks of bytes becomes numbers of words in its own table."""

from typing import NoReturn

import numpy as np
from jaxtyping import Int32

from gradus.core.errors import DataError
from gradus.text.kernels.classes import Tokens, byte_classes
from gradus.text.kernels.scan import (
    DONE,
    FULL,
    LINE_END,
    LONGEST_WORD,
    NUL_BYTE,
    OUTPUTS,
    PADDING,
    POSITION,
    TOKENS,
    scan_block,
)
from gradus.text.sources import Block
from gradus.text.wordtable import WordTable


class Scanner:
    """Turns blocks into the numbers of their words, -1 for a line end; keeps words and counts."""

    def __init__(self, *, lowercase: bool = False, tokens: Tokens = "space") -> None:
        self.table = WordTable()
        self._lowercase = lowercase
        self._words = tokens == "words"
        self._classes = byte_classes(tokens)
        self._text = np.zeros(PADDING, dtype=np.uint8)
        self._ids = np.zeros(2, dtype=np.int32)

    def scan(self, block: Block) -> Int32[np.ndarray, " ids"]:
        """The numbers of the block's words; the array is overwritten by the next call.

        A run of line ends gives one -1; a block that ends its source ends with one.

        Raises:
            DataError: a byte that is no UTF-8, a NUL byte, or an overlong word, and where it is.
        """
        self._make_room(block.size)
        block.read_into(self._text[: block.size])
        self._text[block.size : block.size + PADDING] = 32
        known = self.table.letters
        status = self._run(block.size)
        # the same bytes always make the same words, so judging the new words judges the text
        try:
            self.table.bytes_from(known).tobytes().decode()
        except UnicodeDecodeError:
            status = NUL_BYTE
        if status != DONE:
            self._explain(block, status)
        count = int(self.table.state[OUTPUTS])
        if block.ends_source and (count == 0 or self._ids[count - 1] != LINE_END):
            self._ids[count] = LINE_END
            count += 1
        return self._ids[:count]

    @property
    def tokens(self) -> int:
        """How many words the last block had."""
        return int(self.table.state[TOKENS])

    def _make_room(self, size: int) -> None:
        if len(self._text) < size + PADDING:
            self._text = np.zeros(size + PADDING, dtype=np.uint8)
            self._ids = np.zeros(size + 2, dtype=np.int32)  # at most one number a byte

    def _run(self, size: int) -> int:
        table = self.table
        table.state[[POSITION, OUTPUTS, TOKENS]] = 0
        while True:
            status: int = scan_block(
                self._text,
                size,
                self._lowercase,
                self._words,
                self._classes,
                table.slots,
                table.starts,
                table.arena,
                table.state,
                self._ids,
            )
            if status != FULL:
                return status
            table.reserve(1, LONGEST_WORD)

    def _explain(self, block: Block, status: int) -> NoReturn:
        """Raise the error of the first fault of a block that has one."""
        text = self._text[: block.size].tobytes()
        nul = text.find(b"\0")
        try:
            text.decode()
            wrong = -1
        except UnicodeDecodeError as error:
            wrong = error.start
        if wrong >= 0 and (nul < 0 or wrong < nul):
            raise DataError(
                f"{block.place(wrong)}: 0x{text[wrong]:02x} is not UTF-8; name the encoding with "
                "--encoding, or skip such bytes with --errors replace or ignore"
            )
        if nul >= 0:
            raise DataError(
                f"{block.place(nul)}: a NUL byte, which no text has; "
                "is the file binary, or in another --encoding such as utf-16?"
            )
        start = int(self.table.state[POSITION])
        raise DataError(
            f"{block.place(start)}: a word longer than {LONGEST_WORD:,} bytes begins here; "
            "is it text with blanks between the words?"
        )
