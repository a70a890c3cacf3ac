"""The families of language models by their name in a model folder."""

from pathlib import Path
from typing import Any

from gradus.core.errors import FormatError
from gradus.core.storage import CONFIG

#: The names that a ``config.json`` may say.
NGRAM, NEURAL = "ngram", "neural"


def checked_family(folder: Path, config: dict[str, Any], family: str | None = None) -> str:
    """The family that a folder's ``config`` names.

    Raises:
        FormatError: it names none, or another one than ``family``.
    """
    found = config.get("family")
    if found not in (NGRAM, NEURAL):
        raise FormatError(f"{folder / CONFIG} names no family of language models: {found!r}")
    if family not in (None, found):
        raise FormatError(
            f"{folder} holds a {found} language model, not a {family} one; open it with "
            "load_language_model"
        )
    return str(found)
