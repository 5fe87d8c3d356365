#include "bench/conditions/load_spec.h"

#include <fmt/format.h>

#include <algorithm>

#include "util/strings.h"

namespace bpftax::bench {
namespace {

constexpr char kLoadHint[] =
    "--load cpu:PERCENT, mem:PERCENT, io, net or idle; several conditions: cpu:80,idle; together: "
    "cpu:80+mem:75";

tl::unexpected<Error> bad_load(std::string_view text, std::string why) {
  return fail(ErrorKind::kUsage, "not a load", "'" + printable(text) + "'", std::move(why), kLoadHint);
}

Result<double> parse_percent(std::string_view text, double most, std::string_view whole) {
  if (!text.empty() && text.back() == '%') text.remove_suffix(1);
  const auto percent = to_double(text);
  if (!percent || *percent < 1 || *percent > most)
    return bad_load(whole, fmt::format("expected a number of percent from 1 to {:g}", most));
  return *percent;
}

// The room for what else runs; see kHeadroomBytes for the rest.
constexpr double kMostMemoryPercent = 95;

Result<void> add_part(std::string_view part, std::string_view whole, LoadSpec& spec) {
  const size_t colon = part.find(':');
  const std::string_view kind = part.substr(0, colon);
  const bool has_value = colon != std::string_view::npos;
  const std::string_view value = has_value ? part.substr(colon + 1) : std::string_view();
  const LoadSpec before = spec;
  if (kind == "cpu" && has_value) {
    BPFTAX_ASSIGN(spec.cpu_percent, parse_percent(value, 100, whole));
    if (before.cpu_percent) return bad_load(whole, "cpu is in it twice");
  } else if (kind == "mem" && has_value) {
    BPFTAX_ASSIGN(spec.memory_percent, parse_percent(value, kMostMemoryPercent, whole));
    if (before.memory_percent) return bad_load(whole, "mem is in it twice");
  } else if (kind == "cpu" || kind == "mem") {
    return bad_load(whole, fmt::format("{0} needs its percentage: {0}:80", kind));
  } else if (part == "io" || part == "net") {
    bool& wanted = part == "io" ? spec.io : spec.net;
    if (wanted) return bad_load(whole, fmt::format("{} is in it twice", part));
    wanted = true;
  } else if (part == "idle") {
    return bad_load(whole, "idle stands alone");
  } else {
    return bad_load(whole, "");
  }
  return {};
}

}  // namespace

std::string LoadSpec::name() const {
  std::vector<std::string> parts;
  if (cpu_percent) parts.push_back(fmt::format("cpu:{:g}", *cpu_percent));
  if (memory_percent) parts.push_back(fmt::format("mem:{:g}", *memory_percent));
  if (io) parts.emplace_back("io");
  if (net) parts.emplace_back("net");
  return parts.empty() ? "idle" : join(parts, "+");
}

Result<LoadSpec> parse_load(std::string_view text) {
  LoadSpec spec;
  if (trim(text) == "idle") return spec;
  for (const std::string_view part : split(text, '+')) BPFTAX_TRY(add_part(trim(part), text, spec));
  return spec;
}

Result<std::vector<LoadSpec>> parse_loads(const std::vector<std::string>& texts) {
  std::vector<LoadSpec> specs;
  for (const std::string& text : texts) {
    for (const std::string_view one : split(text, ',')) {
      BPFTAX_ASSIGN(const LoadSpec spec, parse_load(one));
      if (std::find(specs.begin(), specs.end(), spec) != specs.end())
        return bad_load(one, "it was given twice");
      specs.push_back(spec);
    }
  }
  if (specs.empty()) specs.emplace_back();
  return specs;
}

}  // namespace bpftax::bench
