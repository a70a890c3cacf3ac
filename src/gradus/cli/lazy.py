"""Command groups from a table: a command's module is imported when the command runs."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Entry:
    """One line of a command table."""

    target: str  # module:name of a function (a command) or of a typer app (a group of commands)
    help: str  # the line that the list of commands shows


def lazy_app(table: dict[str, Entry], *, help: str, examples: tuple[str, ...] = ()) -> typer.Typer:
    """A typer app that lists ``table`` and imports an entry's module only when it is called.

    >>> app = lazy_app({"hello": Entry("greetings:hello", "Say hello.")}, help="Greet.")
    >>> [command.help for command in get_group(app).commands.values()]
    ['Say hello.']
    """

    class Group(LazyGroup):
        entries = table

    app = typer.Typer(cls=Group, help=help, epilog=epilog(*examples), no_args_is_help=True)

    @app.callback()
    def root() -> None:
        """Make typer build a group although no command is registered yet."""

    return app


def examples(*lines: str) -> Callable[[F], F]:
    """Keep the example calls that the help page of a command closes with."""

    def keep(function: F) -> F:
        function.examples = lines  # type: ignore[attr-defined]
        return function

    return keep


def epilog(*examples: str) -> str | None:
    """The closing paragraph of a help page: one example a line.

    >>> epilog("gradus demo", "gradus demo --quiet").splitlines()
    ['Examples:', '  gradus demo', '  gradus demo --quiet']
    """
    return "\n  ".join(["Examples:", *examples]) if examples else None


class Placeholder(TyperCommand):
    """Stands in the list for a command that is not imported yet."""

    def __init__(self, name: str, entry: Entry) -> None:
        super().__init__(name=name, help=entry.help)
        self.target = entry.target


class LazyGroup(TyperGroup):
    """A group that shows placeholders and swaps in the real command when it is called."""

    entries: dict[str, Entry] = {}  # noqa: RUF012 - set once by lazy_app, never changed

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, entry in self.entries.items():
            self.add_command(Placeholder(name, entry))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command that ``args`` name and import it."""
        name, command, rest = super().resolve_command(ctx, args)
        if name and isinstance(command, Placeholder):
            command = load(name, command.target)
            self.add_command(command, name)
        return name, command, rest


def load(name: str, target: str) -> Any:
    """Import ``module:name`` and make a command of it: a group from an app, else one command."""
    module, _, attribute = target.partition(":")
    found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        group = get_group(found)
        group.name = name
        return group
    single = typer.Typer(add_completion=False)
    single.command(name, epilog=epilog(*getattr(found, "examples", ())))(found)
    return get_command(single)
