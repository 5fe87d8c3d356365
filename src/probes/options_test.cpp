#include "probes/options.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace bpftax {
namespace {

Result<ProbeOptions> parse(const std::function<void(ProbeOptionTexts&)>& change) {
  ProbeOptionTexts texts;
  change(texts);
  return parse_common_options(texts);
}

TEST(Options, WithoutAnyEverythingIsWantedOnceASecondForEver) {
  const auto options = parse([](ProbeOptionTexts&) {});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->filter.protocol, 0);
  EXPECT_EQ(options->filter.family, 0);
  EXPECT_EQ(options->filter.port, 0);
  EXPECT_STREQ(options->filter.interface, "");
  EXPECT_EQ(options->interval_s, 1);
  EXPECT_FALSE(options->duration_s);
  EXPECT_FALSE(options->attach);
}

TEST(Options, AllConditionsEndUpInTheFilter) {
  const auto options = parse([](ProbeOptionTexts& texts) {
    texts.protocol = "icmp";
    texts.address = "192.0.2.7";
    texts.port = "65535";
    texts.interface = "fifteen-letters";
    texts.interval = "250ms";
    texts.duration = "2m";
    texts.attach = "raw_tp";
  });
  ASSERT_TRUE(options);
  EXPECT_EQ(options->filter.protocol, kProbeIcmp + 1);
  EXPECT_EQ(options->filter.family, 4);
  EXPECT_EQ(options->filter.address[0], htonl(0xc0000207));
  EXPECT_EQ(options->filter.address[1], 0u);
  EXPECT_EQ(options->filter.port, 65535);
  EXPECT_STREQ(options->filter.interface, "fifteen-letters");
  EXPECT_EQ(options->interval_s, 0.25);
  EXPECT_EQ(options->duration_s, 120);
  EXPECT_EQ(options->attach, AttachMode::kRawTp);
}

TEST(Options, AnIpv6AddressFillsAllFourWords) {
  ProbeFilter filter{};
  ASSERT_TRUE(parse_address("2001:db8::2", filter));
  EXPECT_EQ(filter.family, 6);
  EXPECT_EQ(filter.address[0], htonl(0x20010db8));
  EXPECT_EQ(filter.address[3], htonl(2));
}

struct BadOption {
  std::function<void(ProbeOptionTexts&)> change;
  const char* where;  // in the message
  const char* hint;
};

TEST(Options, WhatCannotBeMeantIsAUsageErrorThatNamesOptionAndText) {
  const std::vector<BadOption> cases = {
      {[](auto& t) { t.protocol = "tpc"; }, "--protocol tpc", "did you mean tcp?"},
      {[](auto& t) { t.protocol = "gopher"; }, "--protocol gopher", "one of all, tcp, udp, icmp"},
      {[](auto& t) { t.address = "example.org"; }, "--address example.org", "in numbers"},
      {[](auto& t) { t.address = "192.0.2.300"; }, "--address 192.0.2.300", "in numbers"},
      {[](auto& t) { t.port = "0"; }, "--port 0", "from 1 to 65535"},
      {[](auto& t) { t.port = "65536"; }, "--port 65536", "from 1 to 65535"},
      {[](auto& t) { t.port = "http"; }, "--port http", "from 1 to 65535"},
      {[](auto& t) { t.interface = "sixteen-letters!"; }, "--interface 'sixteen-letters!'", "ip link"},
      {[](auto& t) { t.interval = "fast"; }, "--interval fast", ""},
      {[](auto& t) { t.interval = "1ms"; }, "--interval 1ms", "10ms"},
      {[](auto& t) { t.duration = "-3"; }, "--duration -3", ""},
      {[](auto& t) { t.attach = "kprob"; }, "--attach kprob", "did you mean kprobe?"},
  };
  for (const BadOption& bad : cases) {
    const auto options = parse(bad.change);
    ASSERT_FALSE(options) << bad.where;
    EXPECT_EQ(options.error().kind, ErrorKind::kUsage) << bad.where;
    EXPECT_EQ(options.error().where, bad.where);
    EXPECT_NE(options.error().hint.find(bad.hint), std::string::npos) << options.error().hint;
  }
}

TEST(Options, EachWayToAttachIsKnownByItsName) {
  for (const AttachMode mode : kAttachModes) {
    const auto parsed = parse_attach_mode(std::string(to_string(mode)));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, mode);
  }
}

}  // namespace
}  // namespace bpftax
