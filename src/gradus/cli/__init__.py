"""Command line: one command tree, noun then verb; nothing below this floor prints."""
