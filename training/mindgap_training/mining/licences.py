"""Which licences let trained weights ship under Apache-2.0: an allow-list of SPDX names."""

from __future__ import annotations

import re

PERMISSIVE = frozenset(
    {
        *("0BSD", "BSD-2-Clause", "BSD-3-Clause", "BSD-4-Clause-UC", "HPND", "ISC", "NCSA", "X11", "Zlib"),
        *("MIT", "MIT-0", "MIT-CMU", "IJG", "curl", "libpng-2.0", "libtiff", "PostgreSQL", "Biopython"),
        *("Apache-2.0", "BSL-1.0", "PSF-2.0", "Unicode-DFS-2016", "UPL-1.0", "W3C", "Ruby"),
        *("CC0-1.0", "Unlicense", "blessing"),
    }
)
"""They ask for no more than a notice, or for nothing."""

_EXCEPTION = re.compile(r"\s+WITH\s+[\w.-]+")


def is_permissive(expression: str) -> bool:
    """Whether an SPDX expression without brackets grants a permissive licence: of `OR` one part is enough."""
    choices = _EXCEPTION.sub("", expression).split(" OR ")
    return any(all(name.strip() in PERMISSIVE for name in choice.split(" AND ")) for choice in choices)
