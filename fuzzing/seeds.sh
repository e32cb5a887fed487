#!/usr/bin/env bash
# Makes the seeds of every fuzz target from what is in the repository: build/asan/seeds/TARGET. Usage: fuzzing/seeds.sh; needs the preset linux, built.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."
fuzz=build/asan seeds=build/asan/seeds
rm -rf $seeds; mkdir -p $seeds/{trace,session,explain,export,redact,listing,notation,expect,scenario,options,condition}_fuzz
shadowtape=$PWD/build/linux/bin/shadowtape
# Every text in double quotes of these sources.
texts() { cat "$@" | grep -o '"\([^"\\]\|\\.\)*"' | sed 's/^"//; s/"$//; s/\\"/"/g; s/\\\\/\\/g' | sort -u; }
# Each line of the input as a file TARGET/NAME-N.
lines() { awk -v name="$seeds/$1" '{ file = name "-" NR; print > file; close(file) }'; }

cp traces/samples/golden/*.vsst $seeds/trace_fuzz
"$shadowtape" status -o $seeds/trace_fuzz/status_command.vsst >/dev/null
"$shadowtape" conform --target model --filter '*-01?' --report $fuzz/recipes >/dev/null  # a few rules of every group, and so most methods
find $fuzz/recipes -name '*.vsst' -size -40k -exec mv -t $seeds/trace_fuzz {} +
rm -r $fuzz/recipes
for listing in german error-texts powershell-json-cut; do
  "$shadowtape" import traces/samples/listings/$listing.txt -o $seeds/trace_fuzz/$listing.vsst >/dev/null 2>&1
done
"$shadowtape" pack traces/samples/golden/status.vsst -o $seeds/trace_fuzz/packed.vsst >/dev/null
cp traces/samples/listings/*.txt $seeds/listing_fuzz
texts traces/vssadmin_words.cc traces/vshadow.cc traces/powershell*.cc > $seeds/listing_fuzz/words
grep -hv '^#' conformance/catalogue/*.tsv | lines notation_fuzz/row
awk -F'\t' 'NR > 1 && NR <= 41 { print $1 "\told system\thttps://example.org/" NR "\t2027-01-31" }' docs/requirements/2026-12.tsv > $seeds/expect_fuzz/many
sed 's/\t2027-01-31$/\t-/' $seeds/expect_fuzz/many | lines expect_fuzz/line
cp traces/samples/scenarios/*.json $seeds/scenario_fuzz
awk '/^```json/ { file = "'$seeds'/scenario_fuzz/page-" NR; next } /^```/ { file = "" } file { print > file }' docs/model.md
# Its words are a scenario's keys and values.
{ cat conformance/model/scenario.capnp; texts conformance/model/{profile.cc,choices.def,scenario.cc}; } | split -C 4000 - $seeds/scenario_fuzz/words-
texts replayer/options_test.cc replayer/fault_test.cc | lines options_fuzz/text
{ texts recorder/condition_test.cc; echo "writer.state = failed or writer.failure != S_OK or call.hresult < 0 or gather > 30s"; } | lines condition_fuzz/text
shopt -s nullglob
for find in traces/samples/hostile/*/*; do cp "$find" $seeds/"$(basename "$(dirname "$find")")"_fuzz; done
cp $seeds/trace_fuzz/* $seeds/session_fuzz
cp $seeds/trace_fuzz/* $seeds/explain_fuzz
cp $seeds/trace_fuzz/* $seeds/export_fuzz
cp $seeds/trace_fuzz/* $seeds/redact_fuzz
