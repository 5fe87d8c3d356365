#include "config/fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

std::optional<bool> truth(const YamlNode& node) {
  if (node.quoted) return std::nullopt;
  std::string word = node.text;
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (word == "true" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "no" || word == "off") return false;
  return std::nullopt;
}

std::string range_text(double low, double high) {
  return fmt::format("{} to {}", low, high);
}

}  // namespace

std::string quote_name(const std::string& text) {
  return "'" + shorten(printable(text), 80) + "'";
}

tl::unexpected<Error> config_error(const ConfigPlace& place, std::string what, std::string why,
                                   std::string hint) {
  return fail(ErrorKind::kUsage, std::move(what), to_string(place), std::move(why), std::move(hint));
}

std::string hint_nearest(const std::string& name, const std::vector<std::string>& known,
                         const std::string& list_title) {
  if (const auto nearest = nearest_name(name, known)) return "did you mean " + quote_name(*nearest) + "?";
  if (known.empty()) return "";
  return list_title + " " + shorten(printable(join(known, ", ")), 300);
}

std::string describe(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kSequence:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a mapping";
    case YamlNode::Kind::kScalar:
      break;
  }
  return (node.quoted ? "the text " : "") + quote_name(node.text);
}

void ConfigFile::warn(const YamlNode& at, const std::string& text) const {
  warnings->push_back(to_string(place(at)) + ": " + text);
}

Fields::Fields(const YamlNode& node, const ConfigFile& file, std::string path)
    : node_(node), file_(file), path_(std::move(path)) {
  if (!node_.is_map())
    wrong(node_, "expected a mapping" + (path_.empty() ? std::string() : " at '" + path_ + "'"),
          "got " + describe(node_));
}

void Fields::wrong(const YamlNode& at, std::string what, std::string why, std::string hint) {
  if (!error_)
    error_ = config_error(file_.place(at), std::move(what), std::move(why), std::move(hint)).value();
}

void Fields::wrong_type(const std::string& key, const YamlNode& node, const std::string& expected) {
  wrong(node, "wrong type of '" + path(key) + "'", "expected " + expected + ", got " + describe(node));
}

void Fields::keep(Result<void> result) {
  if (!result && !error_) error_ = std::move(result.error());
}

const YamlNode* Fields::take(const char* key) {
  known_.emplace_back(key);
  return node_.is_map() ? node_.find(key) : nullptr;
}

const YamlNode* Fields::scalar(const char* key) {
  const YamlNode* found = take(key);
  if (found == nullptr || found->is_scalar()) return found;
  wrong_type(key, *found, "a text");
  return nullptr;
}

void Fields::text(const char* key, std::string& target) {
  if (const YamlNode* found = scalar(key)) target = found->text;
}

void Fields::required_text(const char* key, std::string& target) {
  const YamlNode* found = scalar(key);
  if (found == nullptr) return require(key);
  if (found->text.empty()) return wrong(*found, "'" + path(key) + "' is empty");
  target = found->text;
}

void Fields::require(const char* key) {
  if (has(key) || missing_) return;
  missing_ = config_error(file_.place(node_), std::string("missing key '") + key + "'",
                          path_.empty() ? "at the top of the file" : "in '" + path_ + "'")
                 .value();
}

void Fields::texts(const char* key, std::vector<std::string>& target) {
  const YamlNode* found = take(key);
  if (found == nullptr) return;
  target.clear();
  if (found->is_scalar()) {
    target.push_back(found->text);
    return;
  }
  if (!found->is_sequence()) return wrong_type(key, *found, "a list of texts");
  for (const YamlPtr& item : found->items) {
    if (!item->is_scalar()) return wrong_type(key, *item, "a text in the list");
    target.push_back(item->text);
  }
}

void Fields::integer(const char* key, int& target, int low, int high) {
  const YamlNode* found = take(key);
  if (found == nullptr) return;
  const auto value = found->is_scalar() && !found->quoted ? to_int64(found->text) : std::nullopt;
  if (!value) return wrong_type(key, *found, "a whole number");
  if (*value < low || *value > high)
    return wrong(*found, "'" + path(key) + "' is out of range",
                 fmt::format("{} is not {} to {}", *value, low, high));
  target = static_cast<int>(*value);
}

