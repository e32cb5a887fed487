#!/usr/bin/env bash
# Builds what is missing, then: without arguments shows the main job on a real listing; else runs `shadowtape ARGUMENTS…`.
set -euo pipefail
caller=$PWD
cd "$(dirname "$(realpath "$0")")"
. cmake/packages.sh
install $compiler $libraries
mkdir -p build
[ -e build/linux/build.ninja ] || { echo "building, once: a few minutes" >&2; quietly build/configure.log cmake --preset linux; }
quietly build/build.log cmake --build --preset linux --target shadowtape recorder_shim replayer_shim model_shim
shadowtape=$PWD/build/linux/bin/shadowtape
if [ $# != 0 ]; then
  cd "$caller"
  exec "$shadowtape" "$@"
fi

say() { printf '\n\033[1m%s\033[0m\n' "$1"; }
[ -t 1 ] || say() { printf '\n%s\n' "$1"; }
run() { printf '$ %s\n' "$*"; PATH=$PWD/build/linux/bin:$PATH "$@"; }
demo=build/demo; mkdir -p $demo
listing=traces/samples/listings/seen-hyperv-inconsistent.txt

say "A customer pasted the output of \`vssadmin list writers\`. As a trace it can be served:"
run shadowtape import $listing -o $demo/customer.vsst
say "A backup program (here: shadowtape status) asks VSS, the trace answers, and the session is recorded:"
run shadowtape replay $demo/customer.vsst -- shadowtape status -o $demo/session.vsst
say "What the two said to each other:"
run shadowtape show $demo/session.vsst | cut -c1-150
say "The recorded session and the customer's listing mean the same:"
run shadowtape diff $demo/customer.vsst $demo/session.vsst
