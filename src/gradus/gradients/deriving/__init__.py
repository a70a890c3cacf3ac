"""Derivations: the reverse sweep, its rules, simplification, Jacobians, and time."""
