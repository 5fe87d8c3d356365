// The options of a command, as data: whoever has options names them here, and only the command itself knows
// the library that parses them (which is slow to compile).
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace bpftax {

struct OptionSpec {
  std::string name;  // "--protocol"
  std::string* text =
      nullptr;           // where the typed text goes; what stands there is the default, shown unless empty
  bool* flag = nullptr;  // instead of text: set when the option is there
  std::string type;      // "P", in the help
  std::string help;
  std::string group;
  bool required = false;
};

class OptionSet {
 public:
  void add(std::string name, std::string& text, std::string type, std::string help) {
    options_.push_back({std::move(name), &text, nullptr, std::move(type), std::move(help), group_, false});
  }
  void add_required(std::string name, std::string& text, std::string type, std::string help) {
    add(std::move(name), text, std::move(type), std::move(help));
    options_.back().required = true;
  }
  void add_flag(std::string name, bool& flag, std::string help) {
    options_.push_back({std::move(name), nullptr, &flag, {}, std::move(help), group_, false});
  }
  // Heading of the options that follow.
  void begin_group(std::string group) { group_ = std::move(group); }
  const std::vector<OptionSpec>& options() const { return options_; }

 private:
  std::string group_ = "Of this tool";
  std::vector<OptionSpec> options_;
};

}  // namespace bpftax
