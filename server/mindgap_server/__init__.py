"""Mindgap for editors and shells: language server and command line."""

# Spelt out, because importlib.metadata would take longer than the rest of the way to a first answer; a
# test keeps it equal to the version of the distribution.
__version__ = "0.1.0"
