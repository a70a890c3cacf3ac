"""Ground floor, shared by every layer above: errors, settings, seeds, storage, progress, logs."""
