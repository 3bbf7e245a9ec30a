#!/usr/bin/env bash
# fetch_corpora.sh DIR: the sources that the end-to-end run searches: two packages from PyPI, one from npm.
set -euo pipefail
python=${PYTHON:-python3}
mkdir -p "$1"
cd "$1"
stamp=.ready-1
[ ! -e "$stamp" ] || exit 0
rm -rf networkx click express archives
mkdir networkx click express archives
"$python" -m pip download --quiet --disable-pip-version-check --no-deps --dest archives networkx==3.4.2 click==8.1.8
(cd archives && npm pack --silent express@4.21.2)
"$python" -m zipfile -e archives/networkx-*.whl networkx
"$python" -m zipfile -e archives/click-*.whl click
tar -xzf archives/express-*.tgz -C express --strip-components=1
rm -rf archives
touch "$stamp"
