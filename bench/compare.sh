#!/usr/bin/env bash
# Measures Shadowtape beside recorders and readers of the same kind, in one run on this machine, and writes docs/performance.md. Installs the peers and builds
# both platforms first. Takes about ten minutes and 5 GB of room for temporary files (TMPDIR). Usage: bench/compare.sh [--rounds N]
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."
. cmake/packages.sh
install $compiler $libraries $testing $windows python3 zstd lttng-tools liblttng-ust-dev babeltrace2 apitrace libspdlog-dev libsnappy-dev
mkdir -p build/peers
for preset in linux windows; do
  quietly "build/configure-$preset.log" cmake --preset "$preset"
done
quietly build/build-linux.log cmake --build --preset linux --target shadowtape shadowtape_bench status_loop recorder_shim replayer_shim model_shim
quietly build/build-windows.log cmake --build --preset windows --target shadowtape status_loop recorder_shim replayer_shim model_shim
quietly build/wineprefix.log cmake/wineprefix.sh build/windows/model/vssapi.dll
gcc -O2 -Ibench/peers bench/peers/lttng_record.c -o build/peers/lttng_record -llttng-ust -ldl
g++ -O2 -std=c++20 bench/peers/spdlog_record.cc -o build/peers/spdlog_record -lspdlog -lfmt
g++ -O2 -std=c++20 bench/peers/apitrace_write.cc -o build/peers/apitrace_write -lsnappy
exec python3 bench/compare.py --peers build/peers --output docs/performance.md "$@"
