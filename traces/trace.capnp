# The trace format of Shadowtape. FORMAT.md says how these messages lie in the file and why.
# Numbers are append-only. A reader skips what it does not know.
@0xf2a1c7d05be34e19;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("vss::format");

# A trace file is a sequence of messages in Cap'n Proto's standard framing, each with one segment and a Block as its root:
# header, then chunks, then, after a clean close, a footer.
struct Block {
  union {
    header @0 :Header;
    chunk @1 :Chunk;
    footer @2 :Footer;
  }
}

struct Header {
  magic @0 :UInt64;                # kMagic
  format @1 :UInt16;               # how notes are stored; a reader refuses a greater number
  semantics @2 :UInt16;            # what the values mean: the revision of the description of the API
  origin @3 :Origin;
  wordSize @4 :UInt8;              # bytes of a pointer in the recorded process
  tool @5 :Text;                   # "shadowtape 0.1.0"
  platform @6 :Text;               # "linux x86-64", "windows x86-64 10.0.20348", "windows x86-64 10.0.19043 (Wine 8.0)"
  process @7 :Text;                # file name of the recorded program, without its folder
  processId @8 :UInt32;
  target @9 :Text;                 # the implementation that answered, as it was named
  ticksPerSecond @10 :UInt64;      # of `tick` everywhere below
  startTick @11 :UInt64;           # one moment, by the tick counter …
  startTime @12 :Int64;            # … and by the clock: nanoseconds since 1970-01-01 UTC; 0: not known (imported)
  crc @13 :UInt32;                 # CRC-32C over the fields above (FORMAT.md §5)
}
const magic :UInt64 = 0x4550415444414853;   # "SHADTAPE" at byte 32 of every trace

enum Origin {
  live @0;                         # the system's own VSS answered
  model @1;                        # a stand-in answered: the model, another drop-in
  imported @2;                     # made from a listing; the calls were never made
  replayed @3;                     # another trace answered
}

# A run of notes of one thread, in the order in which they were made.
struct Chunk {
  thread @0 :UInt32;               # 1, 2, … by first appearance in the trace
  threadId @1 :UInt64;             # the operating system's number for it
  firstOrder @2 :UInt64;           # no note in here has a smaller order
  crc @3 :UInt32;                  # CRC-32C over the three fields above
  notes @4 :List(Note);            # the tail may be empty notes: room that was not used
}

struct Note {
  order @0 :UInt64;                # 1, 2, … over all threads, without a gap, for enter, leave and remark
  tick @1 :UInt64;                 # when
  crc @2 :UInt32;                  # CRC-32C over the note (FORMAT.md §5); written last
  union {
    hole @3 :Void;                 # never filled
    signature @4 :Text;            # the signature of a method, before its first use in the chunk
    text @5 :Data;                 # a string (UTF-16, little endian), an id or another value, before its first use in the chunk
    enter :group {
      signature @6 :UInt16;        # index of the note in this chunk that holds it
      object @7 :UInt32;           # 0: an exported function
      nulls @8 :UInt32;            # bit n: the caller passed null for output parameter n
      values @9 :List(UInt64);     # a Value for each input parameter (each field of a structure)
    }
    leave :group {
      signature @10 :UInt16;
      object @11 :UInt32;
      result @12 :UInt32;          # HRESULT, or the count that AddRef and Release return
      call @13 :UInt64;            # order of the enter
      values @14 :List(UInt64);    # a Value for each output parameter
    }
    remark :group {
      kind @15 :UInt16;            # RemarkKind
      about @16 :UInt64;           # order of the enter of a call, or 0
      text @17 :Text;
      last @18 :UInt64;            # lost: the last number that it stands for
    }
  }
}

# A Value is 64 bits: the lowest 8 say what it is, the other 56 are its payload. See traces/value.h and FORMAT.md §4.
enum ValueKind {
  missing @0;                      # nothing is known
  number @1;                       # payload: the number, sign extended
  stored @2;                       # payload: index of the `text` note in this chunk that holds the value
  null @3;                         # a null string, object or array
  object @4;                       # payload: the object's number in this trace
  foreignObject @5;                # an object of an interface that was not described: it was handed through unrecorded
  unchanged @6;                    # the call failed, or had no object to give, and left the caller's variable as it was
  zeroed @7;                       # the call failed and set the caller's variable to all zero
  raw @8;                          # the call failed and wrote; payload: index of a `text` note with the variable's bytes
  unreadable @9;                   # the memory could not be read
  noPointer @10;                   # the caller passed null for this output
  absent @11;                      # a field of a union whose structure is of another type
}

enum RemarkKind {
  information @0;
  warning @1;
  stopped @2;                      # recording ended here by itself; the program went on
  listingError @3;                 # imported: the text after "Last error", as it was, of the call it is about
  listing @4;                      # imported: the whole text
  lost @5;                         # recovered: the notes with this order, and those after it up to `last`, were damaged and are not here
  environment @6;                  # a fact about the machine: key=value, see docs/environment.md
}

struct Footer {
  calls @0 :UInt64;
  notes @1 :UInt64;                # enter, leave and remark: also the greatest order
  objects @2 :UInt32;
  threads @3 :UInt32;
  endTick @4 :UInt64;
  endTime @5 :Int64;               # as startTime
  chunks @6 :List(ChunkPlace);     # in the order of the file
  methods @7 :List(MethodCount);
  crc @8 :UInt32;                  # CRC-32C over the fields above, lists included
}

struct ChunkPlace {
  offset @0 :UInt64;               # bytes from the start of the file to the message
  words @1 :UInt32;                # of the message's segment
  thread @2 :UInt32;
  firstOrder @3 :UInt64;
  notes @4 :UInt32;                # notes of every kind
}

struct MethodCount {
  signature @0 :Text;
  calls @1 :UInt64;
  failed @2 :UInt64;               # a failing HRESULT
}
