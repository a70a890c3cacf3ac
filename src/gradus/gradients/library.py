"""Ready models: the networks and losses of the field as texts that can be derived at once."""

from importlib.resources import files

from gradus.core.errors import NotationError
from gradus.gradients.reading.calls import near

FOLDER = files("gradus.gradients") / "models"


def model_names() -> list[str]:
    """The names of all ready models.

    >>> "lstm" in model_names()
    True
    """
    return sorted(
        file.name.removesuffix(".txt") for file in FOLDER.iterdir() if file.name.endswith(".txt")
    )


def model_text(name: str) -> str:
    """The text of a ready model: its title as a comment, declarations, lines.

    Raises:
        NotationError: there is no model of that name.
    """
    names = model_names()
    if name not in names:
        raise NotationError(f"there is no model {name!r}{near(name, names)}; gradus derive --list")
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def model_title(name: str) -> str:
    """What a ready model is, in one line.

    >>> model_title("glove")
    'GloVe: weighted least squares on the logarithms of co-occurrence counts'
    """
    return model_text(name).partition("\n")[0].removeprefix("#").strip()
