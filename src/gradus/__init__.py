"""Gradus."""
