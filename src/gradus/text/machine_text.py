"""English text that every machine with Gradus has: the documentation in Python and its packages.

Modules are parsed, never imported. The text depends on the installed versions, so it suits demos,
not benchmarks.
"""

import ast
import importlib.util
import multiprocessing
import sysconfig
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from pathlib import Path

from gradus.core.progress import SILENT, Progress
from gradus.text.prose import paragraphs, words

#: Packages that Gradus itself needs, so they are always there.
PACKAGES = ("numpy", "scipy", "sklearn", "matplotlib", "pydantic", "rich", "typer")

#: Folders without documentation for readers.
SKIPPED = {"site-packages", "test", "tests", "idlelib", "lib2to3", "_vendor", "__pycache__"}

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

#: Where a statement keeps the statements inside it.
BODIES = ("body", "orelse", "handlers", "finalbody")


def collect_machine_text(*, workers: int = 2, progress: Progress = SILENT) -> list[str]:
    """Paragraphs of lower-case words, one a line, none twice; the same on every call.

    About a million words in some seconds.
    """
    files = [path for root in documented_roots() for path in python_files(root)]
    progress.start("collecting text", total=len(files), unit="files")
    seen = dict.fromkeys(lines_of(python_topics()))
    for done, lines in enumerate(_lines_of_files(files, workers), start=1):
        seen.update(dict.fromkeys(lines))
        progress.update(done)
    progress.finish()
    return list(seen)


def collect_by_library(*, workers: int = 2, progress: Progress = SILENT) -> dict[str, list[str]]:
    """The same paragraphs sorted by the library that they document; in each none twice."""
    folders = {
        "python" if place == 0 else root.name: python_files(root)
        for place, root in enumerate(documented_roots())
    }
    progress.start("collecting text", total=sum(map(len, folders.values())), unit="files")
    done, found = 0, {}
    for library, files in folders.items():
        found[library] = list(dict.fromkeys(chain(*_lines_of_files(files, workers))))
        done += len(files)
        progress.update(done)
    progress.finish()
    return found


def documented_roots() -> list[Path]:
    """Folders of the standard library and of :data:`PACKAGES`, found without importing them."""
    roots = [Path(sysconfig.get_path("stdlib"))]
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec and spec.submodule_search_locations:
            roots.append(Path(spec.submodule_search_locations[0]))
    return roots


def python_files(root: Path) -> list[Path]:
    """Python files below ``root`` in a fixed order, without tests and copies of other packages."""
    return sorted(
        path
        for path in root.rglob("*.py")
        if not SKIPPED.intersection(path.relative_to(root).parts)
    )


def python_topics() -> Iterator[str]:
    """The pages of Python's ``help()``: the language reference in plain text."""
    from pydoc_data.topics import topics

    for name in sorted(topics):
        yield topics[name]


def docstrings(source: bytes) -> list[str]:
    r"""Docstrings of the module, classes and functions in ``source``; none if it does not parse.

    >>> docstrings(b"'''A module.'''\ndef f():\n    '''A function.'''")
    ['A module.', 'A function.']
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a stray backslash in someone else's string
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [text for node in _documented(tree) if (text := ast.get_docstring(node))]


def lines_of(texts: Iterable[str]) -> list[str]:
    """The paragraphs of ``texts`` as lines of lower-case words."""
    return [" ".join(words(paragraph)) for text in texts for paragraph in paragraphs(text)]


def lines_of_file(path: Path) -> list[str]:
    """The documentation of one Python file; an unreadable file has none."""
    try:
        return lines_of(docstrings(path.read_bytes()))
    except OSError:
        return []


def _documented(node: ast.AST) -> Iterator[Documented]:
    # ast.walk would visit every expression too, at twice the time of parsing
    if isinstance(node, Documented):
        yield node
    for name in BODIES:
        for child in getattr(node, name, ()):
            yield from _documented(child)


def _lines_of_files(files: list[Path], workers: int) -> Iterator[list[str]]:
    if workers < 2:
        yield from map(lines_of_file, files)
        return
    # a fresh interpreter per worker: forking a process that has threads can lock up
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield from pool.map(lines_of_file, files, chunksize=16)
