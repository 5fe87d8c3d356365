// Several hosts at once: a thread for each, a few at a time.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "fetch/fetch.h"

namespace bpftax {

// Called in the thread that will use the host, which must stay good until fetch_hosts() returns.
using OpenFetchHost = std::function<Result<Host*>(const FetchSource& source)>;

// Reports in the order of the sources. A host that cannot be reached is its report's error; the others go on.
// options.progress is called from one thread at a time.
std::vector<FetchReport> fetch_hosts(const std::vector<FetchSource>& sources, const OpenFetchHost& open,
                                     const FetchOptions& options, int at_once = 8);

// A table for people: a line a host, then what was refused or failed, the first few of each.
std::string fetch_table(const std::vector<FetchReport>& reports);
// Schema "bpftax.fetch/1".
nlohmann::ordered_json fetch_json(const std::vector<FetchReport>& reports);
// 0; 3 when anything was refused, failed or ended early; 130 when the user interrupted.
int fetch_exit_code(const std::vector<FetchReport>& reports);

}  // namespace bpftax
