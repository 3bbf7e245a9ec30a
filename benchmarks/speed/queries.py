"""Wordings that fit any code base: what they find does not matter here, what they cost does."""

from __future__ import annotations

QUERIES = (
    "read a file and return its lines",
    "parse command line arguments",
    "retry with exponential backoff",
    "split a string into words",
    "compute a checksum",
    "sort items by key",
    "convert a date to text",
    "open a network connection",
    "remove duplicates while keeping the order",
    "find the shortest path in a graph",
    "for each item in list:\n    if item is valid:\n        add it to the result\nreturn result",
    "low = 0\nhigh = n\nwhile low < high:\n    mid = (low + high) / 2\n    ...",
    "parse_header",
    "getConfigValue",
    "encode",
    "write log message with level and time stamp",
)
