// Tables of measurements as others published them, schema "bpftax.published/1" (docs/published_tables.md): of
// one pair of machines, its environments with facts and baselines, and cases with the differences that were
// stated. YAML, or JSON.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/spread.h"
#include "util/result.h"

namespace bpftax {

inline constexpr std::string_view kPublishedSchema = "bpftax.published/1";

// A metric by workload. `value` of a baseline: in the metric's unit. Of a case: percent of the baseline as
// stated, 100*(case-baseline)/baseline; a throughput that fell is negative.
struct PublishedValue {
  std::string workload, metric;
  Spread value;
};

struct PublishedCase {
  std::string tool, protocol, direction;
  std::string design_class;  // one of kDesignClasses; "" = not stated
  std::string remark;
  std::vector<PublishedValue> diffs;
  std::optional<Spread> cpu_percent;  // of the tool's process, of one CPU
};

struct PublishedEnvironment {
  std::string name;  // "host", "vm"
  nlohmann::json facts = nlohmann::json::object();
  std::vector<PublishedValue> baselines;
  std::vector<PublishedCase> cases;
};

struct PublishedGenerator {
  std::string generator, version;  // "" = not stated
};

struct PublishedTable {
  std::string name, reference, remark;
  std::optional<double> window_s;
  std::map<std::string, PublishedGenerator> workloads;
  std::vector<PublishedEnvironment> environments;
};

// kUsage with file:line:column on anything that is not the format: unknown keys and metrics, a range that
// begins with its greater end, a number that is none, the same case twice, a share lost of 100 % or more.
Result<PublishedTable> parse_published(std::string_view text, const std::string& file);

// Whether the text begins like such a table: a mapping with this schema. Cheap; tells files apart.
bool looks_published(std::string_view text);

}  // namespace bpftax
