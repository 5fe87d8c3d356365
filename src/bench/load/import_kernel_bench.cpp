#include "bench/load/import_kernel_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "bench/load/import_names.h"
#include "stats/descriptive.h"
#include "stats/distributions.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

constexpr size_t kMostResults = 100'000;
constexpr size_t kMostNameBytes = 80;
constexpr int kMostWarmups = 100;  // seconds at the start of a run that its summary leaves out
constexpr int kMostProducers = 100'000;

// "12.030 ± 0.041M/s": number, deviation, and what stands behind it up to the next comma or bracket.
struct Amount {
  double value = 0;
  std::optional<double> deviation;
  std::string_view unit;
};

bool begins_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

void skip_blanks(std::string_view& rest) {
  while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) rest.remove_prefix(1);
}

std::optional<double> take_number(std::string_view& rest) {
  skip_blanks(rest);
  size_t length = 0;
  while (length < rest.size() && ((rest[length] >= '0' && rest[length] <= '9') || rest[length] == '.'))
    ++length;
  const auto number = to_double(rest.substr(0, length));
  if (number) rest.remove_prefix(length);
  return number;
}

// "±" in UTF-8, or "+/-".
bool take_plus_minus(std::string_view& rest) {
  std::string_view ahead = rest;
  skip_blanks(ahead);
  for (const std::string_view sign : {std::string_view("\xc2\xb1"), std::string_view("+/-")}) {
    if (!begins_with(ahead, sign)) continue;
    rest = ahead.substr(sign.size());
    return true;
  }
  return false;
}

std::optional<Amount> take_amount(std::string_view rest) {
  Amount amount;
  const auto value = take_number(rest);
  if (!value) return std::nullopt;
  amount.value = *value;
  std::string_view behind = rest;
  if (!behind.empty() && behind.front() == 'M') behind.remove_prefix(1);  // "45.950M ± 0.123M events/sec"
  if (take_plus_minus(behind)) {
    const auto deviation = take_number(behind);
    if (!deviation) return std::nullopt;
    amount.deviation = deviation;
    rest = behind;
  }
  amount.unit = trim(rest.substr(0, rest.find_first_of(",()\t")));
  return amount;
}

// The amount behind a word that stands at the start or after a blank.
std::optional<Amount> amount_after(std::string_view line, std::string_view word) {
  for (size_t at = line.find(word); at != line.npos; at = line.find(word, at + 1)) {
    const bool whole = (at == 0 || line[at - 1] == ' ' || line[at - 1] == '(') &&
                       at + word.size() < line.size() && line[at + word.size()] == ' ';
    if (!whole) continue;
    if (const auto amount = take_amount(line.substr(at + word.size()))) return amount;
  }
  return std::nullopt;
}

// What "M/s", "M ops/s", "k/s", "K ops/s", "M events/sec" stand for; nullopt: no rate.
std::optional<double> rate_factor(std::string_view unit) {
  if (unit.find("/s") == unit.npos) return std::nullopt;
  switch (unit.front()) {
    case 'G':
      return 1e9;
    case 'M':
      return 1e6;
    case 'k':
    case 'K':
      return 1e3;
    default:
      return std::nullopt;
  }
}

struct Rate {
  double mean = 0;  // operations in a second, of all producers
  std::optional<double> deviation;
  int producers = 1;
};

// How many seconds a summary is made of: those after the warm-up, whose length is not printed. Of all lengths
// the one whose mean and deviation come nearest. The seconds' own rates are of their true length, the
// summary's are not, so they agree only roughly.
int seconds_in_summary(const std::vector<double>& seconds, const Rate& summary) {
  int best = 0;
  double best_distance = HUGE_VAL;
  for (size_t warmup = 0; warmup + 2 <= seconds.size() && warmup <= kMostWarmups; ++warmup) {
    const std::vector<double> used(seconds.begin() + static_cast<std::ptrdiff_t>(warmup), seconds.end());
    const double distance = std::fabs(*mean(used) - summary.mean) +
                            std::fabs(*standard_deviation(used) - summary.deviation.value_or(0));
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = static_cast<int>(used.size());
  }
  return best;
}

Value time_of(const Rate& rate, int seconds) {
  const double whole = 1e9 * rate.producers;
  Value value{whole / rate.mean, {}, {}};
  if (!rate.deviation || seconds < 2) return value;
  const double half = t_quantile(0.975, seconds - 1) * *rate.deviation / std::sqrt(seconds);
  if (half >= rate.mean) return value;  // no bound
  value.low = whole / (rate.mean + half);
  value.high = whole / (rate.mean - half);
  return value;
}

class KernelBenchReader {
 public:
  explicit KernelBenchReader(std::string where) : where_(std::move(where)) {}

  Result<std::vector<Row>> read(std::string_view text) {
    std::string_view before;
    for (const std::string_view raw : split(text, '\n')) {
      const std::string_view line = trim(raw);
      if (line.size() > 2 && line.find_first_not_of('=') == line.npos)
        section_ = shorten(printable(before), kMostNameBytes);
      read_line(line);
      if (rows_.size() > kMostResults)
        return fail(ErrorKind::kUsage, "too many results", where_, fmt::format("more than {}", kMostResults));
      before = line;
    }
    return std::move(rows_);
  }

