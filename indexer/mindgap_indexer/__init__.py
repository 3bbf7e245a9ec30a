"""Mindgap's indexer: from source files to ranked functions."""
