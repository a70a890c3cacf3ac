"""Compiled loops of training, each with a plain twin that is its specification."""
