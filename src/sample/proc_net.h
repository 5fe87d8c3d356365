// Interface counters of one network namespace: /proc/net/dev.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sample/types.h"
#include "util/fd.h"
#include "util/result.h"

namespace bpftax {

// Text of a net/dev file; `netns` is copied into each row. Frame errors are part of the kernel's "errs"
// column.
Result<std::vector<NetInterface>> parse_net_dev(std::string_view text, const std::string& netns);

// Calls `open` as a thread inside the named namespace ("" = the caller's own).
Result<Fd> in_netns(const std::string& netns, const std::function<Result<Fd>()>& open);

// Opens net/dev as a thread inside the named namespace sees it ("" = the caller's own). The file keeps that
// view, so that the caller can read it from where it is; it also keeps the namespace alive until closed.
Result<Fd> open_net_dev(const std::string& netns, const std::string& proc_root);

}  // namespace bpftax
