#include "config/legacy.h"

#include <algorithm>
#include <filesystem>

#include "config/cases.h"
#include "config/config_files.h"
#include "config/legacy_cases.h"
#include "config/sections.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

namespace fs = std::filesystem;
constexpr const char* kSshFile = "ssh-config.yaml";
constexpr const char* kEnvironmentFile = "test-env-config.yaml";
constexpr const char* kTestsFile = "performance-test-spec.yaml";
constexpr const char* kToolsFile = "ebpf-tools-config.yaml";

// One entry of ebpf_tools.
struct LegacyTool {
  std::string id, file;
  const YamlNode* file_node = nullptr;
  std::vector<int> case_ids;
  const YamlNode* ids_node = nullptr;
  std::vector<std::string> environments, performance_test_types;
  const YamlNode* environments_node = nullptr;
};

class LegacyLoader {
 public:
  explicit LegacyLoader(const std::string& folder) : folder_(folder) {}

  Result<CampaignConfig> load() {
    config_.format = CampaignConfig::Format::kLegacy;
    config_.origin = folder_;
    std::error_code error;
    config_.name = fs::canonical(folder_, error).filename().string();
    BPFTAX_TRY(read(kSshFile, [&](Fields& fields) { read_ssh(fields); }));
    BPFTAX_TRY(read(kEnvironmentFile, [&](Fields& fields) { read_environment_file(fields); }));
    BPFTAX_TRY(read(kTestsFile, [&](Fields& fields) { read_tests_file(fields); }));
    BPFTAX_TRY(read(kToolsFile, [&](Fields& fields) { read_tools_file(fields); }));
    // The format does not say it, but the commands do.
    config_.use_sudo = std::any_of(config_.cases.begin(), config_.cases.end(),
                                   [](const TestCase& each) { return each.command.starts_with("sudo "); });
    return std::move(config_);
  }

 private:
  template <class Read>
  Result<void> read(const char* name, Read read_fields) {
    const std::string path = (fs::path(folder_) / name).string();
    if (!path_exists(path))
      return fail(ErrorKind::kUsage, "cannot read the configuration", path, "it does not exist",
                  "the older format has four files: ssh-config.yaml, test-env-config.yaml, "
                  "performance-test-spec.yaml, ebpf-tools-config.yaml");
    BPFTAX_ASSIGN(const std::string text, read_config_file(path));
    BPFTAX_ASSIGN(const YamlPtr root, parse_yaml(text, path));
    config_.files.push_back(path);
    const ConfigFile file{path, &config_.warnings};
    Fields fields(*root, file, "");
    read_fields(fields);
    return fields.done();
  }

  template <class T>
  static void keep(Fields& fields, T& target, Result<T> result) {
    if (result) target = std::move(*result);
    if (!result) fields.keep(tl::unexpected<Error>(result.error()));
  }

  void read_ssh(Fields& fields) {
    fields.require("ssh_hosts");
    if (const YamlNode* hosts = fields.take("ssh_hosts"))
      keep(fields, config_.hosts, read_hosts(*hosts, fields.file(), "ssh_hosts"));
  }

  void read_environment_file(Fields& fields) {
    fields.require("test_environments");
    if (const YamlNode* node = fields.take("test_environments"))
      keep(fields, config_.environments,
           read_environments(*node, fields.file(), "test_environments", config_.hosts));
  }

  void read_tests_file(Fields& fields) {
    fields.require("performance_tests");
    if (const YamlNode* node = fields.take("performance_tests"))
      keep(fields, config_.performance_tests,
           read_performance_tests(*node, fields.file(), "performance_tests", 10));
    if (!fields.failed()) read_additions(fields, config_);
  }

  void read_tools_file(Fields& fields) {
    std::vector<std::string> ids;
    fields.require("ebpf_tools");
    fields.each_entry("ebpf_tools", [&](const YamlEntry& entry) -> Result<void> {
      LegacyTool tool;
      tool.id = entry.key;
      BPFTAX_TRY(read_tool(entry, fields.file(), tool));
      if (std::find(ids.begin(), ids.end(), tool.id) != ids.end())
        return config_error(fields.file().place(entry), "duplicate id " + quote_name(tool.id),
                            "of the tool '" + entry.key + "'");
      ids.push_back(tool.id);
      return add_cases(entry, tool, fields.file());
    });
  }

