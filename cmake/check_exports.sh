#!/usr/bin/env bash
# Whether each DLL exports every name by which programs look for VSS, and needs no DLL that Windows does not have. Usage: check_exports.sh DLL…
set -euo pipefail
names=$(sed -nE 's/^  "?([A-Za-z?@]+)"?( =.*)?$/\1/p' "$(dirname "$(realpath "$0")")/vssapi.def")
wrong=0
for dll in "$@"; do
  table=$(x86_64-w64-mingw32-objdump -p "$dll")
  exported=$(sed -nE '/\[Ordinal\/Name Pointer\] Table/,/^$/s/^.*\[ *[0-9]+\] (.*)$/\1/p' <<<"$table")
  while read -r name; do
    grep -qxF -- "$name" <<<"$exported" || { echo "$dll: does not export $name"; wrong=1; }
  done <<<"$names"
  while read -r needed; do
    case ${needed,,} in
      kernel32.dll|ntdll.dll|advapi32.dll|ole32.dll|oleaut32.dll|msvcrt.dll|shell32.dll|user32.dll) ;;
      *) echo "$dll: needs $needed"; wrong=1 ;;
    esac
  done < <(sed -nE 's/^\s*DLL Name: //p' <<<"$table")
done
exit $wrong
