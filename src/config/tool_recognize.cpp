// Which files are eBPF tools, told from their content alone.
#include <elf.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "config/tool_scan.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr size_t kMaxCall = 4000;  // bytes of one add_argument(...)
constexpr size_t kMaxOptions = 200;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Lines that import bcc, without a regular expression over foreign text.
bool imports_bcc(std::string_view content) {
  for (std::string_view line : split(content, '\n')) {
    line = trim(line);
    if (line.starts_with("from bcc import") || line.starts_with("from bcc.") || line == "import bcc" ||
        line.starts_with("import bcc ") || line.starts_with("import bcc,") || line.starts_with("import bcc."))
      return true;
  }
  return false;
}

struct ElfKind {
  bool elf = false;
  uint16_t type = 0, machine = 0;
};

ElfKind elf_kind(std::string_view content) {
  ElfKind kind;
  if (content.size() < sizeof(Elf32_Ehdr) || content.substr(0, SELFMAG) != std::string_view(ELFMAG, SELFMAG))
    return kind;
  const bool big = content[EI_DATA] == ELFDATA2MSB;
  const auto half = [&](size_t at) {
    const auto first = static_cast<unsigned char>(content[at]),
               second = static_cast<unsigned char>(content[at + 1]);
    return static_cast<uint16_t>(big ? first << 8u | second : second << 8u | first);
  };
  kind.elf = true;
  kind.type = half(offsetof(Elf64_Ehdr, e_type));  // the same offsets in 32 and 64 bits
  kind.machine = half(offsetof(Elf64_Ehdr, e_machine));
  return kind;
}

// One Python string literal at text[at]; moves at behind it. nullopt: none there.
std::optional<std::string> string_literal(std::string_view text, size_t& at) {
  const char quote = at < text.size() ? text[at] : '\0';
  if (quote != '"' && quote != '\'') return std::nullopt;
  std::string value;
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      value += text[++i];
    } else if (text[i] == quote) {
      at = i + 1;
      return value;
    } else {
      value += text[i];
    }
  }
  return std::nullopt;
}

// The text between the parentheses of the call that begins at `open`.
std::string_view arguments_of(std::string_view content, size_t open) {
  int depth = 0;
  const size_t limit = std::min(content.size(), open + kMaxCall);
  for (size_t at = open; at < limit;) {
    if (string_literal(content, at)) continue;
    if (content[at] == '(' || content[at] == '[' || content[at] == '{') ++depth;
    if (content[at] == ')' || content[at] == ']' || content[at] == '}') --depth;
    if (depth == 0) return content.substr(open + 1, at - open - 1);
    ++at;
  }
  return {};
}

// The text of `name=...` up to the next comma outside of brackets; "" when it is not there.
std::string_view keyword(std::string_view arguments, const std::string& name) {
  int depth = 0;
  bool begins = true;
  for (size_t at = 0; at < arguments.size();) {
    if (string_literal(arguments, at)) {
      begins = false;
      continue;
    }
    const char c = arguments[at];
    if (depth == 0 && begins && arguments.substr(at).starts_with(name)) {
      const std::string_view rest = trim(arguments.substr(at + name.size()));
      if (rest.starts_with("=")) {
        size_t end = 0;
        int inner = 0;
        const std::string_view value = rest.substr(1);
        while (end < value.size() && (inner > 0 || value[end] != ',')) {
          if (string_literal(value, end)) continue;
          if (value[end] == '(' || value[end] == '[') ++inner;
          if (value[end] == ')' || value[end] == ']') --inner;
          ++end;
        }
        return trim(value.substr(0, end));
      }
    }
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (c == ',') {
      begins = true;
    } else if (c != ' ' && c != '\n' && c != '\t') {
      begins = false;
    }
    ++at;
  }
  return {};
}

std::vector<std::string> literals_in(std::string_view text) {
  std::vector<std::string> values;
  for (size_t at = 0; at < text.size();) {
    if (auto value = string_literal(text, at)) {
      values.push_back(std::move(*value));
    } else {
      ++at;
    }
  }
  return values;
}

std::optional<FoundTool::Option> option_of(std::string_view arguments) {
  FoundTool::Option option;
  for (size_t at = 0; at < arguments.size();) {
    const auto name = string_literal(arguments, at);
    if (!name) {
      if (arguments[at] != ',' && arguments[at] != ' ' && arguments[at] != '\n' && arguments[at] != '\t')
        break;
      ++at;
      continue;
    }
    if (option.name.empty() || name->starts_with("--")) option.name = *name;
  }
  if (option.name.empty()) return std::nullopt;
  option.choices = literals_in(keyword(arguments, "choices"));
  option.flag = keyword(arguments, "action").find("store_") != std::string_view::npos;
  option.required =
      keyword(arguments, "required") == "True" ||
      (option.name[0] != '-' && keyword(arguments, "nargs").empty() && keyword(arguments, "default").empty());
  return option;
}

std::vector<FoundTool::Option> options_in(std::string_view content) {
  std::vector<FoundTool::Option> options;
  for (const std::string_view call : {std::string_view("add_argument("), std::string_view("add_option(")}) {
    size_t at = 0;
    while ((at = content.find(call, at)) != std::string_view::npos && options.size() < kMaxOptions) {
      at += call.size();
      if (auto option = option_of(arguments_of(content, at - 1))) options.push_back(std::move(*option));
    }
  }
  return options;
}

}  // namespace

const char* to_string(FoundTool::Kind kind) {
  switch (kind) {
    case FoundTool::Kind::kBcc:
      return "BCC program";
    case FoundTool::Kind::kBpftrace:
      return "bpftrace script";
    case FoundTool::Kind::kObject:
      return "BPF object file";
    case FoundTool::Kind::kExecutable:
      return "executable";
  }
  return "";
}

bool recognize_tool(const std::string& name, bool executable, std::string_view content, FoundTool& tool) {
  tool.script = name;
  const ElfKind elf = elf_kind(content);
  if (elf.elf) {
    if (elf.machine == EM_BPF) {
      tool.kind = FoundTool::Kind::kObject;
      tool.evidence = "ELF machine is BPF";
      return true;
    }
    if (!executable || (elf.type != ET_EXEC && elf.type != ET_DYN) || contains(name, ".so")) return false;
    static constexpr std::array<std::string_view, 5> kMarks = {"libbpf.so", "libbcc.so", "bpf_object__load",
                                                               "bpf_object__open", "bpf_prog_load"};
    for (const std::string_view mark : kMarks) {
      if (!contains(content, mark)) continue;
      tool.kind = FoundTool::Kind::kExecutable;
      tool.evidence = "has " + std::string(mark);
      return true;
    }
    return false;
  }
  if (name.ends_with(".bt")) {
    tool.kind = FoundTool::Kind::kBpftrace;
    tool.evidence = "its name";
    return !content.empty();
  }
  if (!name.ends_with(".py") || !imports_bcc(content) || !contains(content, "BPF(")) return false;
  tool.kind = FoundTool::Kind::kBcc;
  tool.evidence = "imports bcc and uses BPF(";
  tool.options = options_in(content);
  return true;
}

}  // namespace bpftax
