"""``log.jsonl``: one JSON object a line, appended during a run; a killed run keeps its history."""

import json
from pathlib import Path
from typing import Any

LOG = "log.jsonl"


class RunLog:
    """Appends events to ``folder/log.jsonl``; each event is flushed at once."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / LOG

    def write(self, event: str, **facts: Any) -> None:
        """Append one event with its facts."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"event": event, **facts}, ensure_ascii=False) + "\n")

    def read(self) -> list[dict[str, Any]]:
        """All events so far, oldest first; a last line cut off by a crash is left out."""
        events = []
        if self.path.exists():
            for line in self.path.read_text(encoding="utf-8").splitlines():
                try:
                    events.append(json.loads(line))
                except json.JSONDecodeError:
                    break
        return events
