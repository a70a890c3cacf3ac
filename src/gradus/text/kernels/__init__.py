"""Compiled loops of the text layer, each with a plain twin in ``reference``."""
