// Looks for eBPF tools in folders and proposes registry entries for them. Files are read, never run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace bpftax {

struct FoundTool {
  enum class Kind { kBcc, kBpftrace, kObject, kExecutable };
  Kind kind = Kind::kBcc;
  std::string category;  // its folder, relative to the one that was searched; "." for that one itself
  std::string script;    // file name
  std::string evidence;  // what in the file says so
  // For a BCC tool, from its argparse text.
  struct Option {
    std::string name;                  // "--src-ip"; a positional has no dashes
    std::vector<std::string> choices;  // empty: not limited
    bool required = false;
    bool flag = false;  // takes no value
  };
  std::vector<Option> options;
};
const char* to_string(FoundTool::Kind kind);

struct ToolScan {
  std::vector<FoundTool> tools;      // by category, then script
  size_t looked_at = 0;              // files
  std::vector<std::string> skipped;  // what could not be read, with the reason
};

// Links are not followed, hidden folders not entered. kUsage when a folder is none.
Result<ToolScan> scan_tools(const std::vector<std::string>& folders);

// What a file of this name and content is; for tests and fuzzing. False: no eBPF tool.
bool recognize_tool(const std::string& name, bool executable, std::string_view content, FoundTool& tool);

// The registry, `tools:` of a full configuration, as YAML text. An object file has no program that loads it:
// it is left out here.
std::string registry_text(const std::vector<FoundTool>& tools);

}  // namespace bpftax
