#include "discover/bonding.h"

#include "util/strings.h"

namespace bpftax {
namespace {

constexpr int64_t kSpeedUnknown16 = 65535,
                  kSpeedUnknown32 = 4294967295;  // SPEED_UNKNOWN through 16 and 32 bits

std::optional<int64_t> speed_in_mbps(std::string_view text) {
  const auto speed = to_int64(text);
  if (!speed || *speed <= 0 || *speed == kSpeedUnknown16 || *speed >= kSpeedUnknown32) return std::nullopt;
  return speed;
}

}  // namespace

std::optional<LinuxBond> parse_bonding(std::string_view text) {
  LinuxBond bond;
  bool known = false;
  for (const std::string_view raw : split(text, '\n')) {
    const std::string_view line = trim(raw);
    const size_t colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    const std::string_view key = line.substr(0, colon), value = trim(line.substr(colon + 2));
    if (key == "Bonding Mode") {
      bond.mode = value;
      known = true;
    } else if (key == "Currently Active Slave" && value != "None") {
      bond.active = value;
    } else if (key == "Slave Interface") {
      bond.members.emplace_back().name = value;
    } else if (!bond.members.empty() && key == "MII Status") {
      bond.members.back().up = value == "up";
    } else if (!bond.members.empty() && key == "Speed") {  // "25000 Mbps", "Unknown"
      const auto words = split_blank(value);
      if (words.size() == 2 && words[1] == "Mbps") bond.members.back().speed_mbps = speed_in_mbps(words[0]);
    }
  }
  if (!known) return std::nullopt;
  return bond;
}

std::map<std::string, int64_t> parse_speeds(std::string_view text) {
  constexpr std::string_view kFolder = "/sys/class/net/", kFile = "/speed:";
  std::map<std::string, int64_t> speeds;
  for (const std::string_view line : split(text, '\n')) {
    const size_t end = line.rfind(kFile);
    if (line.substr(0, kFolder.size()) != kFolder || end == std::string_view::npos || end <= kFolder.size())
      continue;
    const auto speed = speed_in_mbps(trim(line.substr(end + kFile.size())));
    if (speed) speeds[std::string(line.substr(kFolder.size(), end - kFolder.size()))] = *speed;
  }
  return speeds;
}

}  // namespace bpftax
