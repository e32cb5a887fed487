# Sourced by run.sh and test.sh: `install PACKAGE…` installs those Debian packages that are missing, and nothing if none is.
install() {
  local missing=()
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null)" = "install ok installed" ] || missing+=("$package")
  done
  [ ${#missing[@]} != 0 ] || return 0
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "${0##*/}: needs ${missing[*]}; install them as root: apt-get install ${missing[*]}" >&2; exit 1; }
    as_root=(sudo)
  fi
  echo "installing ${missing[*]}" >&2
  mkdir -p build
  { "${as_root[@]}" apt-get -q update &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "${missing[@]}"; } >build/install.log 2>&1 </dev/null ||
    { tail -5 build/install.log >&2; echo "${0##*/}: the packages could not be installed; all of it is in build/install.log" >&2; exit 1; }
}

# Runs a command that says much and matters only if it fails. Usage: quietly LOG COMMAND…
quietly() {
  local log=$1; shift
  "$@" >"$log" 2>&1 </dev/null || { tail -30 "$log" >&2; echo "${0##*/}: failed: $*; all of it is in $log" >&2; exit 1; }
}

# Gets the npm packages that a test queries with, by their lock file, into build/node. Debian has npm as a package of its own; others ship it with Node.js.
install_npm() {
  command -v npm >/dev/null || install npm
  [ ! build/node/node_modules/.package-lock.json -nt docs/examples/fleet/package-lock.json ] || return 0
  mkdir -p build/node
  cp docs/examples/fleet/package.json docs/examples/fleet/package-lock.json build/node/
  quietly build/npm.log npm ci --prefix build/node --no-audit --no-fund
  touch build/node/node_modules/.package-lock.json
}

compiler="g++ cmake ninja-build"
libraries="capnproto libcli11-dev libpugixml-dev libzstd-dev libgtest-dev dpkg-dev"
testing="libbenchmark-dev libxml2-utils nodejs"
browser="chromium chromium-driver python3-selenium fonts-dejavu-core"  # what looks at the pages of conform and export
windows="g++-mingw-w64-x86-64-posix libzycore-dev wine64 wine"
fuzzing="clang libclang-rt-dev"