void Fields::number(const char* key, double& target, double low, double high) {
  const YamlNode* found = take(key);
  if (found == nullptr) return;
  const auto value = found->is_scalar() && !found->quoted ? to_double(found->text) : std::nullopt;
  if (!value) return wrong_type(key, *found, "a number");
  if (*value < low || *value > high)
    return wrong(*found, "'" + path(key) + "' is out of range",
                 found->text + " is not " + range_text(low, high));
  target = *value;
}

void Fields::seconds(const char* key, double& target, double low, double high) {
  const YamlNode* found = take(key);
  if (found == nullptr) return;
  std::optional<double> value;
  if (found->is_scalar()) {
    value = to_double(found->text);
    if (!value || found->quoted) {
      const auto parsed = parse_duration_s(found->text);
      value = parsed ? std::optional<double>(*parsed) : std::nullopt;
    }
  }
  if (!value) return wrong_type(key, *found, "seconds, or a duration as '500ms', '2s', '5m'");
  if (*value < low || *value > high)
    return wrong(*found, "'" + path(key) + "' is out of range",
                 found->text + " is not " + range_text(low, high) + " seconds");
  target = *value;
}

void Fields::boolean(const char* key, bool& target) {
  const YamlNode* found = take(key);
  if (found == nullptr) return;
  const auto value = found->is_scalar() ? truth(*found) : std::nullopt;
  if (!value) return wrong_type(key, *found, "true or false");
  target = *value;
}

void Fields::one_of(const char* key, std::string& target, const std::vector<std::string>& words) {
  const YamlNode* found = scalar(key);
  if (found == nullptr) return;
  if (std::find(words.begin(), words.end(), found->text) == words.end())
    return wrong(*found, "unknown value " + quote_name(found->text) + " of '" + path(key) + "'", "",
                 hint_nearest(found->text, words));
  target = found->text;
}

void Fields::ignored(const char* key, const std::string& why) {
  if (const YamlNode* found = take(key)) file_.warn(*found, "'" + path(key) + "' has no effect: " + why);
}

const YamlNode* Fields::map(const char* key) {
  const YamlNode* found = take(key);
  if (found == nullptr || found->is_map()) return found;
  wrong_type(key, *found, "a mapping");
  return nullptr;
}

const YamlNode* Fields::sequence(const char* key) {
  const YamlNode* found = take(key);
  if (found == nullptr || found->is_sequence()) return found;
  wrong_type(key, *found, "a list");
  return nullptr;
}

void Fields::fields(const char* key, const std::function<void(Fields&)>& read) {
  const YamlNode* found = map(key);
  if (found == nullptr) return;
  Fields inner(*found, file_, path(key));
  read(inner);
  keep(inner.done());
}

void Fields::each_entry(const char* key, const std::function<Result<void>(const YamlEntry&)>& handle) {
  const YamlNode* found = map(key);
  if (found == nullptr) return;
  for (const YamlEntry& entry : found->entries) {
    if (failed()) return;
    keep(handle(entry));
  }
}

void Fields::each_item(const char* key, const std::function<Result<void>(const YamlNode&, size_t)>& handle) {
  const YamlNode* found = sequence(key);
  if (found == nullptr) return;
  for (size_t i = 0; i < found->items.size() && !failed(); ++i) keep(handle(*found->items[i], i));
}

std::vector<const YamlEntry*> Fields::unknown() const {
  std::vector<const YamlEntry*> entries;
  for (const YamlEntry& entry : node_.entries) {
    if (std::find(known_.begin(), known_.end(), entry.key) == known_.end()) entries.push_back(&entry);
  }
  return entries;
}

Result<void> Fields::done() {
  if (error_) return tl::unexpected<Error>(*error_);
  const auto extra = unknown();
  if (!extra.empty()) {
    // Before a missing key: a misspelt one is both, and its own place says more.
    return config_error(file_.place(*extra[0]), "unknown key " + quote_name(extra[0]->key),
                        path_.empty() ? "at the top of the file" : "in '" + path_ + "'",
                        hint_nearest(extra[0]->key, known_));
  }
  if (missing_) return tl::unexpected<Error>(*missing_);
  return {};
}

}  // namespace bpftax
