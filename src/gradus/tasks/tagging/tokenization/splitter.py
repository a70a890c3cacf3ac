"""What every tokenizer does, whether it was trained or not: text in, sentences out."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence

from gradus.core.collection import uncollected
from gradus.tasks.tagging.tokenization.building import Builder
from gradus.tasks.tagging.tokenization.segments import Cutting, Segment, segments
from gradus.text.document import Sentence

#: Pieces that are labelled together.
TOGETHER = 1 << 15


class Splitter(ABC):
    """Cuts a text into sentences and their tokens, and loses nothing of it.

    White space stands in MISC as UDPipe writes it, so that :func:`gradus.text.raw_text`
    gives the text again, byte for byte. A control character counts as white space.
    """

    @property
    @abstractmethod
    def cutting(self) -> Cutting:
        """What cuts a text into pieces."""

    @abstractmethod
    def labels(self, parts: Sequence[Segment]) -> list[list[int]]:
        """What each piece of some paragraphs is the end of."""

    def expand(self, form: str) -> list[str] | None:
        """The words of a multiword token; None if nothing is known."""
        return None

    def sentences(self, text: str) -> list[Sentence]:
        """The sentences of a text, numbered from 1; none if it is nothing but white space."""
        with uncollected():
            return list(self.stream([text]))

    def stream(self, blocks: Iterable[str]) -> Iterator[Sentence]:
        """The sentences of a text of any length, in constant memory.

        It comes in blocks that may end anywhere: they are joined as they are.
        """
        builder = Builder(self.expand)
        rest = segments(blocks, self.cutting)
        while parts := list(_about(rest, TOGETHER)):
            for part, labels in zip(parts, self.labels(parts), strict=True):
                yield from builder.take(part, labels)
        yield from builder.finish()


def _about(parts: Iterator[Segment], pieces: int) -> Iterator[Segment]:
    """Segments until they have so many pieces together."""
    while pieces > 0:
        part = next(parts, None)
        if part is None:
            return
        pieces -= len(part)
        yield part
