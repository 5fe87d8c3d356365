#include "cli/run_options.h"

#include <fmt/format.h>
#include <time.h>

#include "util/clock.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr const char* kIterationsSchema = "bpftax.iterations/1";
constexpr int kMostIterations = 9999;

}  // namespace

Result<int64_t> parse_start_at(const std::string& text) {
  const auto bad = [&](std::string why) {
    return fail(ErrorKind::kUsage, "not a time to start at", "'" + printable(text) + "'", std::move(why),
                "write it like 2026-11-21T22:30 or 2026-11-21T22:30:00, in local time");
  };
  std::string full = text.size() == 16 ? text + ":00" : text;
  const std::string shape = "dddd-dd-ddTdd:dd:dd";
  if (full.size() != shape.size()) return bad("");
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool digit = full[i] >= '0' && full[i] <= '9';
    if (shape[i] == 'd' ? !digit : full[i] != shape[i]) return bad("");
  }
  const auto number = [&](size_t at, size_t length) {
    return static_cast<int>(*to_int64(std::string_view(full).substr(at, length)));
  };
  tm time{};
  time.tm_year = number(0, 4) - 1900;
  time.tm_mon = number(5, 2) - 1;
  time.tm_mday = number(8, 2);
  time.tm_hour = number(11, 2);
  time.tm_min = number(14, 2);
  time.tm_sec = number(17, 2);
  time.tm_isdst = -1;
  const tm wanted = time;
  const time_t seconds = ::mktime(&time);
  // mktime() makes some other time out of one that does not exist (30 February, 25:00).
  if (seconds == static_cast<time_t>(-1) || time.tm_mday != wanted.tm_mday || time.tm_mon != wanted.tm_mon ||
      time.tm_hour != wanted.tm_hour || time.tm_min != wanted.tm_min || time.tm_sec != wanted.tm_sec)
    return bad("there is no such time");
  return static_cast<int64_t>(seconds) * kNsPerS;
}

std::string iteration_folder(int number) {
  return fmt::format("iteration_{:03}", number);
}

Result<Iterations> read_iterations(const std::string& text, const std::string& where) {
  BPFTAX_ASSIGN(const Json json, parse_json(text, where));
  BPFTAX_ASSIGN(const std::string schema, require_string(json, "schema"));
  BPFTAX_ASSIGN(const int64_t count, require_integer(json, "iterations"));
  BPFTAX_ASSIGN(const double delay_s, require_number(json, "delay_s"));
  if (schema != kIterationsSchema || count < 1 || count > kMostIterations || !(delay_s >= 0))
    return fail(ErrorKind::kUsage, "cannot read the iterations", where, "it is not what `bpftax run` wrote");
  return Iterations{static_cast<int>(count), delay_s};
}

std::string iterations_document(const Iterations& iterations) {
  return dump_pretty(
      {{"schema", kIterationsSchema}, {"iterations", iterations.count}, {"delay_s", iterations.delay_s}});
}

}  // namespace bpftax
