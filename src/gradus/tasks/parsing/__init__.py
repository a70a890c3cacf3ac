"""Dependency parsing: train on a treebank, parse, explain, measure."""
