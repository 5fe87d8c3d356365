#include "bench/guide/testdata.h"

#include <map>

namespace bpftax::bench {

Row measured_row(std::string benchmark, std::string subject, std::string op, std::string side, double mean,
                 Json params) {
  Row row;
  row.benchmark = std::move(benchmark);
  row.subject = std::move(subject);
  row.op = std::move(op);
  row.side = std::move(side);
  row.params = std::move(params);
  row.ns = Value{mean, mean * 0.98, mean * 1.02};
  row.p50 = mean * 0.99;
  row.p99 = mean * 1.1;
  row.samples = 30;
  row.processes = 6;
  return row;
}

namespace {

Row absent_row(std::string benchmark, std::string subject, std::string op, std::string side, Status status,
               std::string reason) {
  Row row;
  row.benchmark = std::move(benchmark);
  row.subject = std::move(subject);
  row.op = std::move(op);
  row.side = std::move(side);
  row.status = status;
  row.reason = std::move(reason);
  return row;
}

Json map_params(const char* type, int ops) {
  return {{"entries", 1024},
          {"key_size", std::string(type) == "lpm_trie" ? 8 : 4},
          {"value_size", 8},
          {"threads", 1},
          {"ops", ops}};
}

struct MapCost {
  const char* type;
  double lookup, update, insert, remove, user_lookup, user_update;  // insert, remove: 0 where it has none
  double bytes;
};
constexpr MapCost kMaps[] = {
    {"hash", 14.2, 61, 66, 48, 310, 330, 98'304},         {"array", 1.8, 9.5, 0, 0, 290, 300, 8'704},
    {"percpu_hash", 14.9, 31, 68, 49, 520, 560, 180'224}, {"percpu_array", 2.2, 10.4, 0, 0, 480, 470, 41'472},
    {"lru_hash", 16.1, 92, 97, 70, 330, 390, 106'496},    {"lpm_trie", 96, 240, 250, 210, 420, 610, 81'920},
};

void add_maps(Document& document, const std::string& condition, double factor) {
  for (const MapCost& map : kMaps) {
    const auto add = [&](const char* op, const char* side, double ns) {
      for (const int ops : {1000, 10'000, 100'000}) {
        Row row = measured_row("maps", map.type, op, side, ns * factor * (1 + 20.0 / ops),
                               map_params(map.type, ops));
        row.condition = condition;
        row.floor_ns = Value{1.9 * factor, 1.85 * factor, 1.95 * factor};
        row.metrics.push_back({"memory", "bytes", {map.bytes, map.bytes, map.bytes}});
        document.rows.push_back(std::move(row));
      }
    };
    add("lookup", "program", map.lookup);
    add("update", "program", map.update);
    if (map.insert > 0) add("insert", "program", map.insert);
    if (map.remove > 0) add("delete", "program", map.remove);
    add("lookup", "user", map.user_lookup);
    add("update", "user", map.user_update);
    if (map.remove == 0) {
      document.rows.push_back(absent_row("maps", map.type, "delete", "program", Status::kUnavailable,
                                         "an array has all of its elements always"));
      document.rows.back().condition = condition;
    }
  }
  Row floor = measured_row("maps", "hash", "empty_loop", "program", 1.9 * factor);
  floor.is_floor = true;
  floor.condition = condition;
  document.rows.push_back(std::move(floor));
}

void add_threads(Document& document) {
  const std::map<std::string, double> with_two = {
      {"hash", 204}, {"percpu_array", 10.5}, {"array", 21}, {"percpu_hash", 32}, {"lru_hash", 320}};
  for (const auto& [type, ns] : with_two) {
    Json params = map_params(type.c_str(), 100'000);
    params["threads"] = 2;
    params["contention"] = "same";
    document.rows.push_back(measured_row("maps", type, "update", "program", ns, std::move(params)));
  }
}

void add_hooks(Document& document) {
  const std::map<std::string, double> hooks = {
      {"raw_tp", 22},        {"tp_btf", 21.8},           {"tracepoint", 71},
      {"kprobe.multi", 120}, {"uprobe", 1480},           {"xdp_native", 190},
      {"xdp_generic", 95},   {"tc_clsact_ingress", 110}, {"socket_filter", 60}};
  for (const auto& [hook, ns] : hooks) {
    for (const auto& [body, extra] :
         std::map<std::string, double>{{"empty", 0}, {"count", 1.6}, {"hash_update", 58}}) {
      const bool network = hook.starts_with("xdp") || hook.starts_with("tc") || hook == "socket_filter";
      Row row = measured_row("hooks", hook, body, "", ns + extra,
                             {{"place", network ? "in-place" : "hot"}, {"programs", 1}});
      if (network)
        row.metrics.push_back({"pps", "1/s", {1e9 / (900 + ns), 1e9 / (920 + ns), 1e9 / (880 + ns)}});
      document.rows.push_back(std::move(row));
    }
    document.rows.push_back(measured_row("hooks", hook, "attach", "", 40'000 + 100 * ns));
  }
  document.rows.push_back(absent_row("hooks", "fentry", "empty", "", Status::kUnavailable,
                                     "the kernel refuses: Unknown error 524"));
  document.rows.push_back(absent_row("hooks", kAttack, kAttack, "", Status::kInvalid, kAttack));
}

void add_submit(Document& document) {
  for (const int size : {16, 256, 1024}) {
    const auto add = [&](const char* path, const char* op, const char* wakeup, double ns, double lost,
                         double cpu) {
      Row row = measured_row("submit", path, op, "program", ns, {{"record_size", size}, {"wakeup", wakeup}});
      row.metrics = {{"lost", "share", {lost, lost * 0.9, lost * 1.1}},
                     {"consumer_cpu", "share", {cpu, cpu * 0.95, cpu * 1.05}}};
      document.rows.push_back(std::move(row));
    };
    add("ringbuf", "stream_reserve", "adaptive", 40 + size * 0.05, 0, 0.31);
    add("ringbuf", "stream_reserve", "force", 900 + size * 0.05, 0, 0.82);
    add("ringbuf", "stream_output", "adaptive", 44 + size * 0.08, 0, 0.32);
    add("perf_event_array", "stream_output", "1", 1100 + size * 0.1, 0.12, 0.9);
    add("perf_event_array", "stream_output", "64", 210 + size * 0.1, 0.03, 0.4);
  }
}

void add_load(Document& document) {
  for (const int size : {64, 1024, 16'384}) {
    const double verify = 20'000 + 95.0 * size, jit = 9'000 + 30.0 * size;
    document.rows.push_back(measured_row("load", "straight_line", "verify", "", verify, {{"size", size}}));
    document.rows.push_back(measured_row("load", "straight_line", "jit_and_rest", "", jit, {{"size", size}}));
    for (Row* row : {&document.rows.back(), &document.rows[document.rows.size() - 2]})
      for (const char* metric : {"instructions", "processed"})
        row->metrics.push_back({metric, "count", {size * 1.0, size * 1.0, size * 1.0}});
  }
}

}  // namespace

Document synthetic_document() {
  Document document;
  document.version = "0.0.1";
  document.command = "bpftax bench all --load idle,cpu:80 --json bench.json";
  document.started = "2026-11-21T10:00:00Z";
  document.seed = 42;
  document.host = {{"hostname", "lab"},
                   {"kernel_release", "6.18.0"},
                   {"cpu_model", "Imaginary <b>CPU</b>"},
                   {"cpu_count_online", 2},
                   {"cpus_possible", "0-1"}};
  document.conditions = Json::array(
      {{{"name", "idle"},
        {"status", "reached"},
        {"reached", {{"cpu_percent", {{"mean", 4.1}, {"min", 1.0}, {"max", 9.0}, {"samples", 30}}}}}},
       {{"name", "cpu:80"},
        {"status", "reached"},
        {"reached", {{"cpu_percent", {{"mean", 80.6}, {"min", 77.0}, {"max", 83.0}, {"samples", 30}}}}}}});
  add_maps(document, "idle", 1);
  add_maps(document, "cpu:80", 1.3);
  add_threads(document);
  add_hooks(document);
  add_submit(document);
  add_load(document);
  document.warnings = {std::string("A warning that names ") + kAttack};
  return document;
}

}  // namespace bpftax::bench
