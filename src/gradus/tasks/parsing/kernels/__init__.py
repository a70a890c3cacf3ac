"""Compiled loops of parsing: configurations, transitions, oracles, greedy decoding, trees."""
