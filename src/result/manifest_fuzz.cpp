// A manifest is either refused, or everything in it is safe to use and survives being written again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "result/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)bpftax::path_fault(text);
  (void)bpftax::manifest_run_id(text);
  const auto manifest = bpftax::parse_manifest(text, "fuzz");
  if (!manifest) return 0;
  for (const auto& file : manifest->files) {
    if (!bpftax::path_fault(file.path).empty() || file.size < 0) std::abort();
  }
  const auto again = bpftax::manifest_document(*manifest);
  if (!again || !bpftax::parse_manifest(*again, "again")) std::abort();
  return 0;
}
