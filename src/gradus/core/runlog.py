"""``log.jsonl``: one JSON object a line, appended during a run; a killed run keeps its history."""

import json
import os
from pathlib import Path
from typing import Any, BinaryIO

LOG = "log.jsonl"


class RunLog:
    """Appends events to ``folder/log.jsonl``; each event is flushed at once."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / LOG

    def write(self, event: str, **facts: Any) -> None:
        """Append one event with its facts."""
        line = json.dumps({"event": event, **facts}, ensure_ascii=False).encode() + b"\n"
        with self.path.open("a+b") as file:
            # a run killed in the middle of a line must not spoil the first event of its successor
            file.write(line if _ends_a_line(file) else b"\n" + line)

    def read(self) -> list[dict[str, Any]]:
        """All events so far, oldest first; a line cut off by a crash is left out."""
        if not self.path.exists():
            return []
        events = []
        for line in self.path.read_bytes().split(b"\n"):
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict):
                events.append(event)
        return events


def _ends_a_line(file: BinaryIO) -> bool:
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read() == b"\n"
