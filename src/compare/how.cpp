#include "compare/how.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "report/text.h"
#include "util/units.h"

namespace bpftax {
namespace {

class Differences {
 public:
  void times(const char* what, const std::optional<double>& there, const std::optional<double>& here) {
    if (there && here && !same_length(*there, *here))
      found_.push_back(fmt::format("{} {:g} s here, {:g} s there", what, *here, *there));
  }
  void texts(const char* what, const std::string& there, const std::string& here) {
    if (!there.empty() && !here.empty() && there != here)
      found_.push_back(fmt::format("{} {} here, {} there", what, one_line(here), one_line(there)));
  }
  void numbers(const char* what, const std::optional<double>& there, const std::optional<double>& here) {
    if (there && here && *there != *here)
      found_.push_back(fmt::format("{} {:g} here, {:g} there", what, *here, *there));
  }
  std::vector<std::string> found() { return std::move(found_); }

 private:
  std::vector<std::string> found_;
};

}  // namespace

std::string major_version(const std::string& text) {
  for (size_t at = 0; at < text.size(); ++at) {
    const auto digit = [&](size_t i) {
      return i < text.size() && std::isdigit(static_cast<unsigned char>(text[i])) != 0;
    };
    const bool begins = at == 0 || std::isalnum(static_cast<unsigned char>(text[at - 1])) == 0;
    const bool version = begins || (text[at - 1] == 'v' && (at == 1 || text[at - 2] == ' '));
    if (!digit(at) || !version) continue;
    size_t end = at;
    while (digit(end)) ++end;
    return text.substr(at, end - at);
  }
  return "";
}

std::vector<std::string> measured_differently(const MeasuredHow& there, const MeasuredHow& here) {
  Differences differences;
  differences.times("window", there.window_s, here.window_s);
  differences.times("left out before it", there.omit_s, here.omit_s);
  differences.texts("traffic tool", there.generator, here.generator);
  if (there.generator == here.generator) {
    differences.texts("version of the traffic tool", major_version(there.version),
                      major_version(here.version));
  }
  differences.texts("bandwidth", there.bandwidth, here.bandwidth);
  differences.texts("placement", there.placement, here.placement);
  differences.texts("unit", there.unit, here.unit);
  differences.numbers("smallest difference that counts", there.margin_floor, here.margin_floor);
  return differences.found();
}

std::vector<std::string> not_known_of_both(const MeasuredHow& there, const MeasuredHow& here) {
  std::vector<std::string> names;
  const auto add = [&](const char* name, bool known) {
    if (!known) names.emplace_back(name);
  };
  add("the window's length", there.window_s && here.window_s);
  add("what is left out before a window", there.omit_s && here.omit_s);
  add("the traffic tool", !there.generator.empty() && !here.generator.empty());
  add("the traffic tool's version",
      !major_version(there.version).empty() && !major_version(here.version).empty());
  add("a limit of the bandwidth", !there.bandwidth.empty() && !here.bandwidth.empty());
  add("the placement on CPUs", !there.placement.empty() && !here.placement.empty());
  return names;
}

}  // namespace bpftax
