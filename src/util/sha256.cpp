#include "util/sha256.h"

#include <array>

namespace bpftax {

Sha256::Sha256() {
  SHA256Init(&context_);
}

void Sha256::update(std::string_view data) {
  SHA256Update(&context_, reinterpret_cast<const uint8_t*>(data.data()), data.size());
}

std::string Sha256::hex() {
  std::array<char, SHA256_DIGEST_STRING_LENGTH> text{};
  SHA256End(&context_, text.data());
  return text.data();
}

}  // namespace bpftax
