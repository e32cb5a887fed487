#!/usr/bin/env bash
# Builds, once, what Debian has no fitting binary of. Usage: deps.sh linux|windows DEST   -> DEST/include, DEST/lib, DEST/NAME.done
# Sources: Debian's source packages, fetched with a private apt configuration (the system's stays as it is), and for Windows
# /usr/src/googletest and the plain headers of CLI11 and Zycore, copied so that /usr/include is never on a cross compiler's path.
# A stamp is written after everything else of its dependency, so a killed run is simply repeated.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
platform=$1; mkdir -p "$2"; dest=$(realpath "$2"); work=$dest/work

case $platform in
  linux) wanted="capnp sodium"; toolchain=() ;;
  windows) wanted="capnp sodium pugixml zstd zydis cli11 googletest"
    toolchain=(-DCMAKE_SYSTEM_NAME=Windows -DCMAKE_C_COMPILER=x86_64-w64-mingw32-gcc-posix -DCMAKE_CXX_COMPILER=x86_64-w64-mingw32-g++-posix) ;;
  *) echo "deps.sh: unknown platform $platform" >&2; exit 2 ;;
esac

missing() { for name in $wanted; do [ -e "$dest/$name.done" ] || echo "$name"; done; }
[ -n "$(missing)" ] || exit 0
exec 9>"$dest/lock"; flock 9  # linux, asan and tsan may be configured at once
mkdir -p "$work"

# Unpacks the Debian source package $1, its patches applied, into work/src/$1.
unpack() {
  rm -rf "$work/src/$1"; mkdir -p "$work/src/$1" "$work/apt/sources" "$work/apt/lists/partial" "$work/apt/cache/archives/partial"
  if [ -e /etc/apt/sources.list.d/debian.sources ]; then
    sed 's/^Types:.*/Types: deb-src/' /etc/apt/sources.list.d/debian.sources > "$work/apt/sources/debian.sources"
  else
    sed -nE 's/^deb(-src)?[[:space:]]/deb-src /p' /etc/apt/sources.list | sort -u > "$work/apt/sources/debian.list"
  fi
  local apt=(-q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/apt/sources" -o Dir::State::Lists="$work/apt/lists"
             -o Dir::Cache="$work/apt/cache" -o APT::Sandbox::User=root)
  [ -e "$work/apt/updated" ] || apt-get "${apt[@]}" update
  touch "$work/apt/updated"
  # The newest that can be had: a mirror's list may name one that the mirror does not hold.
  local version
  for version in $(apt-cache "${apt[@]}" showsrc --only-source "$1" | sed -n 's/^Version: //p' | sort -rVu); do
    if (cd "$work/src/$1" && apt-get "${apt[@]}" source "$1=$version"); then return; fi
  done
  return 1
}

# Compiles dependency $1 from folder $2 by deps/CMakeLists.txt, and installs it into DEST.
compile() {
  rm -rf "$work/build/$1"
  cmake -S "$here/deps" -B "$work/build/$1" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$dest" -DCMAKE_INSTALL_LIBDIR=lib \
    "${toolchain[@]}" -DDEPENDENCY="$1" -DSOURCE="$2"
  cmake --build "$work/build/$1" --target install
}

build() {
  case $1 in
    capnp) unpack capnproto; compile capnp "$(echo "$work"/src/capnproto/*/)" ;;
    sodium) unpack libsodium; compile sodium "$(echo "$work"/src/libsodium/*/)" ;;
    pugixml) unpack pugixml; compile pugixml "$(echo "$work"/src/pugixml/*/)" ;;
    zstd) unpack libzstd; compile zstd "$(echo "$work"/src/libzstd/*/)" ;;
    zydis) unpack zydis; mkdir -p "$dest/include"; cp -r /usr/include/Zycore "$dest/include/"; compile zydis "$(echo "$work"/src/zydis/*/)" ;;
    cli11) mkdir -p "$dest/include"; cp -r /usr/include/CLI "$dest/include/" ;;
    googletest) compile googletest /usr/src/googletest ;;
  esac
}

for name in $(missing); do
  echo "building $name for $platform, once" >&2
  # Not `if ! ( … )`: inside a condition bash ignores `set -e`.
  set +e; ( set -e; build "$name" ) >"$work/$name.log" 2>&1 </dev/null; status=$?; set -e
  if [ $status != 0 ]; then
    tail -20 "$work/$name.log" >&2
    echo "deps.sh: $name for $platform could not be built; all of it is in $work/$name.log" >&2
    exit 1
  fi
  rm -rf "$work/build/$name" "$work/src"; touch "$dest/$name.done"
done
rm -rf "$work/apt"
