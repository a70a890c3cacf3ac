"""From the folders of trained parts to that of a pipeline: small, and nothing twice."""

import shutil
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from gradus.core.storage import CONFIG, SHARED, write_config
from gradus.pipeline.parts import part_of
from gradus.pipeline.pipeline import KIND, VERSION

#: Files of a part that tell of its training; a compact pipeline goes without them.
RECORDS = ("metrics.json", "log.jsonl", "settings.toml", "curves.png")


def pack_pipeline(
    parts: Mapping[str, Path], folder: Path, *, about: Mapping[str, Any], compact: bool
) -> None:
    """Write the folder of a pipeline of trained ``parts`` into ``folder``, which exists.

    ``compact`` writes weights in few bytes and leaves out the records of the training. Files that
    are the same in several parts are written once.
    """
    for name, source in parts.items():
        target = folder / name
        shutil.rmtree(target, ignore_errors=True)  # of a try that was stopped
        target.mkdir()
        task = part_of(name).load(source)
        if getattr(task.config, "vectors", None):
            # where the table lay matters to nobody who opens the model
            task.config = replace(task.config, vectors=Path(task.config.vectors).name)
        task.write(target, compact=compact)
        for record in () if compact else RECORDS:
            if (source / record).exists():
                shutil.copy2(source / record, target / record)
    _share([folder / name for name in parts], folder / SHARED)
    write_config(folder, kind=KIND, version=VERSION, parts=list(parts), about=dict(about))


def _share(folders: list[Path], shared: Path) -> None:
    """Move files that several folders have alike to one place."""
    shutil.rmtree(shared, ignore_errors=True)
    homes: defaultdict[tuple[str, str], list[Path]] = defaultdict(list)
    for folder in folders:
        for path in sorted(folder.iterdir()):
            if path.name not in (CONFIG, *RECORDS):
                homes[path.name, sha256(path.read_bytes()).hexdigest()].append(path)
    taken: set[str] = set()
    for (name, _), paths in homes.items():
        if len(paths) > 1 and name not in taken:
            shared.mkdir(exist_ok=True)
            taken.add(name)
            shutil.move(paths[0], shared / name)
            for path in paths[1:]:
                path.unlink()
