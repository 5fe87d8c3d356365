#include "config/tool_scan.h"

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "config/yaml.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

namespace fs = std::filesystem;
constexpr size_t kMaxFiles = 200'000, kMaxFileBytes = 64u << 20;
constexpr int kMaxFolders = 32;  // inside each other

bool could_be_tool(const fs::directory_entry& entry, bool executable) {
  const std::string name = entry.path().filename().string();
  return executable || name.ends_with(".py") || name.ends_with(".bt") || name.ends_with(".o");
}

class FolderScan {
 public:
  FolderScan(const fs::path& root, ToolScan& result) : root_(root), result_(result) {}

  void run() {
    std::error_code error;
    fs::recursive_directory_iterator at(root_, fs::directory_options::skip_permission_denied, error);
    if (error) return skip(root_, error.message());
    for (const fs::recursive_directory_iterator end; at != end;) {
      look_at(at);
      at.increment(error);
      if (error) return skip(root_, error.message());
      if (result_.looked_at >= kMaxFiles) return skip(root_, "too many files: the rest was not looked at");
    }
  }

 private:
  void skip(const fs::path& path, const std::string& why) {
    result_.skipped.push_back(path.string() + ": " + why);
  }

  void look_at(fs::recursive_directory_iterator& at) {
    std::error_code error;
    const fs::directory_entry& entry = *at;
    const fs::file_status status = entry.symlink_status(error);  // of a link itself: neither is true
    if (error) return skip(entry.path(), error.message());
    const std::string name = entry.path().filename().string();
    if (fs::is_directory(status)) {
      if (name.starts_with(".") || name == "__pycache__" || at.depth() >= kMaxFolders)
        at.disable_recursion_pending();
      return;
    }
    if (!fs::is_regular_file(status)) return;
    ++result_.looked_at;
    const bool executable = (status.permissions() & fs::perms::owner_exec) != fs::perms::none;
    if (!could_be_tool(entry, executable)) return;
    const auto content = read_file(entry.path().string(), kMaxFileBytes);
    if (!content) return skip(entry.path(), content.error().why);
    FoundTool tool;
    if (!recognize_tool(name, executable, *content, tool)) return;
    tool.category = entry.path().parent_path().lexically_relative(root_).generic_string();
    result_.tools.push_back(std::move(tool));
  }

  fs::path root_;
  ToolScan& result_;
};

const FoundTool::Option* option_named(const FoundTool& tool, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    for (const FoundTool::Option& option : tool.options) {
      if (option.name == name && !option.flag) return &option;
    }
  }
  return nullptr;
}

bool has_word(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return text.find(word) != std::string::npos; });
}

// Folders and options that speak of guests.
bool is_for_guests(const FoundTool& tool) {
  return has_word(tool.category, {"vm", "vhost", "tun", "ovs"}) ||
         option_named(tool, {"--vm-interface", "--qemu-pid", "--vhost-pid"}) != nullptr;
}

// Options whose value the configuration knows, in the order in which they are written.
struct KnownOption {
  const char* name;
  const char* variable;
};
constexpr KnownOption kKnownOptions[] = {
    {"--internal-interface", "{INTERNAL_INTERFACE}"},
    {"--vm-interface", "{VM_INTERFACE}"},
    {"--phy-interface", "{PHY_INTERFACE}"},
    {"--phy-iface1", "{PHY_INTERFACE}"},
    {"--src-ip", "{SRC_IP}"},
    {"--dst-ip", "{DST_IP}"},
    {"--qemu-pid", "{QEMU_PID}"},
    {"--vhost-pid", "{vhost_pid}"},
    {"--interval", "1"},
};

std::vector<std::string> protocols_of(const FoundTool::Option& option) {
  std::vector<std::string> protocols;
  for (const char* protocol : {"tcp", "udp", "icmp"}) {
    const bool chosen = option.choices.empty() ? std::string_view(protocol) != "icmp"
                                               : std::find(option.choices.begin(), option.choices.end(),
                                                           protocol) != option.choices.end();
    if (chosen) protocols.emplace_back(protocol);
  }
  return protocols;
}

bool takes(const FoundTool::Option& option, const std::string& value) {
  return option.choices.empty() ||
         std::find(option.choices.begin(), option.choices.end(), value) != option.choices.end();
}

