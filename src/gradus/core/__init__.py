"""Ground floor: errors, settings, seeds, storage, progress and run logs, shared by every layer above."""
