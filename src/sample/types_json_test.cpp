#include "sample/types_json.h"

#include <gtest/gtest.h>

#include "util/json.h"

namespace bpftax {
namespace {

Sample full_sample() {
  Sample sample;
  sample.monotonic_ns = 1'234'567'890'123;
  sample.cpus = {{0, 1, 2, 3, 4, 5, 6, 7, 8}, {1, 9, 10, 11, 12, 13, 14, 15, 16}};
  sample.context_switches = 17, sample.interrupts = 18, sample.softirq_net_rx = 19,
  sample.softirq_net_tx = 20;
  sample.memory = {1000, 900, 950, 30, 20};
  sample.pressure = {21, 22, 23, 24, 25};
  sample.interfaces = {{"server", "veth0", 1, 2, 3, 4, 5, 6, 7, 8}};
  sample.disks = {{"vda", 1, 2, 3, 4, 5}};
  sample.frequency_khz = {2'600'000, 800'000};
  sample.idle = {{0, 26, 27}};
  sample.hardware = HardwareCounters{28, 29, 30, 31};
  sample.processes = {{32, 2, 3, 33, 34, 35, 36, 37, 38}};
  return sample;
}

template <class T, class Read>
void expect_round_trip(const T& value, Read&& read) {
  const Json json = to_json(value);
  const auto back = read(json);
  ASSERT_TRUE(back.has_value()) << to_string(back.error());
  EXPECT_EQ(to_json(*back), json);
}

TEST(SamplesJson, KeepsEveryField) {
  SampleSeries series;
  series.samples = {full_sample(), Sample{}};
  series.unavailable = {{"pressure", "/proc/pressure/cpu: No such file or directory"}};
  series.sampler_cpu_us = 1234;
  expect_round_trip(series, sample_series_from_json);
  expect_round_trip(full_sample(), sample_from_json);

  const Json json = to_json(full_sample());
  EXPECT_EQ(json["cpus"][1]["steal_us"], 16);
  EXPECT_EQ(json["interfaces"][0]["tx_dropped"], 8);
  EXPECT_EQ(json["processes"][0]["run_delay_us"], 38);
  EXPECT_EQ(json["hardware"]["cache_misses"], 31);
}

TEST(SamplesJson, WritesUnknownAsNullAndReadsAbsentAsUnknown) {
  Json json = to_json(Sample{});
  EXPECT_TRUE(json.at("hardware").is_null());
  EXPECT_TRUE(json.at("pressure").at("cpu_some_us").is_null());
  json.erase("hardware");
  const auto sample = sample_from_json(json);
  ASSERT_TRUE(sample.has_value());
  EXPECT_FALSE(sample->hardware.has_value());
  EXPECT_FALSE(sample->pressure.cpu_some_us.has_value());
}

TEST(SamplesJson, NamesTheFieldThatIsWrong) {
  const auto error_of = [](const char* pointer, const Json& value) {
    Json json = to_json(full_sample());
    json[Json::json_pointer(pointer)] = value;
    const auto sample = sample_from_json(json);
    return sample ? std::string() : sample.error().where + ": " + sample.error().why;
  };
  EXPECT_EQ(error_of("/cpus/1/user_us", "many"), "cpus[1].user_us: expected an integer");
  EXPECT_EQ(error_of("/cpus/1/user_us", 1.5), "cpus[1].user_us: expected an integer");
  EXPECT_EQ(error_of("/cpus/1/user_us", -1), "cpus[1].user_us: -1 is not between 0 and 1152921504606846976");
  EXPECT_EQ(error_of("/cpus/0/cpu", 4294967296), "cpus[0].cpu: 4294967296 is not between 0 and 2147483647");
  EXPECT_EQ(error_of("/hardware/cycles", UINT64_MAX),
            "hardware.cycles: 18446744073709551615 is not between 0 and 1152921504606846976");
  EXPECT_EQ(error_of("/cpus", 3), "cpus: expected an array");
  EXPECT_EQ(error_of("/memory", nullptr), "memory: expected an object");
  EXPECT_EQ(error_of("/interfaces/0/name", 3), "interfaces[0].name: expected a string");
  Json json = to_json(full_sample());
  json["disks"][0].erase("reads");
  EXPECT_EQ(sample_from_json(json).error().where, "disks[0].reads");
  EXPECT_FALSE(sample_from_json(Json()).has_value());
  EXPECT_FALSE(sample_from_json(Json::array()).has_value());
}

TEST(SamplesJson, IgnoresFieldsOfNewerAgents) {
  Json json = to_json(full_sample());
  json["gpu"] = {{"load", 3}};
  EXPECT_TRUE(sample_from_json(json).has_value());
}

TEST(SamplingSpecJson, KeepsFieldsAndChecksTheInterval) {
  SamplingSpec spec;
  spec.interval_ms = 250, spec.handles = {1, 2}, spec.netns = {"", "client"}, spec.hardware_counters = false;
  expect_round_trip(spec, sampling_spec_from_json);
  for (const int wrong : {0, 99, 1001}) {
    spec.interval_ms = wrong;
    EXPECT_FALSE(sampling_spec_from_json(to_json(spec)).has_value()) << wrong;
  }
}

TEST(BpfInventoryJson, KeepsEveryField) {
  BpfInventory inventory;
  BpfProgram program;
  program.id = 4294967295u;
  program.name = "count", program.type = "tracepoint", program.attach = "tracepoint:net:x",
  program.tag = "ab";
  program.created_by_uid = 1000, program.loaded_at_ns = 1, program.run_time_ns = 2, program.run_count = 3;
  program.recursion_misses = 4, program.verified_insns = 5, program.jited_bytes = 6,
  program.translated_bytes = 7;
  program.map_ids = {8, 9};
  inventory.programs = {program, BpfProgram{}};
  inventory.maps = {{8, "counts", "hash", 4, 8, 1024, 65536}, {9, "", "ringbuf", 0, 0, 4096, std::nullopt}};
  inventory.links = {{1, "perf_event", 4294967295u, "tracepoint:net:x"}};
  inventory.attached = {4294967295u};
  inventory.unavailable = {{"links", "no"}};
  expect_round_trip(inventory, bpf_inventory_from_json);
  const Json json = to_json(inventory);
  EXPECT_TRUE(json["programs"][1]["verified_insns"].is_null());
  EXPECT_TRUE(json["maps"][1]["bytes"].is_null());
  EXPECT_EQ(json["programs"][0]["map_ids"], Json({8, 9}));
}

}  // namespace
}  // namespace bpftax
