"""What every benchmark prints: a table, the versions, the machine, the command; also as JSON."""

import argparse
import json
import os
import platform
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def machine() -> str:
    """Processor, cores and system in a line."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        name = names[0] if names else name
    return f"{name}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def versions(packages: Sequence[str]) -> str:
    """Python and these packages with their versions in a line."""
    named = [f"{package} {version(package)}" for package in packages]
    return ", ".join([f"Python {platform.python_version()}", *named])


def interleaved(
    contestants: Mapping[str, Callable[[], float]], runs: int
) -> dict[str, list[float]]:
    """What each contestant returns in each of ``runs`` rounds; all take part in every round.

    A machine that gets slower or faster with time is then slow or fast for all of them.
    """
    results: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(runs):
        for name, run in contestants.items():
            results[name].append(run())
    return results


def options(description: str, *, runs: int, threads: int) -> argparse.ArgumentParser:
    """The options that benchmarks of networks share, with their defaults."""
    parser = argparse.ArgumentParser(description=description.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=runs, help=f"rounds ({runs})")
    parser.add_argument("--threads", type=int, default=threads)
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser


def spread(values: Sequence[float], form: str = ",.3g") -> str:
    """Median, and least and greatest value, of some measurements."""
    middle = statistics.median(values)
    return f"{middle:{form}} ({min(values):{form}}–{max(values):{form}})"


def markdown(rows: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """The lines of a table as documentation has it."""
    yield "| " + " | ".join(rows[0]) + " |"
    yield "|" + "---|" * len(rows[0])
    for row in rows:
        yield "| " + " | ".join(row.values()) + " |"


def report(
    title: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    packages: Sequence[str],
    facts: Mapping[str, Any],
    json_path: Path | None = None,
) -> None:
    """Print ``rows`` as a table, and below it what was measured, with what, where, and how.

    Columns are the keys of the first row; ``facts`` are further lines such as data and threads.
    ``json_path`` gets the same as JSON.
    """
    table = Table(title=title, title_justify="left")
    for place, column in enumerate(rows[0]):
        table.add_column(column, justify="right" if place else "left")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    lines = {
        **facts,
        "versions": versions(packages),
        "machine": machine(),
        "command": " ".join(["python", f"bench/{Path(sys.argv[0]).name}", *sys.argv[1:]]),
    }
    console = Console()
    console.print(table)
    for name, value in lines.items():
        console.print(f"[dim]{name}:[/dim] {value}", highlight=False, soft_wrap=True)
    if json_path is not None:
        content = {"title": title, "rows": [dict(row) for row in rows], **lines}
        json_path.write_text(json.dumps(content, indent=2, default=str) + "\n", encoding="utf-8")
