#include "plan/workflow_filter.h"

#include <algorithm>
#include <functional>

#include "util/strings.h"

namespace bpftax {
namespace {

struct Dimension {
  const char* name;    // "tool"
  const char* option;  // "--tools"
  const std::vector<std::string>& wanted;
  // The words under which a case can be asked for; the first is the one that is listed to people.
  std::function<std::vector<std::string>(const TestCase&)> words;
};

// "a/b/c" -> "a/b/c", "a/b", "a"
std::vector<std::string> leading_parts(std::string category) {
  std::vector<std::string> parts = {category};
  for (size_t slash = category.rfind('/'); slash != std::string::npos && slash > 0;
       slash = category.rfind('/')) {
    category.resize(slash);
    parts.push_back(category);
  }
  return parts;
}

bool has_word(const std::vector<std::string>& words, std::string wanted) {
  while (wanted.size() > 1 && wanted.back() == '/') wanted.pop_back();
  return !wanted.empty() && std::find(words.begin(), words.end(), wanted) != words.end();
}

bool fits(const Dimension& dimension, const TestCase& test_case) {
  if (dimension.wanted.empty()) return true;
  const auto words = dimension.words(test_case);
  return std::any_of(dimension.wanted.begin(), dimension.wanted.end(),
                     [&](const std::string& wanted) { return has_word(words, wanted); });
}

Result<void> check_words(const CampaignConfig& config, const Dimension& dimension) {
  if (dimension.wanted.empty()) return {};
  std::vector<std::string> known, listed;
  const auto add = [](std::vector<std::string>& to, const std::string& word) {
    if (!word.empty() && std::find(to.begin(), to.end(), word) == to.end()) to.push_back(word);
  };
  for (const TestCase& test_case : config.cases) {
    const auto words = dimension.words(test_case);
    for (const std::string& word : words) add(known, word);
    add(listed, words.front());
  }
  for (const std::string& wanted : dimension.wanted) {
    if (has_word(known, wanted)) continue;
    const auto nearest = nearest_name(wanted, known);
    return fail(ErrorKind::kUsage, std::string("no case of this ") + dimension.name,
                std::string(dimension.option) + " " + printable(wanted),
                "there are: " + shorten(printable(join(listed, ", ")), 600),
                nearest ? "did you mean '" + printable(*nearest) + "'?" : "");
  }
  return {};
}

}  // namespace

Result<std::vector<const TestCase*>> filtered_cases(const CampaignConfig& config,
                                                    const WorkflowFilter& filter) {
  const std::vector<Dimension> dimensions = {
      {"tool", "--tools", filter.tools,
       [](const TestCase& each) {
         return std::vector<std::string>{each.tool_id, each.script};
       }},
      {"environment", "--environments", filter.environments,
       [](const TestCase& each) { return std::vector<std::string>{each.environment}; }},
      {"category", "--category", filter.categories,
       [](const TestCase& each) { return leading_parts(each.category); }},
      {"protocol", "--protocol", filter.protocols,
       [](const TestCase& each) { return std::vector<std::string>{each.protocol()}; }},
      {"direction", "--direction", filter.directions,
       [](const TestCase& each) { return std::vector<std::string>{each.direction()}; }},
  };
  for (const Dimension& dimension : dimensions) BPFTAX_TRY(check_words(config, dimension));
  std::vector<const TestCase*> cases;
  for (const TestCase& test_case : config.cases) {
    if (std::all_of(dimensions.begin(), dimensions.end(),
                    [&](const Dimension& dimension) { return fits(dimension, test_case); }))
      cases.push_back(&test_case);
  }
  if (!cases.empty() || config.cases.empty()) return cases;
  std::vector<std::string> used;
  for (const Dimension& dimension : dimensions) {
    if (!dimension.wanted.empty())
      used.push_back(std::string(dimension.option) + " " + printable(join(dimension.wanted, ",")));
  }
  return fail(ErrorKind::kUsage, "no case is left", join(used, " "),
              "each of them fits some case, but none fits all",
              "leave one of the filters out; bpftax cases CONFIG lists all cases");
}

}  // namespace bpftax
