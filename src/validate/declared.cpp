#include "validate/declared.h"

#include "util/json.h"
#include "util/strings.h"
#include "validate/checks.h"

namespace bpftax {
namespace {

// Members of an array in a JSON file of the tree; none when there is no such thing.
std::vector<Json> members(const ResultTree& tree, const char* file, const char* array) {
  if (tree.find(file) == nullptr) return {};
  const auto text = tree.read(file, kMaxTextBytes);
  const auto json = text ? parse_json(*text, file) : tl::unexpected<Error>(text.error());
  if (!json) return {};
  const Json* found = find_path(*json, array);
  return found != nullptr && found->is_array() ? found->get<std::vector<Json>>() : std::vector<Json>();
}

std::string text_of(const Json& json, const char* key) {
  return json.is_object() ? json_string(json, key).value_or(std::nullopt).value_or("") : "";
}

}  // namespace

std::map<std::string, std::string> declared_failures(const ResultTree& tree) {
  std::map<std::string, std::string> reasons;  // by cycle
  for (const Json& subject : members(tree, "result.json", "subjects")) {
    const std::string id = text_of(subject, "id"), status = text_of(subject, "status");
    if (status == "failed" || status == "invalid")
      reasons[id.substr(id.find('/') + 1)] = text_of(subject, "reason");
  }
  std::map<std::string, std::string> folders;
  for (const Json& cycle : members(tree, "plan.json", "test_sequence")) {
    const auto reason = reasons.find(text_of(cycle, "cycle_id"));
    const std::string path = text_of(cycle, "result_path");
    const size_t at = path.find("ebpf/");
    if (reason != reasons.end() && at != std::string::npos) folders[path.substr(at)] = reason->second;
  }
  return folders;
}

}  // namespace bpftax
