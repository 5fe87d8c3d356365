// What OpenSSH's client says when it fails, as an Error with a fix.
#pragma once

#include <string>
#include <string_view>

#include "util/result.h"

namespace bpftax {

// `words`: the end of the client's stderr (printable); `where` names the host, `destination` is what was
// given to ssh ("root@10.0.0.1"). kLost for what another try may mend (unreachable, refused, timed out), else
// kEnvironment.
Error explain_ssh_failure(std::string_view words, const std::string& what, const std::string& where,
                          const std::string& destination);

// The line that says why, without ssh's decoration.
std::string reason_of_ssh(std::string_view words);

}  // namespace bpftax
