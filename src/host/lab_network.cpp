#include "host/lab_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "util/json.h"
#include "util/strings.h"

namespace bpftax {

namespace {

constexpr int kLabPrefix = 30;
// A route wider than this is a way out, not a network that is in use.
constexpr int kWidestNetwork = 8;
constexpr std::array<Subnet, 2> kRanges = {Subnet{0xC6120000u, 15},   // 198.18.0.0/15, benchmarking, RFC 2544
                                           Subnet{0x64400000u, 10}};  // 100.64.0.0/10, shared, RFC 6598

uint32_t mask_of(int prefix) {
  return prefix == 0 ? 0 : ~uint32_t{0} << (32 - prefix);
}

Result<Json> parse_list(std::string_view json, std::string_view where) {
  // Without any link or route, ip writes nothing or an empty list.
  if (trim(json).empty()) return Json::array();
  BPFTAX_ASSIGN(Json list, parse_json(json, where));
  if (!list.is_array())
    return fail(ErrorKind::kInternal, "cannot understand ip", std::string(where), "no list");
  return list;
}

}  // namespace

bool Subnet::overlaps(const Subnet& other) const {
  const uint32_t mask = mask_of(std::min(prefix, other.prefix));
  return (network & mask) == (other.network & mask);
}

std::string format_ipv4(uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, (address >> 16) & 255, (address >> 8) & 255,
                     address & 255);
}

std::string to_string(const Subnet& subnet) {
  return fmt::format("{}/{}", format_ipv4(subnet.network), subnet.prefix);
}

std::optional<Subnet> parse_subnet(std::string_view text) {
  Subnet subnet;
  const size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const auto prefix = to_uint64(text.substr(slash + 1));
    if (!prefix || *prefix > 32) return std::nullopt;
    subnet.prefix = static_cast<int>(*prefix);
  }
  const auto parts = split(text.substr(0, slash), '.');
  if (parts.size() != 4) return std::nullopt;
  for (const std::string_view part : parts) {
    const auto byte = to_uint64(part);
    if (!byte || *byte > 255) return std::nullopt;
    subnet.network = (subnet.network << 8) | static_cast<uint32_t>(*byte);
  }
  subnet.network &= mask_of(subnet.prefix);
  return subnet;
}

Result<std::vector<Subnet>> subnets_of_addresses(std::string_view json) {
  BPFTAX_ASSIGN(const Json links, parse_list(json, "ip addr"));
  std::vector<Subnet> subnets;
  for (const Json& link : links) {
    const Json* addresses = find_path(link, "addr_info");
    if (addresses == nullptr || !addresses->is_array()) continue;  // ip writes {} for links it leaves out
    for (const Json& address : *addresses) {
      if (!address.is_object()) continue;
      BPFTAX_ASSIGN(const auto local, json_string(address, "local"));
      BPFTAX_ASSIGN(const auto prefix, json_integer(address, "prefixlen"));
      if (!local || !prefix) continue;
      if (const auto subnet = parse_subnet(fmt::format("{}/{}", *local, *prefix))) subnets.push_back(*subnet);
    }
  }
  return subnets;
}

Result<std::vector<Subnet>> subnets_of_routes(std::string_view json) {
  BPFTAX_ASSIGN(const Json routes, parse_list(json, "ip route"));
  std::vector<Subnet> subnets;
  for (const Json& route : routes) {
    if (!route.is_object()) continue;
    BPFTAX_ASSIGN(const auto destination, json_string(route, "dst"));
    if (!destination) continue;
    const auto subnet = parse_subnet(*destination);  // "default" is none
    if (subnet && subnet->prefix >= kWidestNetwork) subnets.push_back(*subnet);
  }
  return subnets;
}

Result<std::string> operstate_of_link(std::string_view json) {
  BPFTAX_ASSIGN(const Json links, parse_list(json, "ip link"));
  for (const Json& link : links) {
    if (!link.is_object()) continue;
    BPFTAX_ASSIGN(const auto state, json_string(link, "operstate"));
    if (state) return *state;
  }
  return fail(ErrorKind::kInternal, "cannot understand ip", "ip link", "no operstate");
}

std::optional<Subnet> choose_lab_subnet(const std::vector<Subnet>& used, uint64_t seed) {
  for (const Subnet& range : kRanges) {
    const uint32_t count = uint32_t{1} << (kLabPrefix - range.prefix);
    const auto first = static_cast<uint32_t>(seed % count);
    for (uint32_t i = 0; i < count; ++i) {
      const Subnet candidate{range.network + ((first + i) % count) * 4, kLabPrefix};
      const bool taken = std::any_of(used.begin(), used.end(),
                                     [&](const Subnet& subnet) { return subnet.overlaps(candidate); });
      if (!taken) return candidate;
    }
  }
  return std::nullopt;
}

uint64_t lab_seed(std::string_view run_id) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : run_id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

std::string lab_netns(std::string_view run_id, LabSide side) {
  return fmt::format("bpftax-{}-{}", run_id, side == LabSide::kServer ? 's' : 'c');
}

std::string lab_interface(std::string_view run_id, LabSide side) {
  std::string letters;
  for (const char c : run_id) {
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) letters += c;
  }
  if (letters.size() > 10) letters.erase(0, letters.size() - 10);
  return fmt::format("bt{}{}", letters, side == LabSide::kServer ? 's' : 'c');
}

}  // namespace bpftax
