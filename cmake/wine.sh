#!/usr/bin/env bash
# Runs a Windows program under Wine in the project's own prefix. Usage: wine.sh PROGRAM ARGS…
set -euo pipefail
build=$(dirname "$(realpath "$0")")/../build
export WINEPREFIX=${WINEPREFIX:-$(realpath -m "$build/wineprefix")} WINEDEBUG=${WINEDEBUG:--all}
# Wine turns arguments and file names into Unicode by the locale.
case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in *[Uu][Tt][Ff]*8) ;; *) export LC_ALL=C.UTF-8 ;; esac
# Without vssapi=n,b Wine answers with its own vssapi even where another is loaded by full path; without the two empty
# ones a new prefix wants to download .NET and a browser.
export WINEDLLOVERRIDES=${WINEDLLOVERRIDES:-vssapi=n,b;mscoree=;mshtml=}
for wine in wine64 wine /usr/lib/wine/wine64; do
  command -v "$wine" >/dev/null && exec "$wine" "$@"
done
echo "wine.sh: Wine is not installed (Debian: apt-get install wine64 wine)" >&2
exit 127
