"""What contract tests ask about the whole package: its modules, its commands and its pages."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import gradus
from gradus.cli.app import COMMANDS
from gradus.cli.lazy import Placeholder, load

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]

CITATION = re.compile(r"\[([a-z]{2,}\d{4}[a-z]?)\]")


def modules() -> Iterator[ModuleType]:
    """Every module of the package."""
    yield gradus
    for found in pkgutil.walk_packages(gradus.__path__, "gradus."):
        yield importlib.import_module(found.name)


def faces() -> list[ModuleType]:
    """The packages that list public names."""
    return [module for module in modules() if hasattr(module, "__path__") and _public(module)]


def _public(module: ModuleType) -> bool:
    return bool(getattr(module, "__all__", ()))


def commands() -> dict[tuple[str, ...], Any]:
    """Every command and group of the command line by its path, such as ``("vectors", "train")``."""
    found: dict[tuple[str, ...], Any] = {}

    def visit(path: tuple[str, ...], command: Any) -> None:
        found[path] = command
        for name, child in getattr(command, "commands", {}).items():
            visit((*path, name), _real(child))

    for name, entry in COMMANDS.items():
        visit((name,), load(name, entry.target))
    return found


def _real(command: Any) -> Any:
    """The command behind a placeholder; the placeholder itself if its module is missing."""
    if not isinstance(command, Placeholder):
        return command
    with suppress(ModuleNotFoundError):  # the test of this one command fails, not all tests
        return load(str(command.name), command.target)
    return command


def documented_modules() -> set[str]:
    """Modules that the reference pages show."""
    text = "\n".join(page.read_text() for page in (DOCS / "reference").glob("*.md"))
    return set(re.findall(r"^::: ([\w.]+)$", text, re.MULTILINE))


def reference_keys() -> list[str]:
    """Keys of the papers in ``docs/references.md``, in their order."""
    text = (DOCS / "references.md").read_text()
    return re.findall(r"^#### (\w+)$", text, re.MULTILINE)


def command_lines(text: str) -> list[str]:
    """Calls of ``gradus`` in the fenced blocks of a page, without their comments."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("gradus ")]
