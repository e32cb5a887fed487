#!/usr/bin/env bash
# Runs the fuzz targets, all or those named, for so many seconds each, two at a time. Usage: fuzzing/run.sh SECONDS [TARGET…]; --list SECONDS: prints which all are.
# An input that crashes, hangs, takes too much memory or breaks a promise is kept in build/asan/finds, and the exit code is 1.
# Needs the presets linux and asan, built. An hour's corpus stays in build/asan/corpus, for the next hour.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."
list=; [ "$1" != --list ] || { list=1; shift; }
seconds=$1; shift
fuzz=build/asan
targets=("$@")
[ $# != 0 ] || targets=(session_fuzz trace_fuzz listing_fuzz scenario_fuzz notation_fuzz options_fuzz expect_fuzz condition_fuzz)
[ $# != 0 ] || [ "$seconds" -lt 600 ] || targets+=(explain_fuzz export_fuzz redact_fuzz)  # read traces as session_fuzz does, and differ behind that
[ ! "$list" ] || { echo "${targets[@]}"; exit; }
fuzzing/seeds.sh
mkdir -p $fuzz/finds
memory=/dev/shm; [ -w $memory ] || memory=$PWD/$fuzz  # what a target reads by its path, thousands of times a second
scratch=$(mktemp -d $memory/shadowtape-fuzz.XXXXXX); trap 'rm -rf "$scratch"' EXIT
[ "$seconds" -ge 600 ] || rm -rf $fuzz/corpus  # a short run is to begin like any other

# Without the entropic schedule, whose bookkeeping takes a third of the time. 60 s, for they run beside others, and 1 GB are far above what any input of these sizes needs; a frame may ask for 1 GB of addresses (FORMAT.md §7).
run() {
  local target=$1 length=8192 leaks=1
  case $target in trace_fuzz|session_fuzz|explain_fuzz|export_fuzz|redact_fuzz) length=32768 ;; esac
  case $target in session_fuzz) leaks=0 ;; esac  # what a replay hands out although the call failed, nobody gives back
  mkdir -p $fuzz/corpus/"$target"
  TMPDIR=$scratch ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=$leaks "$fuzz/bin/$target" -max_total_time="$seconds" -timeout=60 -entropic=0 -rss_limit_mb=1024 -malloc_limit_mb=1100 -max_len=$length \
    -artifact_prefix="$fuzz/finds/${target%_fuzz}-" $fuzz/corpus/"$target" $fuzz/seeds/"$target" >"$fuzz/$target.log" 2>&1 </dev/null
}
failed=()
finish() {
  local target=$1 pid=$2
  if wait "$pid"; then
    echo "$target: $(grep '^Done ' "$fuzz/$target.log"), $(sed -n 's/^#[0-9]*\tDONE *\(cov: [0-9]* ft: [0-9]*\).*/\1/p' "$fuzz/$target.log")"
    return
  fi
  failed+=("$target")
  grep -aE '^(==[0-9]+==ERROR|SUMMARY|  what\(\)|.*runtime error)' "$fuzz/$target.log" | head -5 >&2 || true
  local find; find=$(sed -n 's/.*Test unit written to //p' "$fuzz/$target.log" | tail -1)
  echo "$target: found something: ${find:-no input was kept}; all of it is in $fuzz/$target.log. Again: $fuzz/bin/$target $find" >&2
}
for ((i = 0; i < ${#targets[@]}; i += 2)); do
  pids=()
  for target in "${targets[@]:i:2}"; do run "$target" & pids+=($!); done
  for n in "${!pids[@]}"; do finish "${targets[i + n]}" "${pids[n]}"; done
done
[ ${#failed[@]} = 0 ] || { echo "run.sh: found something: ${failed[*]}" >&2; exit 1; }
