#include "probes/symbols.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

struct Line {
  uint64_t address = 0;
  char type = 0;
  std::string_view name, module;
};

std::optional<Line> parse_line(std::string_view text) {
  const auto fields = split_blank(text);
  if (fields.size() < 3 || fields[1].size() != 1) return std::nullopt;
  const auto address = to_uint64(fields[0], 16);
  if (!address) return std::nullopt;
  Line line{*address, fields[1][0], fields[2], {}};
  if (fields.size() > 3 && fields[3].size() > 2 && fields[3].front() == '[' && fields[3].back() == ']')
    line.module = fields[3].substr(1, fields[3].size() - 2);
  return line;
}

bool is_function(char type) {
  return type == 't' || type == 'T' || type == 'w' || type == 'W';
}

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// What stands between the traced function and the BPF program that took the stack.
bool is_tracing_glue(std::string_view function) {
  constexpr std::array<std::string_view, 10> kGlue = {
      "bpf_prog_",   "bpf_trace_run", "__bpf_trace_",   "bpf_trampoline_", "__traceiter_",
      "perf_trace_", "perf_call_bpf", "trace_call_bpf", "kprobe_",         "ftrace_"};
  constexpr std::array<std::string_view, 4> kMore = {"bpf_get_stack", "perf_trampoline", "__bpf_prog_",
                                                     "optimized_callback"};
  const auto matches = [&](std::string_view prefix) { return starts_with(function, prefix); };
  return std::any_of(kGlue.begin(), kGlue.end(), matches) || std::any_of(kMore.begin(), kMore.end(), matches);
}

}  // namespace

KernelSymbols KernelSymbols::parse(std::string text) {
  KernelSymbols result;
  result.text_ = std::move(text);
  const char* base = result.text_.data();
  for (const std::string_view piece : split(result.text_, '\n')) {
    const auto line = parse_line(piece);
    if (!line || line->address == 0 || !is_function(line->type)) continue;
    Symbol symbol{};
    symbol.address = line->address;
    symbol.name = static_cast<uint32_t>(line->name.data() - base);
    symbol.name_size = static_cast<uint32_t>(line->name.size());
    if (!line->module.empty()) {
      symbol.module = static_cast<uint32_t>(line->module.data() - base);
      symbol.module_size = static_cast<uint32_t>(line->module.size());
    }
    result.symbols_.push_back(symbol);
  }
  std::stable_sort(result.symbols_.begin(), result.symbols_.end(),
                   [](const Symbol& a, const Symbol& b) { return a.address < b.address; });
  return result;
}

KernelSymbols KernelSymbols::load(const std::string& path) {
  auto text = read_file(path);
  return text ? parse(std::move(*text)) : KernelSymbols();
}

const KernelSymbols::Symbol* KernelSymbols::find(uint64_t address) const {
  auto after = std::upper_bound(symbols_.begin(), symbols_.end(), address,
                                [](uint64_t a, const Symbol& symbol) { return a < symbol.address; });
  if (after == symbols_.begin()) return nullptr;
  --after;
  // The first of several names for one address: the kernel lists the proper one first.
  return &*std::lower_bound(symbols_.begin(), after + 1, after->address,
                            [](const Symbol& symbol, uint64_t a) { return symbol.address < a; });
}

std::string KernelSymbols::describe(uint64_t address) const {
  const Symbol* symbol = find(address);
  if (symbol == nullptr) return fmt::format("0x{:x}", address);
  std::string text =
      fmt::format("{}+0x{:x}", printable(std::string_view(text_).substr(symbol->name, symbol->name_size)),
                  address - symbol->address);
  if (symbol->module_size != 0)
    text +=
        fmt::format(" [{}]", printable(std::string_view(text_).substr(symbol->module, symbol->module_size)));
  return text;
}

std::string_view KernelSymbols::function(uint64_t address) const {
  const Symbol* symbol = find(address);
  return symbol == nullptr ? std::string_view()
                           : std::string_view(text_).substr(symbol->name, symbol->name_size);
}

Result<std::string> find_kernel_function(const std::string& name, const std::string& path) {
  BPFTAX_ASSIGN(const std::string text, read_file(path));
  const std::string clone = name + ".constprop.";
  std::vector<std::string> clones;
  // Looking for the name first is much faster than taking 150,000 lines apart.
  for (size_t at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
    if (at == 0 || text[at - 1] != ' ') continue;
    const size_t start = text.rfind('\n', at) + 1;  // npos + 1 = 0
    const auto line = parse_line(std::string_view(text).substr(start, text.find('\n', at) - start));
    if (!line || !is_function(line->type)) continue;
    if (line->name == name) return name;
    if (starts_with(line->name, clone)) clones.emplace_back(line->name);
  }
  if (clones.size() == 1) return clones.front();
  return fail(ErrorKind::kEnvironment, "the kernel has no such function", name,
              clones.empty() ? "not in " + path : "compiled into several clones: " + join(clones, ", "));
}

std::vector<std::string> format_stack(const KernelSymbols& symbols, const std::vector<uint64_t>& frames) {
  std::vector<std::string> lines;
  bool at_top = true;
  for (const uint64_t frame : frames) {
    if (frame == 0) break;
    if (at_top && is_tracing_glue(symbols.function(frame))) continue;
    at_top = false;
    lines.push_back("    " + symbols.describe(frame));
  }
  return lines;
}

}  // namespace bpftax
