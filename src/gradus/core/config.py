"""Settings: frozen, keyword-only dataclasses; ranges stand beside the fields, checked once."""

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any, TypeVar, cast, dataclass_transform, get_args

from pydantic import ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass as pydantic_dataclass

from gradus.core.errors import SettingsError

T = TypeVar("T")

#: The word for an empty setting where values are written down or given as text.
NOTHING = "none"

#: How pydantic's bounds read in a sentence.
BOUNDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(Field,))
def settings(cls: type[T]) -> type[T]:
    """Make ``cls`` a frozen settings class that raises :class:`SettingsError` on a bad value.

    >>> @settings
    ... class Walk:
    ...     steps: int = Field(10, ge=1, description="how far to go")
    >>> Walk(steps=3).steps
    3
    >>> Walk(steps=0)
    Traceback (most recent call last):
    gradus.core.errors.SettingsError: steps=0 is out of range: choose a value at least 1
    """
    checked = pydantic_dataclass(cls, frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
    construct: Callable[..., None] = checked.__init__

    def __init__(self: Any, **values: Any) -> None:
        try:
            construct(self, **values)
        except ValidationError as error:
            raise SettingsError(explain(error, checked)) from None

    checked.__init__ = __init__  # type: ignore[method-assign]
    return cast(type[T], checked)


def explain(error: ValidationError, cls: type) -> str:
    """Say in one line which settings are wrong, with their values and ranges."""
    return "; ".join(_complaint(item, cls) for item in error.errors())


def describe(cls: type) -> dict[str, str]:
    """Map each setting of ``cls`` to the line that explains it."""
    infos = cls.__pydantic_fields__  # type: ignore[attr-defined]
    return {name: info.description or "" for name, info in infos.items()}


def may_be_none(cls: type, name: str) -> bool:
    """Whether ``cls`` has a setting ``name`` that can be left empty."""
    info = cls.__pydantic_fields__.get(name)  # type: ignore[attr-defined]
    return info is not None and type(None) in get_args(info.annotation)


def to_dict(config: Any) -> dict[str, Any]:
    """The settings as plain values, ready for JSON; ``None`` and nested settings are kept."""
    return asdict(config)


def from_dict(cls: type[T], values: dict[str, Any]) -> T:
    """Rebuild settings from :func:`to_dict`; names that ``cls`` does not know are an error."""
    known = {field.name for field in fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(set(values) - known)
    if unknown:
        raise SettingsError(
            f"{cls.__name__} has no setting {', '.join(unknown)}; it has {', '.join(sorted(known))}"
        )
    return cls(**values)


def _complaint(item: Any, cls: type) -> str:
    name = str(item["loc"][0]) if item["loc"] else cls.__name__
    if item["type"] == "unexpected_keyword_argument":
        return f"{cls.__name__} has no setting {name}; it has {', '.join(describe(cls))}"
    if item["type"] == "value_error":
        return str(item["ctx"]["error"])
    info = cls.__pydantic_fields__.get(name)  # type: ignore[attr-defined]
    bounds = [
        f"{phrase} {getattr(mark, key)}"
        for mark in (info.metadata if info else ())
        for key, phrase in BOUNDS.items()
        if hasattr(mark, key)
    ]
    if bounds and item["type"].startswith(("greater", "less")):
        return f"{name}={item['input']} is out of range: choose a value {' and '.join(bounds)}"
    return f"{name}={item['input']!r}: {item['msg'][0].lower()}{item['msg'][1:]}"
