"""The bytes of a file with their lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate

BOM = b"\xef\xbb\xbf"
_BLANKS = re.compile(rb"\s*")


class SourceText:
    """File content addressed by byte and by line. Rows are 0-based here; units carry 1-based lines."""

    __slots__ = ("_starts", "data", "rows", "start")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.start = len(BOM) if data.startswith(BOM) else 0
        """First byte behind a byte order mark."""
        lines = data.splitlines(keepends=True)
        self.rows = max(len(lines), 1)
        """Number of rows; an empty last row does not count."""
        self._starts = list(accumulate(map(len, lines), initial=0))
        if lines and not lines[-1].endswith((b"\n", b"\r")):
            self._starts.pop()

    def row_of(self, byte: int) -> int:
        """The row that a byte stands in."""
        return bisect_right(self._starts, byte) - 1

    def row_start(self, row: int) -> int:
        """First byte of a row (behind a byte order mark)."""
        return max(self._starts[row], self.start) if row < len(self._starts) else len(self.data)

    def row_end(self, row: int) -> int:
        """First byte behind the text of a row, its line break left out."""
        end = self._starts[row + 1] if row + 1 < len(self._starts) else len(self.data)
        return self.row_start(row) + len(self.data[self.row_start(row) : end].rstrip(b"\r\n"))

    def text(self, start: int, end: int) -> str:
        """Text between two bytes; bytes that are not UTF-8 become replacement characters."""
        return self.data[start:end].decode("utf-8", "replace")

    def is_blank_row(self, row: int) -> bool:
        """Nothing but white space stands in a row."""
        starts = self._starts
        end = starts[row + 1] if row + 1 < len(starts) else len(self.data)
        return not self.data[self.row_start(row) : end].strip()

    def indentation(self, row: int) -> int:
        """How many bytes of white space a row starts with."""
        return self.skip_blanks(self.row_start(row)) - self.row_start(row)

    def skip_blanks(self, byte: int) -> int:
        """The first byte at or behind `byte` that is no white space."""
        match = _BLANKS.match(self.data, byte)
        return match.end() if match else byte

    def skip_blanks_back(self, byte: int) -> int:
        """The end of the text before `byte`, white space left out."""
        while self.data[byte - 1 : byte].isspace():
            byte -= 1
        return byte

    def is_blank(self, start: int, end: int) -> bool:
        """Nothing but white space stands between two bytes."""
        return not self.data[start:end].strip()


def with_line_end(data: bytes) -> bytes:
    """The text as parsers get it: Kotlin's looks for ever for the end of an annotation at the very end."""
    return data if data.endswith(b"\n") else data + b"\n"
