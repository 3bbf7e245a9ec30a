"""Mindgap for editors and shells: language server and command line."""
