"""The `mindgap` command."""
