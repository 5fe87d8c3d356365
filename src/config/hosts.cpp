#include <algorithm>

#include "config/sections.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

bool consists_of(const std::string& text, std::string_view more) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return kLetters.find(c) != std::string_view::npos || more.find(c) != std::string_view::npos;
  });
}

}  // namespace

bool is_identifier(const std::string& text) {
  return !text.empty() && text.size() <= 64 && !(text[0] >= '0' && text[0] <= '9') && consists_of(text, "_");
}

Result<void> check_name(const ConfigPlace& place, const std::string& what, const std::string& name) {
  if (!name.empty() && name.size() <= 100 && name[0] != '-' && name != "." && name != ".." &&
      consists_of(name, "._-"))
    return {};
  return config_error(place, "not a usable name of " + what, quote_name(name),
                      "letters, digits, '.', '_' and '-'; it becomes the name of files");
}

// The texts go to OpenSSH's command line: none may look like an option or be more than one word.
Result<void> check_host(const ConfiguredHost& host) {
  if (host.address.empty() || host.address[0] == '-' || !consists_of(host.address, "._-:%"))
    return config_error(host.place, "not an address or name of a host", quote_name(host.address),
                        "an IP address, a DNS name, or a Host of your ssh config");
  if (!host.user.empty() && (host.user[0] == '-' || !consists_of(host.user, "._-@$")))
    return config_error(host.place, "not a name of a user", quote_name(host.user));
  if (host.workdir.empty() || host.workdir[0] != '/' || host.workdir.find('\n') != std::string::npos ||
      host.workdir.find('\0') != std::string::npos)
    return config_error(host.place, "'workdir' is not an absolute path", quote_name(host.workdir),
                        "as /home/me/bpftax; it is a folder on that machine");
  return {};
}

Result<void> parse_ssh_target(const std::string& text, const ConfigPlace& place, ConfiguredHost& host) {
  const size_t at = text.rfind('@');
  host.user = at == std::string::npos ? "" : text.substr(0, at);
  host.address = at == std::string::npos ? text : text.substr(at + 1);
  std::string port;
  const size_t colon = host.address.rfind(':');
  if (host.address.starts_with("[")) {
    const size_t end = host.address.find(']');
    if (end == std::string::npos || (end + 1 < host.address.size() && host.address[end + 1] != ':'))
      return config_error(place, "cannot read the ssh target", quote_name(text), "user@[2001:db8::1]:22");
    if (end + 1 < host.address.size()) port = host.address.substr(end + 2);
    if (end + 2 == host.address.size()) port = "nothing";
    host.address = host.address.substr(1, end - 1);
  } else if (colon != std::string::npos && host.address.find(':') == colon) {  // not IPv6
    port = host.address.substr(colon + 1);
    if (port.empty()) port = "nothing";
    host.address = host.address.substr(0, colon);
  }
  if (at == 0)
    return config_error(place, "cannot read the ssh target", quote_name(text), "user@host, or host");
  if (port.empty()) return {};
  const auto number = to_int64(port);
  if (!number || *number < 1 || *number > 65535)
    return config_error(place, "not a port", quote_name(port), "1 to 65535");
  host.port = static_cast<int>(*number);
  return {};
}

Result<std::vector<ConfiguredHost>> read_hosts(const YamlNode& hosts, const ConfigFile& file,
                                               const std::string& path) {
  std::vector<ConfiguredHost> result;
  if (!hosts.is_map())
    return config_error(file.place(hosts), "wrong type of '" + path + "'",
                        "expected a mapping of hosts, got " + describe(hosts));
  for (const YamlEntry& entry : hosts.entries) {
    ConfiguredHost host;
    host.id = entry.key;
    host.place = file.place(entry);
    BPFTAX_TRY(check_name(host.place, "a host", host.id));
    Fields fields(*entry.value, file, path + "." + entry.key);
    fields.required_text("host", host.address);
    fields.text("user", host.user);
    fields.required_text("workdir", host.workdir);
    if (fields.has("port")) {
      int port = 22;
      fields.integer("port", port, 1, 65535);
      host.port = port;
    }
    BPFTAX_TRY(fields.done());
    BPFTAX_TRY(check_host(host));
    result.push_back(std::move(host));
  }
  if (result.empty()) return config_error(file.place(hosts), "'" + path + "' names no host");
  return result;
}

}  // namespace bpftax
