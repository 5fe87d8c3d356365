// JSON helpers on nlohmann/json: parsing foreign text without exceptions, strict field access with errors
// that name the path. Headers that only mention Json include <nlohmann/json_fwd.hpp>.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "util/result.h"

// Compiled once, in json.cpp, instead of in each source.
extern template class nlohmann::basic_json<>;
extern template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace bpftax {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

struct JsonLimits {
  size_t max_bytes = 64u << 20;
  int max_depth = 64;  // nesting; nlohmann's parser and destructor recurse
  // Values, keys not counted. Each takes at most some 200 bytes of memory beside its own text ("[{},{}]" has
  // three bytes for one), so this many bound what a document of max_bytes can take.
  size_t max_values = 8'000'000;
};

// Parses foreign text: size, depth and number of values are checked first, NaN and duplicate garbage after
// the document is an error. `where` names the source in the error (file, host).
Result<Json> parse_json(std::string_view text, std::string_view where, JsonLimits limits = {});

// Field access: absent or null gives nullopt, a wrong type an error naming `key` (never a default).
Result<std::optional<double>> json_number(const Json& object, std::string_view key);
Result<std::optional<int64_t>> json_integer(const Json& object, std::string_view key);
Result<std::optional<std::string>> json_string(const Json& object, std::string_view key);
Result<std::optional<bool>> json_bool(const Json& object, std::string_view key);

// The same, but absent is an error too.
Result<double> require_number(const Json& object, std::string_view key);
Result<int64_t> require_integer(const Json& object, std::string_view key);
Result<std::string> require_string(const Json& object, std::string_view key);

// Follows "end.sum_received.bytes" through objects; nullptr when any step is missing or not an object.
const Json* find_path(const Json& object, std::string_view dotted_path);

// nullopt becomes null. Not finite becomes null too: JSON has no NaN.
Json json_or_null(const std::optional<double>& value);

// One line, no trailing newline; invalid UTF-8 is replaced, never thrown on.
std::string dump_line(const Json& value);
// Indented by 2, trailing newline.
std::string dump_pretty(const Json& value);

}  // namespace bpftax