 private:
  void read_line(std::string_view line) {
    if (begins_with(line, "Setting up benchmark '") || begins_with(line, "Benchmark '")) return start(line);
    if (begins_with(line, "Iter ")) return read_second(line);
    if (begins_with(line, "Summary: ")) return read_summary(line.substr(9));
    if (begins_with(line, "SUMMARY ")) return read_grace_period(line.substr(8));
    if (begins_with(line, "cpu") && line.find(": lookup ") != line.npos) return read_lookup(line);
    if (line.find(":hash_map_full_perf ") != line.npos) return read_full_update(line);
    read_script_line(line);
  }

  void start(std::string_view line) {
    const size_t first = line.find('\''), last = line.rfind('\'');
    if (last <= first) return;
    name_ = shorten(printable(line.substr(first + 1, last - first - 1)), kMostNameBytes);
    seconds_.clear();
  }

  // "Iter   3 (  7.334us): hits   74.609M/s ( 74.609M/prod)"
  void read_second(std::string_view line) {
    for (const char* word : {"hits", "creates", "per-prod-op"}) {
      const auto amount = amount_after(line, word);
      if (!amount) continue;
      const auto factor = rate_factor(amount->unit.empty() ? "?" : amount->unit);
      if (factor && seconds_.size() < kMostResults) seconds_.push_back(amount->value * *factor);
      return;
    }
  }

  static std::optional<Rate> rate_of(std::string_view line, std::string_view word) {
    const auto amount = amount_after(line, word);
    if (!amount || amount->unit.empty()) return std::nullopt;
    const auto factor = rate_factor(amount->unit);
    if (!factor) return std::nullopt;
    Rate rate{amount->value * *factor, {}, 1};
    if (amount->deviation) rate.deviation = *amount->deviation * *factor;
    // "( 13.402M/prod)": how many producers there were.
    const size_t bracket = line.find('(');
    if (bracket == line.npos) return rate;
    std::string_view inside = line.substr(bracket + 1);
    const auto each = take_number(inside);
    if (each && *each > 0 && inside.substr(0, inside.find(')')).find("/prod") != inside.npos) {
      const double producers = std::round(amount->value / *each);
      if (producers >= 1 && producers <= kMostProducers) rate.producers = static_cast<int>(producers);
    }
    return rate;
  }

  void read_summary(std::string_view line) {
    for (const char* word : {"hits throughput", "throughput", "hits", "creates", "per-prod-op"}) {
      const auto rate = rate_of(line, word);
      if (!rate) continue;
      Row row = new_row(name_);
      row.params["producers"] = rate->producers;
      set_rate(row, *rate, seconds_in_summary(seconds_, *rate));
      add_summary_metrics(row, line, *rate);
      finish(std::move(row));
      return;
    }
    if (const size_t at = line.find(" false hits of "); at != line.npos) {
      Row row = new_row(name_);
      const auto percent = amount_after(line, "Percentage =");
      if (!percent || percent->value > 100) return;
      row.metrics.push_back({"false_hits", "share", {percent->value / 100, {}, {}}});
      finish(std::move(row));
    }
  }

  static void add_summary_metrics(Row& row, std::string_view line, const Rate& rate) {
    if (row.status != Status::kMeasured) return;
    row.metrics.push_back({"rate", "1/s", {rate.mean, {}, {}}});
    if (rate.deviation) row.metrics.push_back({"rate_deviation", "1/s", {*rate.deviation, {}, {}}});
    if (const auto drops = rate_of(line, "drops"); drops && rate.mean + drops->mean > 0)
      row.metrics.push_back({"lost", "share", {drops->mean / (rate.mean + drops->mean), {}, {}}});
    if (const auto important = rate_of(line, "important_hits throughput"); important && important->mean > 0)
      row.metrics.push_back({"important", "ns", {1e9 / important->mean, {}, {}}});
    for (const auto& [word, name] :
         {std::pair{"memory usage", "memory"}, {"peak memory usage", "peak_memory"}})
      if (const auto memory = amount_after(line, word); memory && memory->unit == "MiB")
        row.metrics.push_back({name, "bytes", {memory->value * 1024 * 1024, {}, {}}});
    if (const size_t at = line.find(" kmallocs/create"); at != line.npos) {
      const size_t blank = line.rfind(' ', at - 1);
      if (const auto count = to_double(line.substr(blank + 1, at - blank - 1)); blank != line.npos && count)
        row.metrics.push_back({"kmallocs", "count", {*count, {}, {}}});
    }
  }

