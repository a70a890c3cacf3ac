"""The face of a package: public names that are imported when they are first used."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy_face(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of a package whose names live in the modules ``homes``.

    >>> getattr_, dir_ = lazy_face("shop", {"OrderedDict": "collections"})
    >>> getattr_("OrderedDict").__name__, dir_()
    ('OrderedDict', ['OrderedDict'])
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(homes[name]), name)

    return find, lambda: sorted(homes)
