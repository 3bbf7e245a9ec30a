"""Which licences let trained weights ship under Apache-2.0: an allow-list of SPDX names."""

from __future__ import annotations

import re

PERMISSIVE = frozenset(
    """
    0BSD Apache-2.0 Apache-1.1 BSD-2-Clause BSD-3-Clause BSD-3-Clause-LBNL BSL-1.0 blessing CC0-1.0 CNRI-Python
    curl FTL HPND ICU ISC libpng-2.0 libtiff MIT MIT-0 MIT-CMU NCSA OpenSSL PostgreSQL PSF-2.0 Python-2.0
    Unicode-DFS-2016 Unlicense UPL-1.0 W3C X11 Zlib
    """.split()
)
"""Public-domain dedications and licences that ask for no more than a notice."""

_EXCEPTION = re.compile(r"\s+WITH\s+[\w.-]+")


def is_permissive(expression: str) -> bool:
    """Whether an SPDX expression without brackets grants a permissive licence: of `OR` one part is enough."""
    choices = _EXCEPTION.sub("", expression).split(" OR ")
    return any(all(name.strip() in PERMISSIVE for name in choice.split(" AND ")) for choice in choices)
