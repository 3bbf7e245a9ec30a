"""Experiments as data: a manifest of cells, each run once and kept as one JSON record."""
