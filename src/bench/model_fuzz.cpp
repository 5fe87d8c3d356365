// A benchmark document from anywhere: reading it must fail in words or give a document that writes and reads
// to itself, as CSV and as tables too.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "bench/csv.h"
#include "bench/model.h"
#include "bench/table.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bpftax::bench;
  const auto document = document_from_json({reinterpret_cast<const char*>(data), size}, "input");
  if (!document) {
    if (document.error().where.empty() || document.error().why.empty()) std::abort();
    return 0;
  }
  const std::string written = document_text(*document);
  const auto again = document_from_json(written, "written");
  if (!again || document_text(*again) != written) std::abort();
  if (document_csv(*document).empty() || document_tables(*document, {}).empty()) std::abort();
  return 0;
}