  // "cpu01: lookup 45.950M ± 0.123M events/sec (approximated from 32 samples of ~24ms)"; "±" is two
  // deviations.
  void read_lookup(std::string_view line) {
    const auto cpu = to_uint64(line.substr(3, line.find(':') - 3));
    const auto amount = amount_after(line, "lookup");
    if (!cpu || *cpu > INT32_MAX || !amount) return;
    Rate rate{amount->value * 1e6, {}, 1};
    if (amount->deviation) rate.deviation = *amount->deviation * 1e6 / 2;
    const auto samples = amount_after(line, "from");
    Row row = new_row(name_.empty() ? "bpf-hashmap-lookup" : name_);
    row.params["cpu"] = *cpu;
    set_rate(row, rate, samples && samples->value <= 1e6 ? static_cast<int>(samples->value) : 0);
    finish(std::move(row));
  }

  void read_full_update(std::string_view line) {
    const auto cpu = to_uint64(trim(line.substr(0, line.find(':'))));
    const auto amount = amount_after(line.substr(line.find(':') + 1), "hash_map_full_perf");
    if (!cpu || *cpu > INT32_MAX || !amount) return;
    Row row = new_row(name_.empty() ? "bpf-hashmap-full-update" : name_);
    row.params["cpu"] = *cpu;
    set_rate(row, {amount->value, {}, 1}, 0);
    finish(std::move(row));
  }

  // Two lines: the latency, then the ticks of the kernel thread.
  void read_grace_period(std::string_view line) {
    const size_t avg = line.find("avg ");
    if (avg == line.npos) return;
    const auto amount = take_amount(line.substr(avg + 4));
    if (!amount) return;
    if (begins_with(line, "tasks_trace grace period latency") && amount->unit == "us") {
      Row row = new_row(name_.empty() ? "local-storage-tasks-trace" : name_);
      row.ns = Value{amount->value * 1000, {}, {}};
      finish(std::move(row));
    } else if (begins_with(line, "ticks per tasks_trace grace period") && !rows_.empty() &&
               rows_.back().op == "grace_period") {
      rows_.back().metrics.push_back({"ticks", "count", {amount->value, {}, {}}});
    }
  }

  // "usermode-count :   23.912 ± 0.101M/s"; "rb-libbpf   12.054 ± 0.320M/s (drops 0.000 ± 0.000M/s)";
  // "1000 entries throughput: 74.617 ± 0.008 M ops/s, latency: 13.402 ns/op"
  void read_script_line(std::string_view line) {
    size_t sign = line.find("\xc2\xb1");
    if (sign == line.npos) sign = line.find("+/-");
    if (sign == line.npos) return;
    size_t number = sign;
    while (number > 0 && line[number - 1] == ' ') --number;
    while (number > 0 && ((line[number - 1] >= '0' && line[number - 1] <= '9') || line[number - 1] == '.'))
      --number;
    const auto amount = take_amount(line.substr(number));
    if (!amount || amount->unit.empty()) return;
    const auto factor = rate_factor(amount->unit);
    if (!factor) return;
    std::string_view name = trim(line.substr(0, number));
    for (const std::string_view end : {":", "throughput", ":"})
      if (name.size() >= end.size() && name.substr(name.size() - end.size()) == end)
        name = trim(name.substr(0, name.size() - end.size()));
    if (name.empty()) return;
    Row row = new_row(shorten(printable(name), kMostNameBytes));
    Rate rate{amount->value * *factor, {}, 1};
    if (amount->deviation) rate.deviation = *amount->deviation * *factor;
    set_rate(row, rate, 0);
    add_summary_metrics(row, line.substr(sign), rate);
    finish(std::move(row));
  }

  Row new_row(const std::string& bench) const {
    const std::string name = bench.empty() ? "unnamed" : bench;
    const KernelBenchName known = kernel_bench_name(name);
    Row row;
    row.benchmark = known.benchmark;
    row.subject = known.subject;
    row.op = known.op;
    row.side = known.side;
    row.is_floor = known.is_floor;
    row.params = known.params;
    row.params["bench"] = name;
    if (!section_.empty()) row.params["section"] = section_;
    row.samples = row.processes = 1;
    return row;
  }

  static void set_rate(Row& row, const Rate& rate, int seconds) {
    if (!(rate.mean > 0)) {
      row.status = Status::kInvalid;
      row.reason = "no operation was counted";
      row.samples = row.processes = 0;
      return;
    }
    row.ns = time_of(rate, seconds);
    row.samples = std::max(seconds, 1);
  }

  // The same benchmark may come several times: its runs are numbered.
  void finish(Row row) {
    const int run = ++runs_[dump_line(row.params)];
    if (run > 1) row.params["run"] = run;
    rows_.push_back(std::move(row));
    seconds_.clear();
  }

  std::string where_;
  std::string name_, section_;
  std::vector<double> seconds_;      // rates, of the run that is being read
  std::map<std::string, int> runs_;  // by parameters, which hold the benchmark's name
  std::vector<Row> rows_;
};

}  // namespace

Result<std::vector<Row>> import_kernel_bench(std::string_view text, const std::string& where) {
  return KernelBenchReader(where).read(text);
}

}  // namespace bpftax::bench
