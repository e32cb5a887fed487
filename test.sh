#!/usr/bin/env bash
# Builds both platforms and passes every test; installs what is missing. --long adds what takes longer: the end-to-end tests under
# the sanitizers, and the benchmarks at full length.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")"
. cmake/packages.sh
long=
case "${1:-}" in
  "") ;;
  --long) long=yes ;;
  *) echo "test.sh: unknown argument $1; there is --long" >&2; exit 2 ;;
esac
install $compiler $libraries $testing $windows
mkdir -p build
step() { echo "== $1 ($SECONDS s)"; }

# build PRESET [TARGET…]
build() {
  step "build $1"
  quietly "build/configure-$1.log" cmake --preset "$1"
  quietly "build/build-$1.log" cmake --build --preset "$1" ${2:+--target "${@:2}"}
}

build linux
build windows
build asan $([ -n "$long" ] || echo room_tests)
build tsan $([ -n "$long" ] || echo room_tests)
failed=()
for preset in linux windows asan tsan; do
  step "test $preset"
  only=()
  case $preset in asan|tsan) [ -n "$long" ] || only=(--label-regex room) ;; esac
  ctest --preset "$preset" "${only[@]}" </dev/null || failed+=("$preset")
done
[ -z "$long" ] || build/linux/bin/shadowtape_bench
if [ ${#failed[@]} != 0 ]; then
  echo "test.sh: failed: ${failed[*]}" >&2
  exit 1
fi
step "everything passed"
