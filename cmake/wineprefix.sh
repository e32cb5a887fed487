#!/usr/bin/env bash
# Makes build/wineprefix, once, and puts the model there as the system's vssapi: what a requester of the tests finds under Wine when
# nothing stands in front. Usage: wineprefix.sh MODEL_DLL (which need not exist)
set -euo pipefail
build=$(realpath -m "$(dirname "$(realpath "$0")")/../build"); prefix=$build/wineprefix
mkdir -p "$build"; exec 9>"$build/wineprefix.lock"; flock 9
if [ ! -d "$prefix" ]; then
  rm -rf "$prefix.new"
  # Booted under another name and renamed when it is whole. 9>&-: Wine's services would keep the lock.
  WINEPREFIX=$prefix.new WINEDLLOVERRIDES="mscoree=;mshtml=" "$build/../cmake/wine.sh" wineboot -i </dev/null >"$prefix.log" 2>&1 9>&-
  WINEPREFIX=$prefix.new wineserver -w
  mv "$prefix.new" "$prefix"
fi
system32=$prefix/drive_c/windows/system32
[ ! -e "$1" ] || cmp -s "$1" "$system32/vssapi.dll" || cp "$1" "$system32/vssapi.dll"
# Wine's server and services start now, and last ten seconds longer than their last program: the first test would hand them its output,
# and be waited for until they end.
export WINEPREFIX=$prefix
{ wineserver -p10 || true; "$build/../cmake/wine.sh" cmd /c exit; } </dev/null >>"$prefix.log" 2>&1 9>&-
