#include "workload/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workload/recorded_window.h"

namespace bpftax {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Generators kAll = recorded_context().generators;

TEST(Registry, NamesAreThePublishedOnes) {
  EXPECT_THAT(workload_names(), ElementsAre("tcp_stream", "tcp_stream_4", "udp_stream", "tcp_rr", "udp_rr",
                                            "udp_pps", "udp_pps_4"));
  EXPECT_EQ(primary_workloads(), workload_names());
  EXPECT_THAT(quick_workloads(), ElementsAre("tcp_stream", "tcp_rr", "udp_pps"));
}

TEST(Registry, EveryNameMakesAWorkloadOfThatNameWithOnePrimaryMetric) {
  for (const std::string& name : workload_names()) {
    const auto workload = find_workload(name, kAll);
    ASSERT_TRUE(workload) << to_string(workload.error());
    EXPECT_EQ((*workload)->name(), name);
    EXPECT_EQ((*workload)->request_response(), name.ends_with("_rr"));
    const auto& metrics = (*workload)->metrics();
    EXPECT_EQ(std::ranges::count_if(metrics, &MetricInfo::primary), 1) << name;
    for (const MetricInfo& metric : metrics)
      EXPECT_GT(metric.margin_percent, 0) << name << "." << metric.name;
  }
}

TEST(Registry, TheNumberOfSendersMayDiffer) {
  for (const char* name : {"tcp_stream_2", "tcp_stream_16", "udp_pps_8"}) {
    const auto workload = find_workload(name, kAll);
    ASSERT_TRUE(workload) << name;
    EXPECT_EQ((*workload)->name(), name);
    WorkloadContext context = recorded_context();
    EXPECT_EQ(std::to_string((*workload)->clients(context).size()),
              std::string(name).substr(std::string(name).rfind('_') + 1));
  }
  for (const char* name : {"tcp_stream_1", "tcp_stream_17", "tcp_rr_4", "tcp_stream_", "udp_pps_x", "_4"})
    EXPECT_FALSE(find_workload(name, kAll)) << name;
}

TEST(Registry, AnUnknownNameIsAUsageErrorWithTheNearestName) {
  const auto workload = find_workload("tcp_steam", kAll);
  ASSERT_FALSE(workload);
  EXPECT_EQ(workload.error().kind, ErrorKind::kUsage);
  EXPECT_EQ(workload.error().hint, "did you mean tcp_stream?");
  EXPECT_THAT(find_workload("quux", kAll).error().hint, HasSubstr("known are tcp_stream, "));
}

TEST(Registry, SockperfStandsInForNetperf) {
  Generators generators = kAll;
  EXPECT_EQ((*find_workload("tcp_rr", generators))->generator(), "netperf");
  generators.netserver.clear();
  EXPECT_EQ((*find_workload("tcp_rr", generators))->generator(), "sockperf");
  EXPECT_EQ((*find_workload("udp_rr", generators))->generator(), "sockperf");
}

TEST(Registry, AMissingGeneratorIsAnEnvironmentErrorThatNamesThePackage) {
  for (const std::string& name : workload_names()) {
    const auto workload = find_workload(name, {});
    ASSERT_FALSE(workload) << name;
    EXPECT_EQ(workload.error().kind, ErrorKind::kEnvironment);
    EXPECT_THAT(workload.error().hint, HasSubstr("apt install"));
  }
}

}  // namespace
}  // namespace bpftax
