#include "bench/load/veristat_csv.h"

#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "bench/load/load_subjects.h"
#include "bench/load/program_image.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

constexpr const char* kSeriesFile = "series";

struct VeristatLine {
  std::string file, program;
  bool loads = false, refused = false;
  std::optional<double> duration_us;
  std::optional<double> instructions, total_states, peak_states, states_per_instruction, mark_read;
  std::optional<double> size, jited_size, stack_depth, peak_memory_mib;
  std::string program_type = "N/A", attach_type = "N/A";
};

std::optional<double> metric_of(const Row& row, std::string_view name) {
  for (const Metric& metric : row.metrics)
    if (metric.name == name) return metric.value.mean;
  return std::nullopt;
}

// veristat has no quotes, so no commas.
std::string cell_text(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == ',' || c == '\n' || c == '"'; }, '_');
  return printable(text);
}

std::string number(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? fmt::format("{:.0f}", std::floor(*value)) : "0";
}

bool is_written(const Row& row) {
  return row.benchmark == "load" && !row.is_floor && row.subject != kObjectSubject;
}

bool is_refused(const Row& row) {
  return row.status == Status::kUnavailable && row.reason.starts_with(kRefusedByKernel);
}

void add_row(VeristatLine& line, const Row& row) {
  line.refused = line.refused || is_refused(row);
  if (row.op == "load" && row.status == Status::kMeasured) {
    line.loads = true;
    line.size = metric_of(row, "instructions");
    line.jited_size = metric_of(row, "jited");
  }
  if (row.op == "verify" && row.status == Status::kMeasured) {
    if (row.ns) line.duration_us = row.ns->mean / 1000;
    line.instructions = metric_of(row, "processed");
    line.total_states = metric_of(row, "total_states");
    line.peak_states = metric_of(row, "peak_states");
    line.states_per_instruction = metric_of(row, "max_states_per_insn");
    line.mark_read = metric_of(row, "mark_read");
    line.stack_depth = metric_of(row, "stack_depth");
  }
  if (row.op == "peak_memory")
    if (const auto bytes = metric_of(row, "peak_memory")) line.peak_memory_mib = *bytes / (1024 * 1024);
}

std::string name_or_na(const char* name) {
  return name == nullptr ? "N/A" : name;
}

// By libbpf's names, as veristat; a program without an attach type has that of value 0 there too.
void add_types(VeristatLine& line) {
  uint32_t type = BPF_PROG_TYPE_XDP, attach_type = 0;  // of the built-in series
  if (const ObjectSubject* object = find_object(line.file)) {
    for (const ListedProgram& program : object->programs) {
      if (program.name != line.program) continue;
      type = program.type;
      attach_type = program.attach_type;
    }
  } else if (line.file != kSeriesFile) {
    return;
  }
  line.program_type = name_or_na(libbpf_bpf_prog_type_str(static_cast<bpf_prog_type>(type)));
  line.attach_type = name_or_na(libbpf_bpf_attach_type_str(static_cast<bpf_attach_type>(attach_type)));
}

}  // namespace

std::string veristat_condition(const Document& document) {
  const auto first = std::find_if(document.rows.begin(), document.rows.end(), [](const Row& row) {
    return is_written(row) && (row.status == Status::kMeasured || is_refused(row));
  });
  return first == document.rows.end() ? "" : first->condition;
}

std::string veristat_note(const Document& document, const std::string& file) {
  const std::string written = veristat_condition(document);
  const bool others = std::any_of(document.rows.begin(), document.rows.end(), [&](const Row& row) {
    return is_written(row) && row.condition != written;
  });
  if (!others || written.empty()) return "";
  return fmt::format("{} has what was measured under {} alone: veristat's columns have no condition.\n", file,
                     written);
}

std::string veristat_csv(const Document& document) {
  const std::string condition = veristat_condition(document);
  std::vector<VeristatLine> lines;
  for (const Row& row : document.rows) {
    if (!is_written(row) || row.condition != condition) continue;
    std::string file = kSeriesFile, program = row.subject;
    if (const auto object = json_string(row.params, "object"); object && *object) file = **object;
    if (const auto size = json_integer(row.params, "size"); size && *size)
      program += fmt::format("_{}", **size);
    auto line = std::find_if(lines.begin(), lines.end(),
                             [&](const VeristatLine& l) { return l.file == file && l.program == program; });
    if (line == lines.end()) line = lines.insert(lines.end(), VeristatLine{file, program});
    add_row(*line, row);
  }
  std::string csv =
      "file_name,prog_name,verdict,duration,total_insns,total_states,peak_states,max_states_per_insn,"
      "max_mark_read_len,prog_size,prog_size_jited,prog_type,attach_type,stack_depth,mem_peak\n";
  for (VeristatLine& line : lines) {
    if (!line.loads && !line.refused) continue;
    add_types(line);
    csv += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", cell_text(line.file),
                       cell_text(line.program), line.loads ? "success" : "failure", number(line.duration_us),
                       number(line.instructions), number(line.total_states), number(line.peak_states),
                       number(line.states_per_instruction), number(line.mark_read), number(line.size),
                       number(line.jited_size), line.program_type, line.attach_type, number(line.stack_depth),
                       line.peak_memory_mib ? number(line.peak_memory_mib) : "-1");
  }
  return csv;
}

}  // namespace bpftax::bench
