#!/usr/bin/env bash
# Builds both platforms, passes every test, the rooms of traces, recorder and replayer under sanitizers too, and fuzzes each reader for 30 s; installs what
# is missing. --long adds what takes longer: every room under sanitizers, every file compiled by itself, the benchmarks at full length, hundreds of kills,
# an hour of fuzzing each.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")"
. cmake/packages.sh
asan="traces_test recorder_test replayer_test" tsan="recorder_test replayer_test" fuzz_seconds=30 long=
case "${1:-}" in
  "") ;;
  --long) asan=room_tests tsan=room_tests fuzz_seconds=3600 long=1 ;;
  *) echo "test.sh: unknown argument $1; there is --long" >&2; exit 2 ;;
esac
install $compiler $libraries $testing $browser $windows $fuzzing
mkdir -p build
install_npm & npm=$!  # a network may keep it waiting for minutes
[ ! "$long" ] || export SHADOWTAPE_LONG=1  # tests and benchmarks do more of it
step() { echo "== $1 ($SECONDS s)"; }

declare -A targets=([linux]=all [windows]=all [asan]="$(fuzzing/run.sh --list $fuzz_seconds) $asan" [tsan]=$tsan)
build() {  # PRESET…, one after the other
  for preset; do
    step "build $preset"
    quietly "build/configure-$preset.log" cmake --preset "$preset"  # this builds the libraries that Debian lacks, too
    quietly "build/build-$preset.log" cmake --build --preset "$preset" -j "$(nproc)" --target ${targets[$preset]}
  done
}
step configure
quietly build/configure-linux.log cmake --preset linux  # asan and tsan have its libraries
# Two at a time: what one processor does alone in the one, linking and configuring, leaves the other to the other.
failed=()
build linux asan & halves=($!)
build windows tsan & halves+=($!)
for half in ${halves[@]}; do wait $half || failed+=(build); done
[ ${#failed[@]} = 0 ] || exit 1
if [ "$long" ]; then
  step "build every file by itself"
  quietly build/configure-apart.log cmake --preset linux -B build/apart -DCMAKE_UNITY_BUILD=OFF
  quietly build/build-apart.log cmake --build build/apart
fi
wait $npm
# Tests wait for processes, for Wine and for time: what they leave of the processors the fuzzers take.
step "fuzz, $fuzz_seconds s each, beside the tests"
nice -n 10 fuzzing/run.sh $fuzz_seconds >build/fuzz.log 2>&1 & fuzz=$!
trap 'kill $fuzz 2>/dev/null || true' EXIT
run_tests() {
  local preset=$1 names=$2 only=()
  [ "$names" != room_tests ] || { only=(--label-regex room); names=; }
  [ ! "$names" ] || only=(--tests-regex "^(${names// /|})$")
  ctest --preset "$preset" "${only[@]}" </dev/null
}
for preset in linux windows; do
  step "test $preset"
  run_tests $preset "" || failed+=($preset)
done
step "test asan, and tsan beside it"
run_tests tsan "$tsan" >build/test-tsan.log 2>&1 & others=$!
run_tests asan "$asan" || failed+=(asan)
wait $others || failed+=(tsan)
cat build/test-tsan.log
step "fuzz"
wait $fuzz || failed+=(fuzz)
trap - EXIT
cat build/fuzz.log
[ ! "$long" ] || build/linux/bin/shadowtape_bench
if [ ${#failed[@]} != 0 ]; then
  echo "test.sh: failed: ${failed[*]}" >&2
  exit 1
fi
step "everything passed"
