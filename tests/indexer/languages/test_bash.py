from __future__ import annotations

from tests.indexer.languages.helpers import outline, parse, parse_all

SOURCE = """\
#!/usr/bin/env bash
# Backs up a folder.
set -euo pipefail

# Prints a message
# with the time.
log() {
  # to standard error
  printf '%s %s\\n' "$(date)" "$*" >&2
}

function die {
  log "$@"
  exit 1
}

function with_lock() (
  flock 9
  "$@"
) 9> /tmp/lock

archive::create() if [[ -n "$1" ]]; then
  tar czf "$1" .
fi

my-tool() { inner() { :; }; inner; }

cat <<'EOF'
not_a_function() { :; }
EOF

log "done"
"""


def test_units() -> None:
    assert outline("bash", SOURCE) == [
        ("sample", "module", 1, 1, 1, 3),
        ("log", "function", 5, 7, 7, 10),
        ("die", "function", 12, 12, 12, 15),
        ("with_lock", "function", 17, 17, 17, 20),
        ("archive.create", "function", 22, 22, 22, 24),
        ("my-tool", "function", 26, 26, 26, 26),
        ("my-tool.inner", "function", 26, 26, 26, 26),
        ("sample", "module", 28, 28, 28, 32),
    ]


def test_signatures_docs_and_bodies() -> None:
    units = parse("bash", SOURCE)
    assert units["log"].signature == "log()"
    assert units["log"].doc == "Prints a message\nwith the time."
    assert units["log"].body.startswith("{\n  # to standard error\n")
    assert units["die"].signature == "function die"
    assert parse_all("bash", SOURCE)[0].doc == "Backs up a folder."


def test_around_a_syntax_error() -> None:
    source = "before() {\r\n\techo 1\r\n}\r\n\r\nif then (\r\n\r\nafter() {\r\n\techo 2\r\n}\r\n"
    units = {unit.name: unit for unit in parse_all("bash", source)}
    assert (units["before"].start_line, units["before"].end_line) == (1, 3)
    assert (units["after"].start_line, units["after"].end_line) == (7, 9)