YamlNode entry_of(const FoundTool& tool, bool& uses_directions) {
  YamlNode parameters = yaml_map();
  std::vector<std::string> used;
  std::string text = tool.kind == FoundTool::Kind::kBcc        ? "python3 {path}"
                     : tool.kind == FoundTool::Kind::kBpftrace ? "bpftrace {path}"
                                                               : "{path}";
  const auto add = [&](const std::string& name, const std::string& value) {
    text += " " + name + " " + value;
    used.push_back(name);
    if (value == "{SRC_IP}" || value == "{DST_IP}" || value == "{direction}") uses_directions = true;
  };
  for (const KnownOption& known : kKnownOptions) {
    if (option_named(tool, {known.name}) != nullptr) add(known.name, known.variable);
  }
  const auto* direction = option_named(tool, {"--direction"});
  if (direction != nullptr && takes(*direction, "rx") && takes(*direction, "tx"))
    add("--direction", "{direction}");
  if (const auto* protocol = option_named(tool, {"--protocol", "--l4-protocol"})) {
    const auto protocols = protocols_of(*protocol);
    if (!protocols.empty()) {
      add(protocol->name, "{protocol}");
      yaml_add(parameters, "protocol", yaml_sequence(protocols));
    }
  }
  if (option_named(tool, {"--vhost-pid"}) != nullptr) {
    YamlNode list = yaml_plain("{vhost_pids}");
    list.quoted = true;
    yaml_add(parameters, "vhost_pid", std::move(list));
  }
  std::vector<std::string> open;
  for (const FoundTool::Option& option : tool.options) {
    if (option.required && std::find(used.begin(), used.end(), option.name) == used.end())
      open.push_back(printable(option.name));
  }
  YamlNode entry = yaml_map();
  yaml_add(entry, "script", yaml_text(tool.script));
  if (!open.empty()) yaml_add(entry, "description", yaml_text("needs a value for " + join(open, ", ")));
  yaml_add(entry, "template", yaml_text(text));
  if (!parameters.entries.empty()) yaml_add(entry, "parameters", std::move(parameters));
  return entry;
}

YamlNode directions_of(const std::string& environment) {
  const std::string local = "{" + environment + "_LOCAL_IP}", remote = "{" + environment + "_REMOTE_IP}";
  YamlNode directions = yaml_map();
  for (const bool receive : {true, false}) {
    YamlNode direction = yaml_map();
    YamlNode source = yaml_plain(receive ? remote : local),
             destination = yaml_plain(receive ? local : remote);
    source.quoted = destination.quoted = true;
    yaml_add(direction, "SRC_IP", std::move(source));
    yaml_add(direction, "DST_IP", std::move(destination));
    yaml_add(directions, receive ? "rx" : "tx", std::move(direction));
  }
  return directions;
}

}  // namespace

Result<ToolScan> scan_tools(const std::vector<std::string>& folders) {
  ToolScan scan;
  for (const std::string& folder : folders) {
    std::error_code error;
    const fs::path root = fs::canonical(folder, error);
    if (error || !fs::is_directory(root, error))
      return fail(ErrorKind::kUsage, "cannot look for tools", folder,
                  error ? error.message() : "it is no folder");
    FolderScan(root, scan).run();
  }
  std::sort(scan.tools.begin(), scan.tools.end(), [](const FoundTool& a, const FoundTool& b) {
    return std::tie(a.category, a.script) < std::tie(b.category, b.script);
  });
  const auto same = [](const FoundTool& a, const FoundTool& b) {
    return a.category == b.category && a.script == b.script;
  };
  scan.tools.erase(std::unique(scan.tools.begin(), scan.tools.end(), same), scan.tools.end());
  return scan;
}

std::string registry_text(const std::vector<FoundTool>& tools) {
  YamlNode categories = yaml_map();
  for (size_t first = 0; first < tools.size();) {
    size_t end = first;
    while (end < tools.size() && tools[end].category == tools[first].category) ++end;
    bool uses_directions = false, guests = false;
    YamlNode entries = yaml_sequence({});
    for (size_t i = first; i < end; ++i) {
      if (tools[i].kind == FoundTool::Kind::kObject) continue;
      guests = guests || is_for_guests(tools[i]);
      entries.items.push_back(std::make_shared<YamlNode>(entry_of(tools[i], uses_directions)));
    }
    if (!entries.items.empty()) {
      YamlNode category = yaml_map();
      const std::string environment = guests ? "vm" : "host";
      yaml_add(category, "environment", yaml_text(environment));
      if (uses_directions) yaml_add(category, "directions", directions_of(environment));
      yaml_add(category, "tools", std::move(entries));
      yaml_add(categories, tools[first].category, std::move(category));
    }
    first = end;
  }
  YamlNode registry = yaml_map();
  yaml_add(registry, "categories", std::move(categories));
  YamlNode root = yaml_map();
  yaml_add(root, "tools", std::move(registry));
  return yaml_document(root);
}

}  // namespace bpftax
