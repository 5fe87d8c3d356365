// Reads the fields of one mapping of a configuration file, strictly. An absent field leaves the target as it
// is. The first error is kept, so that a reader is a list of fields followed by `BPFTAX_TRY(fields.done())`;
// done() also refuses the keys that nobody asked for, naming the nearest known one. The node must outlive it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/yaml.h"
#include "util/result.h"

namespace bpftax {

// What all readers of one file share.
struct ConfigFile {
  std::string name;                              // for messages
  std::vector<std::string>* warnings = nullptr;  // required
  void warn(const YamlNode& at, const std::string& text) const;
  ConfigPlace place(const YamlNode& node) const { return {name, node.line, node.column}; }
  ConfigPlace place(const YamlEntry& entry) const { return {name, entry.line, entry.column}; }
};

tl::unexpected<Error> config_error(const ConfigPlace& place, std::string what, std::string why = {},
                                   std::string hint = {});
// "did you mean 'x'?", or the list of all.
std::string hint_nearest(const std::string& name, const std::vector<std::string>& known,
                         const std::string& list_title = "known are");
std::string quote_name(const std::string& text);  // 'text', printable, not endless

class Fields {
 public:
  // path: "tools.categories.ovs", for messages; "" at the top of a file.
  Fields(const YamlNode& node, const ConfigFile& file, std::string path);

  bool has(const char* key) const { return node_.is_map() && node_.find(key) != nullptr; }
  void text(const char* key, std::string& target);
  void required_text(const char* key, std::string& target);       // not empty either
  void texts(const char* key, std::vector<std::string>& target);  // a list, or one text
  void integer(const char* key, int& target, int low, int high);
  void number(const char* key, double& target, double low, double high);
  void seconds(const char* key, double& target, double low, double high);  // a number, or "500ms", "2m"
  void boolean(const char* key, bool& target);
  void one_of(const char* key, std::string& target, const std::vector<std::string>& words);
  void ignore(const char* key) { take(key); }
  void ignored(const char* key, const std::string& why);  // with a warning when it is there

  const YamlNode* take(const char* key);  // any kind; nullptr when absent or null
  // The mapping, sequence or text at key, an error when it is something else.
  const YamlNode* map(const char* key);
  const YamlNode* sequence(const char* key);
  void fields(const char* key, const std::function<void(Fields&)>& read);  // a mapping, read by `read`
  void require(const char* key);                                           // an error when it is absent
  // Calls handle for each entry of the mapping at key, each item of the list.
  void each_entry(const char* key, const std::function<Result<void>(const YamlEntry&)>& handle);
  void each_item(const char* key, const std::function<Result<void>(const YamlNode&, size_t)>& handle);

  void wrong(const YamlNode& at, std::string what, std::string why = {}, std::string hint = {});
  void keep(Result<void> result);
  bool failed() const { return error_.has_value(); }
  std::string path(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }
  const std::string& own_path() const { return path_; }
  const YamlNode& node() const { return node_; }
  const ConfigFile& file() const { return file_; }
  // Also refuses unknown keys.
  Result<void> done();
  // Those that nobody asked for so far.
  std::vector<const YamlEntry*> unknown() const;

 private:
  const YamlNode* scalar(const char* key);
  void wrong_type(const std::string& key, const YamlNode& node, const std::string& expected);

  const YamlNode& node_;
  const ConfigFile& file_;
  std::string path_;
  std::vector<std::string> known_;
  std::optional<Error> error_, missing_;
};

std::string describe(const YamlNode& node);  // "a list", "the text 'x'", "nothing"

}  // namespace bpftax
