// veristat's CSV (tools/testing/selftests/bpf/veristat.c, output_headers() and output_stats()): a line of
// column names, then a line for each program, no quotes. Columns may be any subset in any order (-e), as long
// as prog_name is one of them; names may be any of veristat's aliases.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/model.h"
#include "util/result.h"

namespace bpftax::bench {

// By its first line.
bool is_veristat_csv(std::string_view text);

// A row `verify` (time, instructions, states) and, where sizes are known, a row `load` for each program,
// named like those of `bpftax bench load`, so that both can be compared; a program that was refused is
// unavailable. kUsage with the line: a comparison (veristat -C), a line of another length, a number that is
// none.
Result<std::vector<Row>> import_veristat(std::string_view text, const std::string& where);

}  // namespace bpftax::bench
