#include "run/journal.h"

// Whatever stands in the file: no crash; what was read can be written and read again to the same records; and
// cutting the text anywhere never invents records.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto journal = bpftax::parse_journal(text, "fuzz");
  if (!journal) return 0;
  std::string written;
  for (const auto& record : journal->records) written += bpftax::dump_line(bpftax::to_json(record)) + "\n";
  const auto again = bpftax::parse_journal(written, "again");
  if (!again || again->cut || again->records.size() != journal->records.size()) __builtin_trap();
  std::string rewritten;
  for (const auto& record : again->records) rewritten += bpftax::dump_line(bpftax::to_json(record)) + "\n";
  if (written != rewritten) __builtin_trap();
  const auto half = bpftax::parse_journal(text.substr(0, size / 2), "half");
  if (half && half->records.size() > journal->records.size()) __builtin_trap();
  return 0;
}
