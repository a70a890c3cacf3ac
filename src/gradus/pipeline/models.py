"""Pipelines by name: those that come with Gradus, and folders."""

from importlib.resources import files
from os import PathLike
from pathlib import Path

from gradus.core.errors import FormatError
from gradus.pipeline.pipeline import Pipeline

#: The pipeline that is used where none is named.
DEFAULT = "en"


def packaged_models() -> dict[str, Path]:
    """The folders of the pipelines inside the package, by name."""
    home = Path(str(files("gradus"))) / "models"
    if not home.is_dir():
        return {}
    return {path.name: path for path in sorted(home.iterdir()) if path.is_dir()}


def load(name: str | PathLike[str] = DEFAULT) -> Pipeline:
    """Open a pipeline: a folder, or one that comes with Gradus, such as ``"en"``.

    Raises:
        FormatError: there is no such folder or name, or the folder is damaged.
    """
    if Path(name).exists():
        return Pipeline.load(Path(name))
    known = packaged_models()
    if str(name) not in known:
        raise FormatError(
            f"{name} is no folder, and no model of this name comes with Gradus; name a folder that "
            f"`gradus pipeline train` wrote, or {' or '.join(known) or 'train one'}"
        )
    return Pipeline.load(known[str(name)])
