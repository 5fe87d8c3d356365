#include "discover/qemu.h"

#include <algorithm>
#include <cctype>
#include <cstdint>

#include "discover/links.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using Options = std::map<std::string, std::string>;

constexpr int kMaxQueues = 256;  // MAX_TAP_QUEUES of the kernel

// "tap,id=n0,script=no" -> { "": "tap", "id": "n0", "script": "no" }; ",," is a comma in a value.
Options key_values(std::string_view text) {
  Options options;
  std::string word;
  const auto take = [&] {
    const size_t equals = word.find('=');
    if (equals != std::string::npos) {
      options[word.substr(0, equals)] = word.substr(equals + 1);
    } else if (!word.empty()) {
      // The first word may leave out its key; a later one is a switch.
      options.emplace(options.empty() ? "" : word, options.empty() ? word : "on");
    }
    word.clear();
  };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',' && i + 1 < text.size() && text[i + 1] == ',') {
      word += ',';
      ++i;
    } else if (text[i] == ',') {
      take();
    } else {
      word += text[i];
    }
  }
  take();
  return options;
}

// The same from a JSON object; what is no scalar is left out.
Options json_values(std::string_view text) {
  Options options;
  const auto json = parse_json(text, "QEMU option", {1u << 20, 16});
  if (!json || !json->is_object()) return options;
  for (const auto& [key, value] : json->items()) {
    if (value.is_string()) options[key] = value.get<std::string>();
    if (value.is_boolean()) options[key] = value.get<bool>() ? "on" : "off";
    if (value.is_number_integer()) options[key] = std::to_string(value.get<int64_t>());
  }
  return options;
}

Options options_of(std::string_view text, const char* first_key) {
  if (!text.empty() && text[0] == '{') return json_values(text);
  Options options = key_values(text);
  if (const auto first = options.find(""); first != options.end()) {
    options.emplace(first_key, first->second);
    options.erase("");
  }
  return options;
}

std::string value_of(const Options& options, const char* key) {
  const auto found = options.find(key);
  return found == options.end() ? "" : found->second;
}

// "fd=32" or "fds=32:34"; names of descriptors handed over a socket are not numbers and left out.
std::vector<int> descriptors(const Options& options, const char* one, const char* several) {
  std::vector<int> fds;
  for (const std::string& text : {value_of(options, one), value_of(options, several)}) {
    for (const std::string_view part : split(text, ':')) {
      const auto fd = to_int64(part);
      if (fd && *fd >= 0 && *fd < (1 << 30)) fds.push_back(static_cast<int>(*fd));
    }
  }
  return fds;
}

QemuNetdev netdev_from(const Options& options) {
  QemuNetdev netdev;
  netdev.id = value_of(options, "id");
  netdev.type = value_of(options, "type");
  netdev.ifname = value_of(options, "ifname");
  netdev.fds = descriptors(options, "fd", "fds");
  const auto vhost_fds = descriptors(options, "vhostfd", "vhostfds");
  const std::string vhost = value_of(options, "vhost");
  netdev.vhost = netdev.type == "tap" && vhost != "off" &&
                 (vhost == "on" || !vhost_fds.empty() || value_of(options, "vhostforce") == "on");
  const auto queues = to_int64(value_of(options, "queues"));
  if (queues && *queues > 0) netdev.queues = static_cast<int>(std::min<int64_t>(*queues, kMaxQueues));
  const size_t handed = std::max(netdev.fds.size(), vhost_fds.size());
  if (handed > 0) netdev.queues = static_cast<int>(std::min<size_t>(handed, kMaxQueues));
  return netdev;
}

QemuNic nic_from(const Options& options) {
  return {value_of(options, "id"), value_of(options, "driver"), lower_case(value_of(options, "mac")),
          value_of(options, "netdev")};
}

