#include <algorithm>

#include "config/fields.h"
#include "config/variables.h"
#include "util/strings.h"

namespace bpftax {
namespace {

tl::unexpected<Error> bad_condition(std::string_view condition, const ConfigPlace& place,
                                    const std::string& why) {
  return config_error(place, "cannot read the condition " + quote_name(std::string(condition)), why,
                      "x is None, x is not None, x == \"v\", x != \"v\"");
}

// 'v' or "v" without escapes; nullopt when it is not one such text.
std::optional<std::string> quoted_text(std::string_view text) {
  if (text.size() < 2 || (text[0] != '\'' && text[0] != '"') || text.back() != text[0]) return std::nullopt;
  const std::string_view inner = text.substr(1, text.size() - 2);
  if (inner.find(text[0]) != std::string_view::npos) return std::nullopt;
  return std::string(inner);
}

}  // namespace

Result<bool> holds(std::string_view condition, const Variables& values, const ConfigPlace& place) {
  std::string_view rest = trim(condition);
  if (rest.empty()) return true;
  const size_t end = std::min(rest.find_first_of(" \t\r\n=!"), rest.size());
  const std::string name(rest.substr(0, end));
  rest = trim(rest.substr(end));
  const auto found = values.find(name);
  const auto words = split_blank(rest);
  const bool none = words == std::vector<std::string_view>{"is", "None"};
  const bool not_none = words == std::vector<std::string_view>{"is", "not", "None"};
  const bool equal = rest.starts_with("==");
  std::optional<std::string> wanted;
  if (!none && !not_none) {
    if (!equal && !rest.starts_with("!=")) return bad_condition(condition, place, "no known comparison");
    wanted = quoted_text(trim(rest.substr(2)));
    if (!wanted) return bad_condition(condition, place, "the value is not one text in quotes");
  }
  if (found == values.end()) {
    std::vector<std::string> names;
    for (const auto& [known, value] : values) names.push_back(known);
    return config_error(place, "unknown variable " + quote_name(name) + " in a condition", "",
                        hint_nearest(name, names));
  }
  if (none || not_none) return found->second.has_value() == not_none;
  return (found->second == wanted) == equal;
}

}  // namespace bpftax
