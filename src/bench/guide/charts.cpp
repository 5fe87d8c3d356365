#include "bench/guide/charts.h"

#include <algorithm>
#include <initializer_list>

#include "bench/guide/chart_maker.h"
#include "bench/guide/row_text.h"
#include "bench/guide/selection.h"

namespace bpftax::bench {
namespace {

// What a parameter is called in a heading: "By number of threads".
struct Heading {
  std::string_view key, title;
};
constexpr Heading kHeadings[] = {
    {"ops", "By number of operations"},     {"threads", "By number of threads"},
    {"entries", "By size of the map"},      {"key_size", "By size of the key"},
    {"value_size", "By size of the value"}, {"fill", "By fill of the map"},
    {"contention", "By contention"},        {"record_size", "By size of the record"},
    {"producers", "By producers"},          {"programs", "By number of programs on one hook"},
    {"wakeup", "By wake-up policy"},
};

std::string heading_of(const std::string& key) {
  for (const Heading& heading : kHeadings)
    if (heading.key == key) return std::string(heading.title);
  std::string out = "By " + key;
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

// Those of these metrics that some row has.
std::vector<std::string> metrics_of(const Selection& selection, std::initializer_list<const char*> wanted) {
  std::vector<std::string> out;
  for (const char* name : wanted)
    if (std::any_of(selection.rows().begin(), selection.rows().end(),
                    [&](const Row* row) { return quantity_of(*row, name).has_value(); }))
      out.emplace_back(name);
  return out;
}

std::string spaced_name(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

constexpr char kPerOperation[] = "{} per operation";
constexpr char kUnitAlone[] = "{}";

// Each operation of each side. What the kernel's own loop says (side "repeat") is a check, and stays in the
// tables.
std::vector<OpSet> single_ops(const Selection& selection) {
  std::vector<OpSet> out;
  for (const std::string& side : selection.sides())
    if (side != "repeat")
      for (const std::string& op : selection.ops()) out.push_back(OpSet::one(op, side));
  return out;
}

void sweeps(const Selection& selection, ChartMaker& make, const Quantity& quantity) {
  for (const std::string& key : selection.swept()) {
    make.box(key, heading_of(key), "");
    for (const OpSet& ops : single_ops(selection)) make.by_parameter(key, ops, quantity);
  }
}

void by_load(const Selection& selection, ChartMaker& make, const std::vector<OpSet>& sets,
             const Quantity& quantity) {
  if (selection.conditions().size() < 2) return;
  make.box("load", "By load",
           "The same operations in each condition of the run, which were visited in turn. What was reached "
           "stands under Conditions.");
  for (const OpSet& ops : sets) make.by_condition(ops, quantity);
}

void map_charts(const Selection& selection, BenchCharts& out) {
  ChartMaker make(selection, "maps", out);
  make.box("operations", "By operation and map type",
           "Operations in the program and through the system call are different things: two charts. Bars are "
           "95 % intervals.");
  for (const std::string& condition : selection.conditions())
    for (const std::string& side : selection.sides())
      if (side != "repeat") make.by_operation(side, condition);
  by_load(selection, make, single_ops(selection), {"", kPerOperation});
  sweeps(selection, make, {"", kPerOperation});
  if (!metrics_of(selection, {"memory"}).empty()) {
    make.box("memory", "Memory of a map", "");
    for (const char* side : {"program", "user"}) {
      const size_t before = out.charts.size();
      make.bars({{"lookup"}, side, "Map as it was looked up in", false}, {"memory", kUnitAlone});
      if (out.charts.size() > before) break;
    }
  }
  make.finish();
}

void hook_charts(const Selection& selection, BenchCharts& out) {
  ChartMaker make(selection, "hooks", out);
  const auto bars_of = [&](auto&& wanted) {
    for (const OpSet& ops : single_ops(selection))
      if (wanted(ops.ops.front())) make.bars(ops, {"", kUnitAlone});
  };
  const auto attaches = [](const std::string& op) { return op == "attach" || op == "detach"; };
  const auto answers = [](const std::string& op) { return op.ends_with("_rr"); };
  make.box("bodies", "Cost of a hook, by body of the program",
           "The same body on every hook; the floor without a program is subtracted.");
  bars_of([&](const std::string& op) { return !attaches(op) && !answers(op); });
  make.box("transactions", "A packet and its answer",
           "What the programs add to the time of a transaction over a veth pair.");
  bars_of(answers);
  make.box("attaching", "Attaching and detaching", "One program that is loaded already.");
  bars_of(attaches);
  for (const std::string& metric : metrics_of(selection, {"pps", "latency_p50", "latency_p99"})) {
    make.box("metric-" + metric, metric == "pps" ? "Packets per second" : spaced_name(metric), "");
    for (const OpSet& ops : single_ops(selection)) make.bars(ops, {metric, kUnitAlone});
  }
  by_load(selection, make, single_ops(selection), {"", kUnitAlone});
  sweeps(selection, make, {"", kUnitAlone});
  make.finish();
}

void submit_charts(const Selection& selection, BenchCharts& out) {
  ChartMaker make(selection, "submit", out);
  OpSet cost{{}, "", "Submission alone", true}, stream{{}, "", "With a consumer beside it", true};
  for (const std::string& op : selection.ops()) (op.starts_with("stream_") ? stream : cost).ops.push_back(op);
  const auto draw = [&](const Quantity& quantity) {
    for (const OpSet& set : {cost, stream}) {
      if (set.ops.empty()) continue;
      for (const std::string& key : selection.swept())
        if (selection.is_number(key)) {
          OpSet titled = set;
          titled.title += ", by " + spaced_name(key);
          make.by_parameter(key, titled, quantity);
        }
      OpSet titled = set;
      titled.title += ", by path and wake-up";
      make.bars(titled, quantity);
    }
  };
  make.box("time", "Time per record", "");
  draw({"", "{} per record"});
  struct Beside {
    const char* metric;
    const char* title;
  };
  for (const Beside& beside :
       {Beside{"lost", "Lost records"}, Beside{"consumer_cpu", "CPU of the consumer"},
        Beside{"wakeups", "Wake-ups of the consumer"}, Beside{"records", "Records a second"}}) {
    if (metrics_of(selection, {beside.metric}).empty()) continue;
    make.box(beside.metric, beside.title, "");
    draw({beside.metric, kUnitAlone});
  }
  by_load(selection, make, {cost, stream}, {"", "{} per record"});
  make.finish();
}

void load_charts(const Selection& selection, BenchCharts& out) {
  ChartMaker make(selection, "load", out);
  const auto op = [](const char* name) { return OpSet::one(name, ""); };
  make.box("by-processed", "By what the verifier had to look at", "");
  make.by_metric("processed", "instructions processed", op("verify"));
  make.box("by-size", "By instructions of the program", "");
  for (const char* name : {"load", "verify", "jit_and_rest"})
    make.by_metric("instructions", "instructions", op(name));
  make.box("stages", "By stage", "");
  for (const OpSet& ops : single_ops(selection)) make.bars(ops, {"", kUnitAlone});
  by_load(selection, make, single_ops(selection), {"", kUnitAlone});
  sweeps(selection, make, {"", kUnitAlone});
  make.finish();
}

}  // namespace

BenchCharts bench_charts(const Document& document) {
  BenchCharts out;
  const auto family = [&](std::string_view name, void (*make)(const Selection&, BenchCharts&)) {
    const Selection selection(document, name);
    if (!selection.empty()) make(selection, out);
  };
  family("maps", map_charts);
  family("hooks", hook_charts);
  family("submit", submit_charts);
  family("load", load_charts);
  return out;
}

}  // namespace bpftax::bench
