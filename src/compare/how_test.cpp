#include "compare/how.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bpftax {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

MeasuredHow usual() {
  MeasuredHow how;
  how.window_s = 5;
  how.omit_s = 1;
  how.generator = "netperf";
  how.version = "Netperf version 2.7.0";
  how.bandwidth = "unlimited";
  how.placement = "same-cpu, tool apart";
  how.unit = "us";
  how.margin_percent = 5;
  return how;
}

TEST(MeasuredDifferently, SaysNothingOfWhatIsAlike) {
  MeasuredHow here = usual();
  here.window_s = 5.1;  // the generator's own timing
  here.version = "Netperf version 2.9.1";
  here.margin_percent = 18.5;  // raised by a floor: judging, not measuring
  here.margin_floor = 1;
  EXPECT_THAT(measured_differently(usual(), here), IsEmpty());
}

TEST(MeasuredDifferently, NamesEachDifference) {
  const auto with = [](auto change) {
    MeasuredHow here = usual();
    change(here);
    return measured_differently(usual(), here);
  };
  EXPECT_THAT(with([](MeasuredHow& h) { h.window_s = 2; }), ElementsAre("window 2 s here, 5 s there"));
  EXPECT_THAT(with([](MeasuredHow& h) { h.omit_s = 0; }),
              ElementsAre("left out before it 0 s here, 1 s there"));
  EXPECT_THAT(with([](MeasuredHow& h) { h.generator = "sockperf"; }),
              ElementsAre("traffic tool sockperf here, netperf there"));
  EXPECT_THAT(with([](MeasuredHow& h) { h.version = "Netperf version 3.0"; }),
              ElementsAre("version of the traffic tool 3 here, 2 there"));
  EXPECT_THAT(with([](MeasuredHow& h) { h.bandwidth = "1G"; }),
              ElementsAre("bandwidth 1G here, unlimited there"));
  EXPECT_THAT(with([](MeasuredHow& h) { h.placement = "cross-cpu, tool apart"; }),
              ElementsAre("placement cross-cpu, tool apart here, same-cpu, tool apart there"));
  EXPECT_THAT(with([](MeasuredHow& h) { h.unit = "ms"; }), ElementsAre("unit ms here, us there"));
  EXPECT_THAT(with([](MeasuredHow& h) { h.window_s = 2, h.bandwidth = "1G"; }).size(), 2);
}

TEST(MeasuredDifferently, FloorsMustAgreeWhereBothMadeTheMargin) {
  MeasuredHow there = usual(), here = usual();
  there.margin_floor = 1;
  EXPECT_THAT(measured_differently(there, here), IsEmpty());
  here.margin_floor = 2;
  EXPECT_THAT(measured_differently(there, here),
              ElementsAre("smallest difference that counts 2 here, 1 there"));
}

TEST(MeasuredDifferently, DoesNotGuessWhatIsNotKnown) {
  EXPECT_THAT(measured_differently(usual(), MeasuredHow{}), IsEmpty());
  EXPECT_EQ(not_known_of_both(usual(), MeasuredHow{}).size(), 6u);
  EXPECT_THAT(not_known_of_both(usual(), usual()), IsEmpty());
  MeasuredHow here = usual();
  here.version.clear();
  EXPECT_THAT(not_known_of_both(usual(), here), ElementsAre("the traffic tool's version"));
}

TEST(MajorVersion, IsTheFirstNumberThatStandsByItself) {
  EXPECT_EQ(major_version("iperf 3.12 (cJSON 1.7.15)"), "3");
  EXPECT_EQ(major_version("iperf3 3.9"), "3");
  EXPECT_EQ(major_version("Netperf version 2.7.0"), "2");
  EXPECT_EQ(major_version("sockperf, version 3.7-no.git"), "3");
  EXPECT_EQ(major_version("tool v4.1"), "4");
  EXPECT_EQ(major_version("12"), "12");
  EXPECT_EQ(major_version("unknown"), "");
  EXPECT_EQ(major_version(""), "");
}

}  // namespace
}  // namespace bpftax
