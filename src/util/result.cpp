#include "util/result.h"

#include <cstring>

namespace bpftax {

std::string to_string(const Error& error) {
  std::string text = error.what;
  for (const std::string* part : {&error.where, &error.why}) {
    if (part->empty()) continue;
    if (!text.empty()) text += ": ";
    text += *part;
  }
  return text;
}

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage:
      return 2;
    case ErrorKind::kInterrupted:
      return 130;
    case ErrorKind::kEnvironment:
    case ErrorKind::kSubject:
    case ErrorKind::kWorkload:
    case ErrorKind::kLost:
    case ErrorKind::kInternal:
      return 3;
  }
  return 3;
}

tl::unexpected<Error> fail(ErrorKind kind, std::string what, std::string where, std::string why,
                           std::string hint) {
  return tl::unexpected<Error>(
      Error{kind, std::move(what), std::move(where), std::move(why), std::move(hint), 0});
}

tl::unexpected<Error> fail_errno(int errno_value, std::string what, std::string where, ErrorKind kind,
                                 std::string hint) {
  return tl::unexpected<Error>(Error{kind, std::move(what), std::move(where), std::strerror(errno_value),
                                     std::move(hint), errno_value});
}

}  // namespace bpftax
