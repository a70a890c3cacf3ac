"""A catalogue: the named makers of one kind of part, chosen by a line such as ``dropout(0.3)``."""

import ast
import difflib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from gradus.core.errors import SettingsError

T = TypeVar("T")
M = TypeVar("M", bound=Callable[..., Any])


class Choice(NamedTuple):
    """What a line of settings asks for: a name and its arguments."""

    name: str
    arguments: tuple[Any, ...]
    options: dict[str, Any]


@dataclass(frozen=True)
class Entry(Generic[T]):
    """One line of a catalogue."""

    name: str
    make: Callable[..., T]
    about: str  # a sentence for lists and help pages


class Catalogue(Generic[T]):
    """Makers of one ``kind`` of part by name; adding an entry edits nothing else.

    >>> SHAPES = Catalogue[str]("shape")
    >>> @SHAPES.add("line")
    ... def line(length: int = 3, *, mark: str = "-") -> str:
    ...     '''A row of marks.'''
    ...     return mark * length
    >>> SHAPES.make("line"), SHAPES.make("line(5, mark='=')")
    ('---', '=====')
    >>> list(SHAPES), SHAPES["line"].about
    (['line'], 'A row of marks.')
    >>> SHAPES.make("lime")
    Traceback (most recent call last):
    gradus.core.errors.SettingsError: shape 'lime' is unknown, perhaps 'line': choose from line
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, Entry[T]] = {}

    def add(self, name: str, *, about: str | None = None) -> Callable[[M], M]:
        """Enter a maker under ``name``; ``about`` is its docstring's first line by default."""

        def enter(make: M) -> M:
            line = about or (inspect.getdoc(make) or "").partition("\n")[0]
            self._entries[name] = Entry(name, make, line)
            return make

        return enter

    def make(self, line: str, **context: Any) -> T:
        """Build what ``line`` asks for; ``context`` is passed on beside its arguments.

        Raises:
            SettingsError: the name is unknown, or the arguments do not fit.
        """
        choice = self.parse(line)
        make = self[choice.name].make
        try:
            _check(make, choice, context)
        except (TypeError, ValueError) as error:
            takes = ", ".join(_parameters(make, context)) or "no arguments"
            raise SettingsError(f"{self.kind} {line}: {error}; it takes {takes}") from None
        try:
            return make(*choice.arguments, **context, **choice.options)
        except SettingsError as error:
            raise SettingsError(f"{self.kind} {line}: {error}") from None

    def parse(self, line: str) -> Choice:
        """The name and the arguments in ``line``; arguments are plain values, never code.

        Raises:
            SettingsError: the line is not of the form ``name`` or ``name(value, option=value)``.
        """
        try:
            tree = ast.parse(line.strip(), mode="eval").body
            if isinstance(tree, ast.Name):
                choice = Choice(tree.id, (), {})
            elif isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
                arguments = tuple(map(_value, tree.args))
                options = {str(word.arg): _value(word.value) for word in tree.keywords}
                choice = Choice(tree.func.id, arguments, options)
            else:
                raise ValueError
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            raise SettingsError(
                f"{self.kind} {line[:80]!r} cannot be read: write a name, or a name with plain "
                f"values such as {next(iter(self), 'name')}(0.5)"
            ) from None
        self[choice.name]
        return choice

    def __getitem__(self, name: str) -> Entry[T]:
        """The entry called ``name``; :class:`SettingsError` offers near names and all others."""
        if name not in self._entries:
            near = difflib.get_close_matches(name, self._entries, n=1)
            hint = f", perhaps {near[0]!r}" if near else ""
            raise SettingsError(
                f"{self.kind} {name!r} is unknown{hint}: choose from {', '.join(self)}"
            )
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def entries(self) -> list[Entry[T]]:
        """Every entry, in the order in which they were added."""
        return list(self._entries.values())


def _value(node: ast.expr) -> Any:
    value = ast.literal_eval(node)
    return tuple(value) if isinstance(value, list) else value


def _check(make: Callable[..., Any], choice: Choice, context: dict[str, Any]) -> None:
    """Raise :class:`TypeError` or :class:`ValueError` where the values of a line do not fit."""
    for name in choice.options:
        if name in context:
            raise TypeError(f"{name} is not for this line to set")
    signature = inspect.signature(make)
    signature.bind(*choice.arguments, **context, **choice.options)
    given = signature.bind_partial(*choice.arguments, **choice.options).arguments
    for name, value in given.items():
        annotation = signature.parameters[name].annotation
        if annotation is not inspect.Parameter.empty and not isinstance(annotation, str):
            _check_type(name, value, annotation)


def _check_type(name: str, value: Any, annotation: Any) -> None:
    from pydantic import TypeAdapter, ValidationError

    try:
        TypeAdapter(annotation).validate_python(value, strict=True)  # text is no number
    except ValidationError as error:
        told = error.errors()[0]["msg"]
        raise ValueError(f"{name}={value!r}: {told[0].lower()}{told[1:]}") from None


def _parameters(make: Callable[..., Any], context: dict[str, Any]) -> list[str]:
    """The parameters that a line may set, with their defaults."""
    return [
        name if parameter.default is parameter.empty else f"{name}={parameter.default!r}"
        for name, parameter in inspect.signature(make).parameters.items()
        if name not in context and parameter.kind is not parameter.VAR_KEYWORD
    ]
