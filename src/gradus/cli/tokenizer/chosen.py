"""The tokenizer that a command was asked for: a trained one, or the rules."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradus.tasks.tagging.tokenization.splitter import Splitter


def chosen_tokenizer(model: Path | str | None, *, contractions: bool = False) -> "Splitter":
    """The tokenizer in the folder ``model``; without one, the rules.

    Raises:
        FormatError: the folder is missing, damaged or of another task.
        SettingsError: contractions are asked of a trained tokenizer.
    """
    if model is None:
        from gradus.tasks.tagging.tokenization.rules import RuleTokenizer

        return RuleTokenizer(contractions=contractions)
    if contractions:
        from gradus.core.errors import SettingsError

        raise SettingsError(
            f"--contractions is for the rules; {model} has learnt what to part; leave one out"
        )
    from gradus.tasks.tagging.tokenization.tokenizer import Tokenizer

    return Tokenizer.load(model)
