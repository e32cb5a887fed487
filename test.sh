#!/usr/bin/env bash
# Builds both platforms, passes every test and fuzzes each reader for 30 s; installs what is missing. --long adds what takes longer: the rooms'
# tests under AddressSanitizer with UndefinedBehaviorSanitizer and under ThreadSanitizer, the benchmarks at full length, an hour of fuzzing each.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")"
. cmake/packages.sh
presets="linux windows" fuzz_seconds=30
case "${1:-}" in
  "") ;;
  --long) presets+=" asan tsan" fuzz_seconds=3600 ;;
  *) echo "test.sh: unknown argument $1; there is --long" >&2; exit 2 ;;
esac
install $compiler $libraries $testing $browser $windows $fuzzing
mkdir -p build
[ "${1:-}" != --long ] || export SHADOWTAPE_LONG=1  # tests and benchmarks do more of it
step() { echo "== $1 ($SECONDS s)"; }

for preset in $presets fuzz; do
  step "build $preset"
  quietly "build/configure-$preset.log" cmake --preset "$preset"
  case $preset in asan|tsan) only=(--target room_tests) ;; fuzz) only=(--target fuzzers) ;; *) only=() ;; esac
  quietly "build/build-$preset.log" cmake --build --preset "$preset" "${only[@]}"
done
failed=()
for preset in $presets; do
  step "test $preset"
  case $preset in asan|tsan) only=(--label-regex room) ;; *) only=() ;; esac
  ctest --preset "$preset" "${only[@]}" </dev/null || failed+=("$preset")
done
step "fuzz, $fuzz_seconds s each"
fuzzing/run.sh $fuzz_seconds || failed+=(fuzz)
[ "${1:-}" != --long ] || build/linux/bin/shadowtape_bench
if [ ${#failed[@]} != 0 ]; then
  echo "test.sh: failed: ${failed[*]}" >&2
  exit 1
fi
step "everything passed"
