"""Takes secrets out of source text before anything is made of it: terms, vectors, names, logs, answers.

A secret is replaced by as many stars, so that every offset stays right. Whoever turns a file into units
(`parsing.source`) or shows text of one calls `redact` first; nothing else has to know of secrets.

What counts as one: private keys, tokens of known issuers, passwords in URLs, the values of what is called a
password, token or key, and any long run of characters that looks drawn at random. A hash that is none
vanishes with them, which costs a search nothing: nobody asks for a hash in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from mindgap_indexer.memory import forgets

STAR = b"*"

_TOKEN_BYTES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+/-"
_APART = bytes(byte if byte in _TOKEN_BYTES else 32 for byte in range(256))
"""Everything that no token holds, as a space."""
_MIN_TOKEN = 16
_RUN = re.compile(rb"[^ ]{%d,}" % _MIN_TOKEN)
_IDENTIFIER = re.compile(rb"[A-Za-z_]\w*")
_CALLED = re.compile(rb"\s?[(<]")
_DEFINED = re.compile(
    rb"\b(?:def|defp|func|function|fun|fn|sub|class|struct|enum|interface|trait|object|type|record|namespace|module"
    rb"|using|typealias)\s+$"
)
_MIN_RANDOM = 20
_MIN_HEX = 24
"""Shorter runs of hex digits are colours, addresses and constants."""
_SHARE = 0.2
"""Random text changes between letters and digits, or into capitals, at 0.4 of its places; names at less."""

_ISSUED = re.compile(
    rb"""(?<![A-Za-z0-9])(?:
        (?:AKIA|ASIA|AGPA|AIDA|AROA|ABIA|ACCA)[A-Z0-9]{12,}    # Amazon
        | gh[pousr]_\w{16,} | github_pat_\w{16,}
        | gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat)-[\w-]{12,}
        | xox[abeoprs]-[\w-]{8,} | xapp-[\w-]{8,}                # Slack
        | [sr]k_(?:live|test)_\w{8,} | whsec_\w{8,}             # Stripe
        | sk-[\w-]{12,}                                         # OpenAI, Anthropic
        | AIza[\w-]{12,} | ya29[\w-]{12,} | GOCSPX-[\w-]{8,}    # Google
        | npm_\w{12,} | pypi-[\w-]{12,} | dckr_pat_[\w-]{8,} | hf_\w{12,} | gsk_\w{12,}
        | do[opr]_v1_\w{12,} | shp(?:at|ca|pa|ss)_\w{12,} | SG[\w-]{14,} | lin_api_\w{12,}
        | eyJ[\w-]{12,}                                         # JSON web tokens
        | AGE-SECRET-KEY-\w{8,}
    )""",
    re.VERBOSE,
)
# What follows must look like a key, row by row: code that only looks for this line holds none.
_BETWEEN = rb"""(?: \s | \\[nr] | ["'`+.,;&\\] )"""
_PRIVATE_KEY = re.compile(
    rb"-----BEGIN[A-Z0-9 ]*PRIVATE[ ]KEY(?:[ ]BLOCK)?-----"
    rb"( (?: (?:" + _BETWEEN + rb"| [A-Za-z-]+:[ ][^\n]*\n )* [A-Za-z0-9+/=]{16,} )+"
    rb"(?:" + _BETWEEN + rb"* [A-Za-z0-9+/=]+ (?=" + _BETWEEN + rb"* -----END) )? )",
    re.VERBOSE,
)
_URL = re.compile(rb"""://[^\s/:@"'`<>]{0,64}:([^\s/@"'`<>]{3,128})@""")
_SENT = tuple(re.compile(word + rb"[ \t]+([\w.~+/-]{8,}=*)") for word in (b"earer", b"asic"))
"""`Bearer` and `Basic` in any case of their first letter; a fixed start is what makes it fast."""

# The last part of a name whose value may be a secret, lower-case. Looked for without a case-blind pattern or
# a look behind, either of which makes it thirty times slower.
_NAMES = re.compile(
    rb"passw(?:or)?d|passphrase|passwort|contrase(?:n|\xc3\xb1)a|pwd|secret|key|token|credential|auth|salt"
)
_SURE = re.compile(
    rb"""(?: passw(?:or)?d | passphrase | passwort | contrase(?:n|\xc3\xb1)a | (?<![a-z])pwd
    | (?:client|shared|app)[_-]?secret
    | (?:api|access|secret|private|signing|encryption|account|master)[_-]?key
    | (?:auth|access|refresh|bearer|api|session|bot)[_-]?token )\Z""",
    re.VERBOSE,
)
"""Its value is a secret whatever it looks like."""
_MAYBE = re.compile(rb"(?:secret|token|credential|(?<![a-z])auth|(?<![a-z])salt)\Z")
"""Its value is one if it looks like one. `key` alone is none: every dictionary has keys."""
_NAME_BYTES = 24

# What may stand between a name and its value: the rest of the name, a closing quote or bracket, a type, the
# sign; then a string in quotes, or (in shells, settings and Dockerfiles) a bare word.
_ASSIGNED = re.compile(
    rb"""[\w-]{0,40} ["'`\]]{0,2} \s{0,8}
    (?: : \s? [\w&\[\]<>.*' ]{1,40}? \s? (?==[^=>]) )?
    (?: :=|=>|\?\?=|=(?!=)|:(?!:)|,(?=\s?["'`])|\((?=\s?["'`])) \s{0,8}
    (?: (?: [A-Za-z]{1,2} | @ | \$ )?
        (?P<quote>["'`]) (?P<quoted>(?:(?!(?P=quote))[^\\\n]|\\[^\n]){4,400}) (?P=quote)
      | (?P<bare>[^\s"'`(){}\[\];,<>$*&|]{8,400}) (?=\s|\Z|[;,"'])
    )""",
    re.VERBOSE,
)
_NAME_LIKE = re.compile(rb"[A-Za-z_][\w.]*")
_DIGITS = rb"[0-9]"
_LETTERS = rb"[A-Za-z]"
_CHANGES = re.compile(rb"(?=[A-Za-z][0-9]|[0-9][A-Za-z]|[a-z][A-Z])")
_RISES = re.compile(rb"(?=[a-z][A-Z])")
_HEX = re.compile(rb"(?:[0-9a-f]+|[0-9A-F]+)")


def redact(data: bytes) -> bytes:
    """The text with every secret in it starred out; as long as before, the same object if there is none."""
    spans = list(find_secrets(data))
    if not spans:
        return data
    text = bytearray(data)
    for start, end in spans:
        text[start:end] = _starred(data[start:end])
    return bytes(text)


def redact_text(text: str) -> str:
    """The same for a text whose length does not matter, a line of a log for example."""
    return redact(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def find_secrets(data: bytes) -> Iterator[tuple[int, int]]:
    """Byte ranges of secrets, in no order; they may overlap."""
    if b"PRIVATE KEY" in data:
        yield from (match.span(1) for match in _PRIVATE_KEY.finditer(data))
    if b"://" in data:
        yield from (match.span(1) for match in _URL.finditer(data))
    yield from _tokens(data)
    yield from _assigned(data)
    for pattern in _SENT:
        yield from (match.span(1) for match in pattern.finditer(data) if len(_CHANGES.findall(match[1])) > 1)


def _tokens(data: bytes) -> Iterator[tuple[int, int]]:
    """Runs of characters that are an issuer's token or look drawn at random."""
    # Cutting the whole text at once is many times faster than looking for runs with a pattern.
    apart = data.translate(_APART)
    runs = {run for run in apart.split() if len(run) >= _MIN_TOKEN}
    issued = {run for run in runs if _ISSUED.search(run)}
    random = {run for run in runs if looks_random(run)}
    if not issued and not random:
        return
    # Once over the text for all of them: embedded data is thousands of runs.
    found = [match for match in _RUN.finditer(apart) if match[0] in random or match[0] in issued]
    # `convertInt16ToFloat32(` looks drawn at random, but what is called or defined somewhere is a name.
    names = {match[0] for match in found if _is_name(data, *match.span())} - issued
    yield from (match.span() for match in found if match[0] not in names)


def _is_name(data: bytes, start: int, end: int) -> bool:
    """Whether what stands there is called or defined."""
    if not _IDENTIFIER.fullmatch(data, start, end):
        return False
    return (
        _CALLED.match(data, end) is not None or _DEFINED.search(data, max(0, start - 16), start) is not None
    )


def looks_random(run: bytes) -> bool:
    """Whether a run of letters, digits and `_+/-` was drawn at random, as far as its looks tell."""
    # Names come again and again; data that is embedded in code does not, and would fill the memory.
    return _known_looks(run) if len(run) <= _MOST_REMEMBERED else _looks_random(run)


def _looks_random(run: bytes) -> bool:
    run = run.strip(b"_+/-")
    if _HEX.fullmatch(run.replace(b"-", b"")) and len(run) >= _MIN_HEX:
        return _has(_DIGITS, run, 3) and _has(rb"[A-Fa-f]", run, 3)
    if len(run) < _MIN_RANDOM:
        return False
    # Words are joined by these; random text has few of them.
    pieces = re.split(rb"[_/+-]", run)
    if len(pieces) > 1 + len(run) // 10:
        return False
    changes = len(_CHANGES.findall(run))
    if changes < _SHARE * len(run):
        return False
    enough_digits = _has(_DIGITS, run, 2) and _has(_LETTERS, run, 2)
    return (enough_digits or len(_RISES.findall(run)) >= 0.3 * len(run)) and len(set(run)) >= 8


_known_looks = lru_cache(maxsize=65_536)(_looks_random)
forgets(_known_looks.cache_clear)
_MOST_REMEMBERED = 64


def _assigned(data: bytes) -> Iterator[tuple[int, int]]:
    """Values of what is called a password, token or the like."""
    lower = data.lower()
    for match in _NAMES.finditer(lower):
        name = lower[max(0, match.end() - _NAME_BYTES) : match.end()]
        sure = _SURE.search(name) is not None
        if not sure and not _MAYBE.search(name):
            continue
        value = _ASSIGNED.match(data, match.end())
        if value is None:
            continue
        group = "quoted" if value["quote"] else "bare"
        if _is_value(value[group], sure=sure, quoted=group == "quoted"):
            yield value.span(group)


def _is_value(value: bytes, *, sure: bool, quoted: bool) -> bool:
    """Whether a value may be the secret itself and is no message, name or expression."""
    if any(byte in b" \t" for byte in value):
        return False
    if not quoted:
        # `password=password2` is an expression, `export PASSWORD=abc123def` is none.
        digits = 3 if _NAME_LIKE.fullmatch(value) else 1
        return _has(_LETTERS, value, 1) and _has(_DIGITS, value, digits) and (sure or _is_mixed(value))
    return sure or (len(value) >= 8 and _is_mixed(value))


def _is_mixed(value: bytes) -> bool:
    """Letters together with digits or marks that no name has."""
    return _has(_LETTERS, value, 2) and (_has(_DIGITS, value, 2) or _has(rb"[!#%^&*+=?~@]", value, 1))


def _has(pattern: bytes, text: bytes, count: int) -> bool:
    return len(re.findall(pattern, text)) >= count


def _starred(secret: bytes) -> bytes:
    """Stars in the place of everything but line ends, which rows are counted by."""
    return re.sub(rb"[^\r\n]", STAR, secret, flags=re.DOTALL)
