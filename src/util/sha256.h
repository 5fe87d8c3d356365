// SHA-256 of what comes piece by piece (libmd). For text in memory and files by name: util/files.h.
#pragma once

#include <sha2.h>

#include <string>
#include <string_view>

namespace bpftax {

class Sha256 {
 public:
  Sha256();
  void update(std::string_view data);
  // Lower-case hex; once, at the end.
  std::string hex();

 private:
  SHA2_CTX context_;
};

}  // namespace bpftax