  // Either spelling: the keys in `testcase_source` and `test_associations`, or directly in the tool.
  static Result<void> read_tool(const YamlEntry& entry, const ConfigFile& file, LegacyTool& tool) {
    Fields fields(*entry.value, file, "ebpf_tools." + entry.key);
    fields.text("id", tool.id);
    fields.ignore("name");
    fields.ignore("description");
    fields.fields("resource_monitoring", [&](Fields& monitoring) {
      for (const char* key : {"enabled", "cpu", "memory", "memory_types", "log_size", "cpu_stats"})
        monitoring.ignore(key);
      bool enabled = true;
      monitoring.boolean("enabled", enabled);
      if (!enabled)
        file.warn(monitoring.node(),
                  "monitoring is switched for all tools together, in " + std::string(kTestsFile));
    });
    if (fields.has("testcase_source") && (fields.has("testcase_file") || fields.has("case_ids")))
      fields.wrong(*fields.take("testcase_source"), "the cases are named twice",
                   "in 'ebpf_tools." + entry.key + "'",
                   "testcase_source: {file, case_ids}, or testcase_file and case_ids");
    fields.fields("testcase_source", [&](Fields& source) { read_source(source, "file", tool); });
    if (!fields.has("testcase_source")) {
      read_source(fields, "testcase_file", tool);
    } else {
      fields.ignore("testcase_file");
      fields.ignore("case_ids");
    }
    fields.fields("test_associations", [&](Fields& inner) { read_associations(inner, tool); });
    read_associations(fields, tool);
    BPFTAX_TRY(fields.done());
    if (tool.environments.empty())
      return config_error(file.place(entry), "missing key 'applicable_environments'",
                          "in 'ebpf_tools." + entry.key + "'");
    return {};
  }

  static void read_source(Fields& fields, const char* file_key, LegacyTool& tool) {
    fields.required_text(file_key, tool.file);
    tool.file_node = fields.take(file_key);
    fields.require("case_ids");
    tool.ids_node = fields.take("case_ids");
    fields.each_item("case_ids", [&](const YamlNode& node, size_t) -> Result<void> {
      const auto id = node.is_scalar() && !node.quoted ? to_int64(node.text) : std::nullopt;
      if (!id || *id < 0 || *id > 1'000'000'000)
        return config_error(fields.file().place(node), "wrong type of '" + fields.path("case_ids") + "'",
                            "expected whole numbers, got " + describe(node));
      if (std::find(tool.case_ids.begin(), tool.case_ids.end(), static_cast<int>(*id)) != tool.case_ids.end())
        return config_error(fields.file().place(node), "duplicate id " + node.text,
                            "in '" + fields.path("case_ids") + "'");
      tool.case_ids.push_back(static_cast<int>(*id));
      return {};
    });
  }

  static void read_associations(Fields& fields, LegacyTool& tool) {
    fields.texts("applicable_environments", tool.environments);
    if (const YamlNode* node = fields.take("applicable_environments")) tool.environments_node = node;
    fields.texts("performance_test_types", tool.performance_test_types);
    fields.keep(check_performance_types(fields, "performance_test_types"));
  }

  Result<const std::vector<TestCase>*> testcase_file(const LegacyTool& tool, const ConfigFile& file) {
    const auto known = testcases_.find(tool.file);
    if (known != testcases_.end()) return &known->second;
    const auto path = path_below(folder_, tool.file);
    if (!path)
      return config_error(file.place(*tool.file_node),
                          "cannot use the testcase file " + quote_name(tool.file), path.error().why,
                          path.error().hint);
    BPFTAX_ASSIGN(const std::string text, read_config_file(*path));
    const std::string shown = (fs::path(folder_) / tool.file).string();
    BPFTAX_ASSIGN(const YamlPtr root, parse_yaml(text, shown));
    config_.files.push_back(shown);
    const ConfigFile source{shown, &config_.warnings};
    BPFTAX_ASSIGN(auto cases, read_testcase_file(*root, source));
    return &testcases_.emplace(tool.file, std::move(cases)).first->second;
  }

  Result<void> add_cases(const YamlEntry& entry, const LegacyTool& tool, const ConfigFile& file) {
    for (const std::string& name : tool.environments) {
      if (config_.environment(name) != nullptr) continue;
      std::vector<std::string> names;
      for (const ConfiguredEnvironment& each : config_.environments) names.push_back(each.name);
      return config_error(file.place(*tool.environments_node), "unknown environment " + quote_name(name),
                          "in 'ebpf_tools." + entry.key + "'", hint_nearest(name, names));
    }
    BPFTAX_ASSIGN(const auto* cases, testcase_file(tool, file));
    for (const int id : tool.case_ids) {
      const auto found =
          std::find_if(cases->begin(), cases->end(), [&](const TestCase& each) { return each.id == id; });
      if (found == cases->end())
        return config_error(file.place(*tool.ids_node), "no case " + std::to_string(id),
                            "in " + quote_name(tool.file) + ", which has " + std::to_string(cases->size()));
      for (const std::string& environment : tool.environments) {
        TestCase made = *found;
        made.tool_id = tool_id_of(tool.id + ".");  // an id is no file name: nothing to cut off
        made.environment = environment;
        made.performance_test_types = tool.performance_test_types;
        config_.cases.push_back(std::move(made));
      }
    }
    return {};
  }

  std::string folder_;
  CampaignConfig config_;
  std::map<std::string, std::vector<TestCase>> testcases_;
};

}  // namespace

bool is_legacy_folder(const std::string& folder) {
  for (const char* name : {kSshFile, kEnvironmentFile, kTestsFile, kToolsFile}) {
    if (path_exists((fs::path(folder) / name).string())) return true;
  }
  return false;
}

Result<CampaignConfig> load_legacy(const std::string& folder) {
  return LegacyLoader(folder).load();
}

}  // namespace bpftax
