#include <fmt/format.h>

#include <algorithm>

#include "config/sections.h"
#include "util/strings.h"

namespace bpftax {
namespace {

const std::vector<std::string> kTestTypes = {"throughput", "latency", "pps"};
constexpr double kShortestTest = 0.1, kLongestTest = 86400;
constexpr int kMostStreams = 64;

// Which command runs is ours to say: every number of a report depends on it. One warning for all of a file.
void ignore_commands(Fields& fields, const std::vector<std::string>& keys) {
  constexpr const char* kWhy = "bpftax has its own command for each workload";
  for (const std::string& key : keys) {
    const auto& warnings = *fields.file().warnings;
    const bool said = std::any_of(warnings.begin(), warnings.end(),
                                  [&](const std::string& each) { return each.ends_with(kWhy); });
    if (said) {
      fields.ignore(key.c_str());
    } else {
      fields.ignored(key.c_str(), kWhy);
    }
  }
  fields.ignore("ports");
  fields.ignore("base_port");
}

// iperf3's -b: a number with an optional K, M, G, T.
void check_bandwidth(Fields& fields, const char* key, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    const bool unit =
        !text.empty() && std::string_view("kKmMgGtT").find(text.back()) != std::string_view::npos;
    const auto value = to_double(unit ? text.substr(0, text.size() - 1) : text);
    if (!value || *value < 0)
      return fields.wrong(*fields.take(key), "'" + fields.path(key) + "' is not a bandwidth",
                          quote_name(text), "bits a second, such as 1G or 500M");
  }
}

void read_streams(Fields& fields, std::vector<int>& streams) {
  const YamlNode* node = fields.take("streams");
  if (node == nullptr) return;
  std::vector<std::string> texts;
  fields.texts("streams", texts);
  streams.clear();
  for (const std::string& text : texts) {
    const auto count = to_int64(text);
    if (!count || *count < 1 || *count > kMostStreams)
      return fields.wrong(*node, "'" + fields.path("streams") + "' is not a number of streams",
                          quote_name(text), fmt::format("1 to {}, or a list of such", kMostStreams));
    if (std::find(streams.begin(), streams.end(), static_cast<int>(*count)) != streams.end())
      return fields.wrong(*node, "a number of streams stands twice", text);
    streams.push_back(static_cast<int>(*count));
  }
}

// What throughput and pps say for both of their tests, or for one of them.
struct StreamSettings {
  double duration_s = 10;
  std::vector<std::string> bandwidths = {""};
  std::vector<int> streams = {4};
};

void read_stream_settings(Fields& fields, StreamSettings& settings, bool multiple) {
  fields.seconds("duration", settings.duration_s, kShortestTest, kLongestTest);
  if (fields.has("target_bw")) {
    fields.texts("target_bw", settings.bandwidths);
    check_bandwidth(fields, "target_bw", settings.bandwidths);
    if (settings.bandwidths.empty()) settings.bandwidths = {""};
  }
  if (multiple) read_streams(fields, settings.streams);
  ignore_commands(fields, {"server_cmd", "client_cmd_tcp", "client_cmd_udp"});
}

void add_stream_tests(std::vector<PerformanceTest>& tests, const std::string& type,
                      const StreamSettings& settings, bool multiple) {
  const std::string workload = type == "pps" ? "udp_pps" : "tcp_stream";
  const std::vector<int> single = {1};
  for (const int streams : multiple ? settings.streams : single) {
    for (const std::string& bandwidth : settings.bandwidths) {
      PerformanceTest test;
      test.type = type;
      test.conn = multiple ? fmt::format("multi_{}", streams) : "single";
      test.workload = streams > 1 ? fmt::format("{}_{}", workload, streams) : workload;
      test.duration_s = settings.duration_s;
      test.target_bandwidth = bandwidth;
      tests.push_back(std::move(test));
    }
  }
}

void read_stream_type(Fields& all, const char* type, double default_duration_s,
                      std::vector<PerformanceTest>& tests) {
  all.fields(type, [&](Fields& fields) {
    StreamSettings common;
    common.duration_s = default_duration_s;
    read_stream_settings(fields, common, true);
    bool multiple_only = false;
    fields.boolean("multi_stream_only", multiple_only);
    fields.ignored("sar_cmd", "bpftax reads the interface's counters itself");
    const bool single = fields.has("single_stream"), multiple = fields.has("multi_stream");
    if (single) {
      StreamSettings settings = common;
      fields.fields("single_stream", [&](Fields& one) { read_stream_settings(one, settings, false); });
      if (!multiple_only) add_stream_tests(tests, type, settings, false);
    } else {
      fields.ignore("single_stream");
    }
    if (multiple) {
      StreamSettings settings = common;
      fields.fields("multi_stream", [&](Fields& many) { read_stream_settings(many, settings, true); });
      add_stream_tests(tests, type, settings, true);
    } else {
      fields.ignore("multi_stream");
    }
    if (!single && !multiple) {  // legacy: streams stand directly below the type
      if (!multiple_only) add_stream_tests(tests, type, common, false);
      add_stream_tests(tests, type, common, true);
    }
  });
}

void read_latency(Fields& all, double default_duration_s, std::vector<PerformanceTest>& tests) {
  all.fields("latency", [&](Fields& fields) {
    double common_s = default_duration_s;
    fields.seconds("duration", common_s, kShortestTest, kLongestTest);
    const bool tcp = fields.has("tcp_rr") || fields.has("client_cmd_tcp");
    const bool udp = fields.has("udp_rr") || fields.has("client_cmd_udp");
    for (const char* name : {"tcp_rr", "udp_rr"}) {
      double duration_s = common_s;
      const YamlNode* node = fields.take(name);
      if (node != nullptr && node->kind != YamlNode::Kind::kNull) {
        fields.fields(name,
                      [&](Fields& one) { one.seconds("duration", duration_s, kShortestTest, kLongestTest); });
      }
      const bool wanted = (!tcp && !udp) || (std::string_view(name) == "tcp_rr" ? tcp : udp);
      if (wanted) tests.push_back({"latency", name, name, duration_s, ""});
    }
    ignore_commands(fields, {"server_cmd", "client_cmd_tcp", "client_cmd_udp"});
  });
}

}  // namespace

Result<void> check_performance_types(Fields& fields, const char* key) {
  const YamlNode* node = fields.take(key);
  if (node == nullptr || !node->is_sequence()) return {};
  for (const YamlPtr& item : node->items) {
    if (std::find(kTestTypes.begin(), kTestTypes.end(), item->text) == kTestTypes.end())
      return config_error(fields.file().place(*item), "unknown performance test " + quote_name(item->text),
                          "in '" + fields.path(key) + "'", hint_nearest(item->text, kTestTypes));
  }
  return {};
}

Result<std::vector<PerformanceTest>> read_performance_tests(const YamlNode& tests, const ConfigFile& file,
                                                            const std::string& path,
                                                            double default_duration_s) {
  std::vector<PerformanceTest> result;
  Fields fields(tests, file, path);
  read_stream_type(fields, "throughput", default_duration_s, result);
  read_latency(fields, default_duration_s, result);
  read_stream_type(fields, "pps", default_duration_s, result);
  BPFTAX_TRY(fields.done());
  if (result.empty())
    return config_error(file.place(tests), "'" + path + "' names no test", "",
                        "throughput, latency and pps are known");
  return result;
}

}  // namespace bpftax
