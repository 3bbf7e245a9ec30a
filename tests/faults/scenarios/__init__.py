"""The scenarios; importing this declares them all, in the order of the table."""

from tests.faults.scenarios import clients, code, damage, disk, kills, processes, watching, workspace

__all__ = ["clients", "code", "damage", "disk", "kills", "processes", "watching", "workspace"]
