@0xb6d1f0a4c7e2935d;
# report.json as it is read back: see docs/schemas/conform.schema.json, which says what each field means. Fields that are missing or unknown do not
# matter here; of another type they make the file no report.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("vss::conformance::read_back");

struct Report {
  format @0 :Text;
  tool @1 :Text;
  platform @2 :Text;
  target @3 :Text;
  started @4 :Text;
  seconds @5 :Float64;
  red @6 :Bool;
  recipes @7 :UInt32;
  ran @8 :UInt32;
  notJudged @9 :UInt32;
  mustsRun @10 :UInt32;
  mustsKept @11 :UInt32;
  stale @12 :List(Text);
  results @13 :List(Result);
  revision @14 :Text;
  notScored @15 :UInt32;

  struct Result {
    name @0 :Text;
    rule @1 :Text;
    level @2 :Text;
    subject @3 :Text;
    verdict @4 :Text;
    red @5 :Bool;
    seconds @6 :Float64;
    recipe @7 :Text;
    state @8 :Text;
    expected @9 :Text;
    cause @10 :Text;
    reason @11 :Text;
    advice @12 :Text;
    source @13 :Text;
    trace @14 :Text;
    calls @15 :List(Call);
    notScored @16 :Text;
  }
  struct Call {
    call @0 :Text;
    answer @1 :Text;
    state @2 :Text;
    judged @3 :Bool;
  }
}
