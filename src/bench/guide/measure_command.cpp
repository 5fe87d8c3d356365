// Which command measures what a statement or a purpose is missing. All subjects of a family are measured
// unless one asks for some, so only what has to be varied is named.
#include <algorithm>

#include "bench/guide/evaluate.h"
#include "bench/guide/matching.h"

namespace bpftax::bench {
namespace {

struct Option {
  std::string_view topic, param;
  std::string_view text;  // with the values that show the effect on a small machine
};
constexpr Option kOptions[] = {
    {"maps", "threads", "--threads 1,2"},
    {"maps", "contention", "--contention own,same"},
    {"maps", "entries", "--entries 1024,262144"},
    {"maps", "value_size", "--value-size 8,1024"},
    {"hooks", "programs", "--programs 1,2,4"},
    {"hooks", "place", "--place hot,in-place"},
    {"submit", "record_size", "--record-size 16,1024"},
    {"submit", "producers", "--producers 1,2"},
    {"submit", "wakeup", "--wakeup adaptive,none,force,1,64"},
    {"submit", "consumer_delay_ns", "--consumer-delay 0,2000"},
};

}  // namespace

std::string measuring_command(std::string_view topic, const Select& select) {
  std::string out = "bpftax bench " + std::string(topic);
  for (const ParamFilter& filter : param_filters(select.params))
    for (const Option& option : kOptions)
      if (option.topic == topic && option.param == filter.key) out += " " + std::string(option.text);
  return out + " --json " + std::string(topic) + ".json";
}

}  // namespace bpftax::bench
