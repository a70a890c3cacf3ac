"""What a token is: how a line is cut into tokens, and how tokens become a line again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from gradus.core.catalogue import Catalogue

#: Words between blanks, or single characters.
LevelName: TypeAlias = Literal["word", "char"]


@dataclass(frozen=True)
class Level:
    """One way to cut lines, and what stands between two tokens of it."""

    name: LevelName
    cut: Callable[[str], list[str]]
    blank: str

    def join(self, tokens: Sequence[str]) -> str:
        """Undo ``cut``, up to the white space between words."""
        return self.blank.join(tokens)


#: Levels that a setting can name.
LEVELS = Catalogue[Level]("level")


@LEVELS.add("word")
def words() -> Level:
    """What white space separates, as it is written.

    >>> level = LEVELS.make("word")
    >>> level.cut("W AO1  K"), level.join(["W", "AO1", "K"])
    (['W', 'AO1', 'K'], 'W AO1 K')
    """
    return Level("word", str.split, " ")


@LEVELS.add("char")
def characters() -> Level:
    """Every character, blanks among them.

    >>> level = LEVELS.make("char")
    >>> level.cut("3 May"), level.join(["3", " ", "M"])
    (['3', ' ', 'M', 'a', 'y'], '3 M')
    """
    return Level("char", list, "")
