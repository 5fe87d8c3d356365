#include "run/exclusion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bpftax {
namespace {

using testing::HasSubstr;

SampleSeries counters(const std::vector<NetInterface>& readings) {
  SampleSeries series;
  for (const NetInterface& reading : readings) {
    Sample sample;
    sample.interfaces = {reading};
    series.samples.push_back(sample);
  }
  return series;
}

NetInterface reading(int64_t packets, int64_t tx_errors = 0, int64_t rx_errors = 0) {
  NetInterface interface;
  interface.netns = "s";
  interface.name = "veth0";
  interface.rx_packets = interface.tx_packets = packets;
  interface.tx_errors = tx_errors;
  interface.rx_errors = rx_errors;
  return interface;
}

TEST(Exclusion, AsksForNinetyFivePercentOfTheDuration) {
  Measurement measurement;
  measurement.steady_end_ns = 4'750'000'000;
  EXPECT_FALSE(short_window(measurement, 5));
  measurement.steady_end_ns = 4'740'000'000;
  EXPECT_EQ(*short_window(measurement, 5), "only 4.74 s of 5 s were measured");
}

TEST(Exclusion, AllowsFivePercentStealOnEitherEnd) {
  EXPECT_FALSE(stolen_time({}));
  EXPECT_FALSE(stolen_time({{"steal_percent", 5.0}}));
  EXPECT_TRUE(stolen_time({{"steal_percent", 5.1}}));
  EXPECT_TRUE(stolen_time({{"steal_percent", 0}, {"client_steal_percent", 9}}));
}

TEST(Exclusion, SeesAClockThatWasStepped) {
  const ClockReading before{1'000, 500'000, "b"};
  EXPECT_FALSE(clock_stepped(before, {5'000'000'000, 5'000'499'000 + 2'500'000, "b"}, "here"));
  EXPECT_THAT(*clock_stepped(before, {5'000'000'000, 4'000'000'000, "b"}, "here"),
              HasSubstr("the clock of here was stepped by -1.0"));
}

TEST(Exclusion, SeesALinkThatFlappedOrWasReplaced) {
  EXPECT_FALSE(link_flapped(counters({reading(1), reading(5), reading(9)}), "s", "veth0"));
  EXPECT_THAT(*link_flapped(counters({reading(5), reading(9, 3)}), "s", "veth0"),
              HasSubstr("could not send 3"));
  EXPECT_THAT(*link_flapped(counters({reading(5), reading(1)}), "s", "veth0"), HasSubstr("was replaced"));
  SampleSeries gap = counters({reading(1), reading(2), reading(3)});
  gap.samples[1].interfaces.clear();
  EXPECT_THAT(*link_flapped(gap, "s", "veth0"), HasSubstr("was replaced"));
  gap.samples[2].interfaces.clear();
  EXPECT_THAT(*link_flapped(gap, "s", "veth0"), HasSubstr("went away"));
}

NetInterface link(std::optional<int64_t> carrier_changes, std::optional<std::string> operstate) {
  NetInterface interface = reading(1);
  interface.carrier_changes = carrier_changes;
  interface.operstate = std::move(operstate);
  return interface;
}

TEST(Exclusion, SeesALinkThatWentDownAndCameBackBetweenSamples) {
  const auto flapped = [](const std::vector<NetInterface>& readings) {
    return link_flapped(counters(readings), "s", "veth0").value_or("");
  };
  EXPECT_EQ(flapped({link(2, "up"), link({}, {}), link(2, "up")}), "");
  EXPECT_THAT(flapped({link(2, "up"), link({}, {}), link(4, "up")}), HasSubstr("carrier changed 2 time(s)"));
  EXPECT_THAT(flapped({link(2, "up"), link(2, "down")}), HasSubstr("went from up to down"));
  EXPECT_EQ(flapped({link({}, {}), link({}, {})}), "") << "the kernel does not say";
  EXPECT_EQ(flapped({link({}, {}), link(7, "up")}), "") << "known once only";
}

TEST(Exclusion, DoesNotTakeReceiveErrorsOrMissingCountersForAFlap) {
  EXPECT_FALSE(link_flapped(counters({reading(1), reading(5, 0, 100)}), "s", "veth0"));
  EXPECT_FALSE(link_flapped(counters({reading(5), reading(1)}), "s", "other"));
  EXPECT_FALSE(link_flapped({}, "s", "veth0"));
}

}  // namespace
}  // namespace bpftax
