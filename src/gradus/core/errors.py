"""The error tree: failures that a person can act on; the text says what clashed and what to do."""


class GradusError(Exception):
    """Base of all errors raised on purpose; the command line prints its text and exits with 1."""


class SettingsError(GradusError, ValueError):
    """A setting is out of range or contradicts another one; the command line exits with 2."""


class DataError(GradusError, ValueError):
    """The input holds something that cannot be used: empty, binary, wrongly encoded, too small."""


class FormatError(DataError):
    """A file does not follow the format it claims, or a model folder is damaged or foreign."""


class ExistsError(GradusError, FileExistsError):
    """The place to write to is taken."""


class StorageError(GradusError, OSError):
    """The disk refused: full, read-only or without permission."""


class UnknownWordError(GradusError, KeyError):
    """A word is not in the vocabulary; the text offers near spellings."""

    def __str__(self) -> str:
        # KeyError would show the repr of the message, with quotes around it
        return str(self.args[0]) if self.args else ""


class DivergenceError(GradusError, ArithmeticError):
    """Training left the finite numbers; the text says what to change."""


class NotationError(DataError):
    """The text of a model cannot be read; the text of the error points at the place."""


class ShapeError(NotationError):
    """Shapes do not go together; the text shows both."""


class DerivationError(NotationError):
    """What is asked for has no gradient: no single number, or not differentiable."""


class GradientError(GradusError, AssertionError):
    """A gradient is not that of its loss."""


class MemoryLimitError(GradusError, MemoryError):
    """The machine has too little memory for this; the text says what to make smaller."""


class MissingExtraError(GradusError, ImportError):
    """An optional dependency is not installed; the text gives the command that installs it."""