void take_nic(const std::string& text, QemuCommand& command) {
  const Options options = options_of(text, "type");
  QemuNetdev netdev = netdev_from(options);
  if (netdev.type == "none") return;
  if (netdev.id.empty()) netdev.id = "#nic" + std::to_string(command.netdevs.size());
  command.nics.push_back(
      {netdev.id, value_of(options, "model"), lower_case(value_of(options, "mac")), netdev.id});
  command.netdevs.push_back(std::move(netdev));
}

void take_device(const std::string& text, QemuCommand& command) {
  const Options options = options_of(text, "driver");
  const std::string driver = value_of(options, "driver");
  if (driver.substr(0, 11) == "vhost-vsock" || driver.substr(0, 10) == "vhost-scsi")
    ++command.other_vhost_threads;
  if (options.count("netdev") != 0) command.nics.push_back(nic_from(options));
}

}  // namespace

const QemuNetdev* QemuCommand::netdev(const std::string& id) const {
  const auto found =
      std::find_if(netdevs.begin(), netdevs.end(), [&](const QemuNetdev& each) { return each.id == id; });
  return id.empty() || found == netdevs.end() ? nullptr : &*found;
}

const QemuNic* QemuCommand::nic_with_mac(const std::string& mac) const {
  const auto found =
      std::find_if(nics.begin(), nics.end(), [&](const QemuNic& each) { return each.mac == mac; });
  return mac.empty() || found == nics.end() ? nullptr : &*found;
}

QemuCommand parse_qemu_command(std::string_view cmdline) {
  QemuCommand command;
  const auto words = split(cmdline, '\0');
  if (!words.empty()) command.program = words[0];
  for (size_t i = 1; i + 1 < words.size(); ++i) {
    std::string_view option = words[i];
    if (option.substr(0, 2) == "--") option.remove_prefix(1);
    const std::string value(words[i + 1]);
    if (option == "-uuid") {
      command.uuid = lower_case(value);
    } else if (option == "-netdev") {
      command.netdevs.push_back(netdev_from(options_of(value, "type")));
    } else if (option == "-nic") {
      take_nic(value, command);
    } else if (option == "-device") {
      take_device(value, command);
    } else {
      continue;
    }
    ++i;
  }
  return command;
}

std::map<int, std::string> parse_tap_fds(std::string_view text) {
  constexpr std::string_view kFolder = "/fdinfo/", kKey = ":iff:";
  std::map<int, std::string> taps;
  for (const std::string_view line : split(text, '\n')) {
    const size_t folder = line.find(kFolder), key = line.find(kKey);
    if (folder == std::string_view::npos || key == std::string_view::npos || key < folder + kFolder.size())
      continue;
    const auto fd = to_int64(line.substr(folder + kFolder.size(), key - folder - kFolder.size()));
    const std::string_view name = trim(line.substr(key + kKey.size()));
    if (fd && *fd >= 0 && *fd < (1 << 30) && !name.empty()) taps[static_cast<int>(*fd)] = name;
  }
  return taps;
}

std::set<std::string> taps_of(const QemuNetdev& netdev, const std::map<int, std::string>& fds) {
  if (netdev.type != "tap") return {};
  if (!netdev.ifname.empty() && netdev.ifname.find('%') == std::string::npos) return {netdev.ifname};
  std::set<std::string> taps;
  for (const int fd : netdev.fds) {
    if (const auto found = fds.find(fd); found != fds.end()) taps.insert(found->second);
  }
  return taps;
}

std::vector<int> parse_pids(std::string_view text) {
  std::vector<int> pids;
  for (const std::string_view line : split(text, '\n')) {
    const auto pid = to_int64(trim(line));
    if (pid && *pid > 0 && *pid <= INT32_MAX) pids.push_back(static_cast<int>(*pid));
  }
  return pids;
}

bool is_uuid(std::string_view text) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (text.size() != kForm.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool hex = std::isxdigit(static_cast<unsigned char>(text[i])) != 0;
    if (kForm[i] == '-' ? text[i] != '-' : !hex) return false;
  }
  return true;
}

}  // namespace bpftax
