#include "bench/conditions/conditions.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "bench/conditions/machine_condition.h"
#include "bench/conditions/own_machine.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

// Words of a list separated by commas; none may be empty or come twice. "" is the empty list.
Result<std::vector<std::string>> parse_words(const char* option, const std::string& text) {
  std::vector<std::string> words;
  if (text.empty()) return words;
  for (const std::string_view part : split(text, ',')) {
    std::string word(trim(part));
    if (word.empty() || std::find(words.begin(), words.end(), word) != words.end()) {
      return fail(ErrorKind::kUsage, fmt::format("cannot use {}", option), "'" + printable(text) + "'",
                  word.empty() ? "a word is missing" : "'" + printable(word) + "' is in it twice");
    }
    words.push_back(std::move(word));
  }
  return words;
}

// One nullopt where nothing was asked for.
Result<std::vector<std::optional<bool>>> parse_switch(const char* option, const std::string& text) {
  BPFTAX_ASSIGN(const auto words, parse_words(option, text));
  std::vector<std::optional<bool>> states;
  for (const std::string& word : words) {
    if (word != "on" && word != "off") {
      return fail(ErrorKind::kUsage, fmt::format("cannot use {}", option), "'" + printable(word) + "'", "",
                  fmt::format("{0} on, {0} off, or {0} on,off", option));
    }
    states.emplace_back(word == "on");
  }
  if (states.empty()) states.emplace_back();
  return states;
}

Result<std::vector<std::string>> parse_governors(const std::string& text) {
  BPFTAX_ASSIGN(auto words, parse_words("--governor", text));
  for (const std::string& word : words) {
    if (!valid_cpu_setting_value(word)) {
      return fail(ErrorKind::kUsage, "cannot use --governor", "'" + printable(word) + "'", "that is no name",
                  "--governor performance,powersave");
    }
  }
  if (words.empty()) words.emplace_back();
  return words;
}

}  // namespace

void add_condition_options(CLI::App& command, ConditionOptions& options) {
  command
      .add_option("--load", options.loads,
                  "measure under a load: cpu:80, mem:75, io, net, idle; several, compared in one run: "
                  "idle,cpu:80; together: cpu:80+mem:75")
      ->type_name("LOAD[,LOAD]")
      ->take_all()
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option("--cstates", options.cstates,
                  "with idle states of the CPUs allowed, forbidden, or one and the other")
      ->type_name("on|off|on,off");
  command
      .add_option("--pstates", options.pstates,
                  "with frequencies that follow the load, one frequency, or both")
      ->type_name("on|off|on,off");
  command.add_option("--governor", options.governors, "frequency governors to compare")
      ->type_name("NAME[,NAME]");
}

Result<std::vector<std::unique_ptr<Condition>>> make_conditions(const ConditionOptions& options,
                                                                const ConditionPlace& place) {
  BPFTAX_ASSIGN(const auto loads, parse_loads(options.loads));
  BPFTAX_ASSIGN(const auto cstates, parse_switch("--cstates", options.cstates));
  BPFTAX_ASSIGN(const auto pstates, parse_switch("--pstates", options.pstates));
  BPFTAX_ASSIGN(const auto governors, parse_governors(options.governors));
  if (!options.pstates.empty() && !options.governors.empty()) {
    return fail(ErrorKind::kUsage, "--pstates and --governor cannot be used together", "",
                "each of them chooses the governor", "use one of the two");
  }
  std::vector<std::unique_ptr<Condition>> conditions;
  for (const LoadSpec& load : loads) {
    for (const auto& cstate : cstates) {
      for (const auto& pstate : pstates) {
        for (const std::string& governor : governors)
          conditions.push_back(make_machine_condition(load, {cstate, pstate, governor}, place));
      }
    }
  }
  return conditions;
}

Result<std::vector<std::unique_ptr<Condition>>> make_conditions(const ConditionOptions& options) {
  return make_conditions(options, own_machine());
}

}  // namespace bpftax::bench
