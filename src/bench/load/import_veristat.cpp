#include "bench/load/import_veristat.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "util/strings.h"

namespace bpftax::bench {
namespace {

// stat_defs[] of veristat.c: a statistic by all its names, and what we call it.
struct VeristatColumn {
  std::array<std::string_view, 3> names;
  std::string_view row, metric, unit;  // the row's op; "" where it is no metric
};
constexpr std::array kVeristatColumns = {
    VeristatColumn{{"file_name", "filename", "file"}, "", "", ""},
    VeristatColumn{{"prog_name", "progname", "prog"}, "", "", ""},
    VeristatColumn{{"verdict"}, "", "", ""},
    VeristatColumn{{"duration", "dur"}, "verify", "", "us"},
    VeristatColumn{{"total_insns", "insns"}, "verify", "processed", "instructions"},
    VeristatColumn{{"total_states", "states"}, "verify", "total_states", "count"},
    VeristatColumn{{"peak_states"}, "verify", "peak_states", "count"},
    VeristatColumn{{"max_states_per_insn"}, "verify", "max_states_per_insn", "count"},
    VeristatColumn{{"max_mark_read_len", "mark_read"}, "verify", "mark_read", "count"},
    VeristatColumn{{"stack_depth", "stack"}, "verify", "stack_depth", "bytes"},
    VeristatColumn{{"prog_size"}, "load", "instructions", "count"},
    VeristatColumn{{"prog_size_jited"}, "load", "jited", "bytes"},
    VeristatColumn{{"prog_type"}, "", "", ""},
    VeristatColumn{{"attach_type"}, "", "", ""},
    VeristatColumn{{"mem_peak"}, "peak_memory", "peak_memory", "bytes"},
};
constexpr double kMebibyte = 1024 * 1024;
// veristat cuts to whole microseconds, as the kernel does: half of one is what is cut on average.
constexpr double kMiddleOfMicrosecondNs = 500;

const VeristatColumn* veristat_column(std::string_view name) {
  for (const VeristatColumn& column : kVeristatColumns)
    for (const std::string_view known : column.names)
      if (!known.empty() && known == name) return &column;
  return nullptr;
}

std::string_view without_bom(std::string_view text) {
  constexpr std::string_view kBom = "\xef\xbb\xbf";
  return text.substr(0, kBom.size()) == kBom ? text.substr(kBom.size()) : text;
}

std::string_view veristat_first_line(std::string_view text) {
  text = without_bom(text);
  return trim(text.substr(0, text.find('\n')));
}

struct VeristatReader {
  std::string where;
  std::vector<const VeristatColumn*> columns;
  std::vector<std::string> names;

  tl::unexpected<Error> error(size_t line, std::string why) const {
    return fail(ErrorKind::kUsage, "cannot read veristat's CSV", fmt::format("{}:{}", where, line),
                std::move(why));
  }

  Result<void> read_header(std::string_view line) {
    bool has_program = false;
    for (const std::string_view cell : split(line, ',')) {
      const std::string_view name = trim(cell);
      if (name.size() > 5 &&
          (name.substr(name.size() - 5) == "_base" || name.substr(name.size() - 5) == "_diff"))
        return fail(ErrorKind::kUsage, "this is a comparison by veristat", where, {},
                    "import the two files that it compares, one by one");
      columns.push_back(veristat_column(name));
      names.emplace_back(name);
      has_program = has_program || columns.back() == &kVeristatColumns[1];
    }
    if (!has_program) return error(1, "it has no column prog_name");
    return {};
  }

  // A line's rows: verify first.
  Result<void> read_line(std::string_view text, size_t line, std::vector<Row>& out) const {
    const std::vector<std::string_view> cells = split(text, ',');
    if (cells.size() != columns.size())
      return error(line,
                   fmt::format("{} columns, where the first line names {}", cells.size(), columns.size()));
    Row verify = empty_row("verify"), load = empty_row("load"), peak = empty_row("peak_memory");
    std::string file, program, verdict;
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string_view cell = trim(cells[i]);
      const VeristatColumn* column = columns[i];
      if (column == nullptr || cell.empty() || cell == "N/A" || cell == "-1") continue;
      if (column == &kVeristatColumns[0]) file = printable(cell);
      if (column == &kVeristatColumns[1]) program = printable(cell);
      if (column == &kVeristatColumns[2]) verdict = printable(cell);
      if (column->row.empty()) continue;
      const auto number = to_uint64(cell);
      if (!number)
        return error(line, fmt::format("'{}' is no number ({})", shorten(printable(cell), 40), names[i]));
      const auto value = static_cast<double>(*number);
      Row& row = column->row == "verify" ? verify : column->row == "load" ? load : peak;
      if (column->metric.empty()) {
        row.ns = Value{value * 1000 + kMiddleOfMicrosecondNs, {}, {}};
      } else {
        const double scale = column->row == "peak_memory" ? kMebibyte : 1;
        row.metrics.push_back(
            {std::string(column->metric), std::string(column->unit), {value * scale, {}, {}}});
      }
    }
    if (program.empty()) return error(line, "the program has no name");
    if (!verdict.empty() && verdict != "success" && verdict != "failure")
      return error(line, fmt::format("the verdict '{}' is neither success nor failure", verdict));
    for (Row* row : {&verify, &load, &peak}) {
      const bool has_values = row->ns || !row->metrics.empty();
      if (!has_values && row != &verify) continue;
      row->subject = program;
      if (!file.empty()) row->params["object"] = file;
      if (verdict == "failure" || !has_values) {
        row->status = Status::kUnavailable;
        row->reason =
            verdict == "failure" ? "the kernel refused it (veristat: failure)" : "no statistics in the CSV";
        row->ns.reset();
        row->metrics.clear();
        row->samples = row->processes = 0;
      }
      out.push_back(std::move(*row));
    }
    return {};
  }

  static Row empty_row(const char* op) {
    Row row;
    row.benchmark = "load";
    row.op = op;
    row.samples = row.processes = 1;
    return row;
  }
};

}  // namespace

bool is_veristat_csv(std::string_view text) {
  const std::string_view line = veristat_first_line(text);
  const std::vector<std::string_view> cells = split(line, ',');
  if (cells.size() < 2) return false;
  return std::any_of(cells.begin(), cells.end(), [](std::string_view cell) {
    return veristat_column(trim(cell)) == &kVeristatColumns[1];
  });
}

Result<std::vector<Row>> import_veristat(std::string_view text, const std::string& where) {
  VeristatReader reader{where, {}, {}};
  BPFTAX_TRY(reader.read_header(veristat_first_line(text)));
  std::vector<Row> rows;
  size_t number = 0;
  for (const std::string_view line : split(without_bom(text), '\n')) {
    ++number;
    if (number == 1 || trim(line).empty()) continue;
    BPFTAX_TRY(reader.read_line(trim(line), number, rows));
  }
  return rows;
}

}  // namespace bpftax::bench
