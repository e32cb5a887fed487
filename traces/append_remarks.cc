#include "traces/append_remarks.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <algorithm>
#include <fstream>
#include <utility>
#include <vector>

#include "traces/growing_file.h"
#include "traces/note_format.h"
#include "traces/platform.h"
#include "traces/trace_error.h"
#include "traces/trace_reader.h"

namespace vss {
namespace {

struct ListedChunk { std::uint64_t offset; std::uint32_t words, thread; std::uint64_t firstOrder; std::uint32_t notes; };

// The footer `old`, which also tells of the chunk.
std::string footerWith(std::string_view old, const ListedChunk& chunk, std::uint64_t lastOrder) {
  auto words = kj::heapArray<capnp::word>(old.size() / sizeof(capnp::word));
  std::copy_n(old.data(), words.asBytes().size(), words.asBytes().begin());
  capnp::ReaderOptions all;
  all.traversalLimitInWords = UINT64_MAX;
  capnp::FlatArrayMessageReader read(words, all);
  capnp::MallocMessageBuilder message(static_cast<unsigned>(words.size() + 16));
  message.setRoot(read.getRoot<format::Block>());
  auto footer = message.getRoot<format::Block>().getFooter();
  std::vector<ListedChunk> chunks;
  for (auto place : footer.asReader().getChunks()) chunks.push_back({place.getOffset(), place.getWords(), place.getThread(), place.getFirstOrder(), place.getNotes()});
  chunks.push_back(chunk);
  std::vector<std::pair<std::string, std::pair<std::uint64_t, std::uint64_t>>> methods;
  for (auto method : footer.asReader().getMethods()) methods.push_back({method.getSignature(), {method.getCalls(), method.getFailed()}});
  footer.setNotes(lastOrder);
  closeFooter(footer, chunks, methods);
  return blockBytes(message);
}

}  // namespace

std::string remarkChunk(std::span<const OwnRemark> remarks) {
  capnp::MallocMessageBuilder message;
  auto chunk = message.initRoot<format::Block>().initChunk();
  chunk.setFirstOrder(remarks[0].order);
  chunk.setCrc(chunkCrc(chunk.asReader()));
  auto notes = chunk.initNotes(static_cast<unsigned>(remarks.size()));
  for (unsigned n = 0; n < remarks.size(); ++n) {
    const auto& own = remarks[n];
    notes[n].setOrder(own.order);
    notes[n].setTick(own.tick);
    auto remark = notes[n].initRemark();
    remark.setKind(static_cast<std::uint16_t>(own.kind));
    remark.setText(own.text);
    remark.setLast(own.last);
    Crc32c crc;
    addFields<format::Note>(crc, notes[n].asReader());
    crc.add(own.text.c_str(), own.text.size() + 1);
    notes[n].setCrc(crc.value());
  }
  return blockBytes(message);
}

void appendRemarks(const std::filesystem::path& trace, RemarkKind kind, std::span<const std::string> texts) {
  if (texts.empty()) return;
  auto cannot = [&](const std::string& why) { return TraceError(shownPath(trace) + ": nothing can be added: " + why); };
  std::vector<OwnRemark> remarks;
  std::string block, oldFooter, newFooter;
  std::uint64_t end = 0, footerAt = 0, place = 0;
  {
    TraceReader reader(trace, NoteReading::byPlace, TraceReach::end);
    std::uint64_t tick = 0;
    while (auto* note = reader.next()) tick = std::max(tick, note->tick);
    if (reader.packed()) throw cannot("it is packed");
    if (!reader.problems().empty()) throw cannot("it is damaged; see `shadowtape verify`");
    if (!reader.footer() && processRuns(reader.header().processId)) throw cannot("process " + std::to_string(reader.header().processId) + ", which writes it, still runs");
    end = reader.fileSize(), footerAt = reader.endOfNotes();
    if (!reader.footer() && footerAt > end) throw cannot("the end of the file cuts a chunk");
    // At the end of a process other threads may have noted something while the footer was made.
    std::uint64_t order = std::max(reader.lastOrder(), reader.footer() ? reader.footer()->notes : 0);
    if (reader.footer()) tick = std::max(tick, reader.footer()->endTick);
    for (const auto& text : texts) remarks.push_back({++order, tick, kind, text});
    block = remarkChunk(remarks);
    place = (end + kWindowUnit - 1) / kWindowUnit * kWindowUnit;
    if (reader.footer()) {
      oldFooter = reader.bytes().substr(footerAt);
      ListedChunk chunk{place, static_cast<std::uint32_t>(block.size() / 8 - 1), 0, remarks[0].order, static_cast<std::uint32_t>(remarks.size())};
      newFooter = footerWith(oldFooter, chunk, order);
    }
  }
  // Everything new behind the end before the old footer goes: what fails until then is cut off again.
  std::fstream file(ofAnyLength(trace), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(place));
  file << block << newFooter << std::flush;
  if (!file) {
    file.close();
    std::error_code ignored;
    std::filesystem::resize_file(ofAnyLength(trace), end, ignored);
    throw cannot("it cannot be written; is the disk full?");
  }
  file.seekp(static_cast<std::streamoff>(footerAt));
  file << std::string(oldFooter.size(), '\0') << std::flush;
  if (!file) throw cannot("it cannot be written");
  file.close();
  flushFile(trace);
}

}  // namespace vss
