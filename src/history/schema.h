// The tables of the history catalogue, and how an older catalogue becomes a newer one.
//
// The file says itself what it is: application_id (kCatalogueId), and in user_version how many of the steps
// below it has been through. A step, once released, is never changed; a change of the tables is a new step.
#pragma once

#include <cstdint>
#include <span>

#include "history/database.h"

namespace bpftax {

inline constexpr int64_t kCatalogueId = 0x42707478;  // "Bptx"

// SQL of each step, in order.
std::span<const char* const> catalogue_steps();

// Brings the file up to date, in one transaction, where access allows it; makes the tables in an empty file.
// kUsage: another program's database, a newer catalogue (it is left as it is), or nothing there to read.
Result<void> migrate(Database& database, Database::Access access,
                     std::span<const char* const> steps = catalogue_steps());

}  // namespace bpftax
