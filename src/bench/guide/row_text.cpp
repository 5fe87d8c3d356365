#include "bench/guide/row_text.h"

#include <fmt/format.h>

#include <cmath>

#include "util/units.h"

namespace bpftax::bench {

std::string param_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (number == std::floor(number) && std::fabs(number) < 1e15) return fmt::format("{:.0f}", number);
    return fmt::format("{:.6g}", number);
  }
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  return value.is_null() ? "?" : dump_line(value);
}

std::string params_text(const Json& params, std::string_view except) {
  std::string out;
  if (!params.is_object()) return out;
  for (const auto& [key, value] : params.items()) {
    if (key == except) continue;
    out += (out.empty() ? "" : ", ") + key + "=" + param_text(value);
  }
  return out;
}

Scale scale_for(double typical, std::string_view unit) {
  if (unit == "share") return {"%", 0.01};
  const double size = std::fabs(typical);
  if (unit == "ns") {
    if (size >= 1e9) return {"s", 1e9};
    if (size >= 1e6) return {"ms", 1e6};
    if (size >= 1e4) return {"us", 1e3};
    return {"ns", 1};
  }
  if (unit == "bytes") {
    if (size >= 1 << 20) return {"MiB", 1 << 20};
    if (size >= 1 << 10) return {"KiB", 1 << 10};
  }
  return {std::string(unit), 1};
}

namespace {

bool is_count(std::string_view unit) {
  return unit == "1" || unit == "count";
}

// All digits of a whole number, unless they are many.
std::string number_of_things(double value) {
  const bool whole = value == std::floor(value) && std::fabs(value) < 1e6;
  return whole ? fmt::format("{:.0f}", value) : format_count(value);
}

}  // namespace

std::string amount_text(double value, std::string_view unit) {
  if (unit == "1/s") return format_count(value) + "/s";
  if (is_count(unit)) return number_of_things(value);
  const Scale scale = scale_for(value, unit);
  // "42 bytes", "78 instructions": not 42.0.
  const bool whole = unit != "ns" && unit != "share" && scale.divisor == 1 && value == std::floor(value);
  const std::string number = whole ? number_of_things(value) : format_significant(value / scale.divisor);
  return scale.unit.empty() ? number : number + " " + scale.unit;
}

std::string value_text(const Value& value, std::string_view unit) {
  if (!value.low || !value.high) return amount_text(value.mean, unit) + " (one process, no interval)";
  if (is_count(unit) && *value.low == *value.high) return number_of_things(value.mean);  // the same in all
  if (unit == "1/s" || is_count(unit))
    return fmt::format("{} ({} to {})", amount_text(value.mean, unit), format_count(*value.low),
                       format_count(*value.high));
  const Scale scale = scale_for(value.mean, unit);
  return fmt::format("{} ({} to {})", amount_text(value.mean, unit),
                     format_significant(*value.low / scale.divisor),
                     format_significant(*value.high / scale.divisor));
}

namespace {

// Unlike scale_for(), which keeps ns up to 10,000: operations of the same kind stand beside each other there.
Scale scale_of_total(double ns) {
  const double size = std::fabs(ns);
  if (size >= 1e9) return {"s", 1e9};
  if (size >= 1e6) return {"ms", 1e6};
  if (size >= 1e3) return {"us", 1e3};
  return {"ns", 1};
}

}  // namespace

std::string total_text(double ns) {
  const Scale scale = scale_of_total(ns);
  return format_significant(ns / scale.divisor) + " " + scale.unit;
}

std::string total_text(const Value& ns) {
  if (!ns.low || !ns.high) return total_text(ns.mean);
  const double divisor = scale_of_total(ns.mean).divisor;
  return fmt::format("{} ({} to {})", total_text(ns.mean), format_significant(*ns.low / divisor),
                     format_significant(*ns.high / divisor));
}

std::string interval_text(const Value& value) {
  if (!value.low || !value.high) return "";
  return format_significant(*value.low) + " to " + format_significant(*value.high);
}

std::optional<Value> quantity_of(const Row& row, std::string_view metric) {
  if (row.status != Status::kMeasured) return std::nullopt;
  if (metric.empty()) return row.ns;
  for (const Metric& known : row.metrics)
    if (known.name == metric) return known.value;
  return std::nullopt;
}

std::string unit_of(const Row& row, std::string_view metric) {
  for (const Metric& known : row.metrics)
    if (known.name == metric) return known.unit;
  return metric.empty() ? "ns" : "";
}

std::string row_name(const Row& row) {
  std::string out = row.subject + " " + row.op;
  if (!row.side.empty()) out += " " + std::string(side_text(row.side));
  return out;
}

std::string_view side_text(std::string_view side) {
  if (side == "program") return "in the program";
  if (side == "user") return "from user space";
  if (side == "repeat") return "by BPF_PROG_TEST_RUN with repeat";
  return side;
}

std::string family_title(std::string_view benchmark) {
  if (benchmark == "maps") return "Maps";
  if (benchmark == "hooks") return "Hooks";
  if (benchmark == "submit") return "Submission";
  if (benchmark == "load") return "Loading";
  return std::string(benchmark);
}

}  // namespace bpftax::bench
