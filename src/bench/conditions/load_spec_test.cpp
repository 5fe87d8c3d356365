#include "bench/conditions/load_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bpftax::bench {
namespace {

std::vector<std::string> names(const std::vector<std::string>& texts) {
  std::vector<std::string> names;
  const auto specs = parse_loads(texts);
  if (!specs) return {to_string(specs.error())};
  for (const LoadSpec& spec : *specs) names.push_back(spec.name());
  return names;
}

TEST(LoadSpec, names_are_what_was_typed_in_one_order) {
  EXPECT_THAT(names({"idle,cpu:80", "mem:75%", "net+io+mem:50+cpu:12.5"}),
              testing::ElementsAre("idle", "cpu:80", "mem:75", "cpu:12.5+mem:50+io+net"));
}

TEST(LoadSpec, nothing_asked_for_is_the_idle_machine) {
  EXPECT_THAT(names({}), testing::ElementsAre("idle"));
}

TEST(LoadSpec, parts_are_kept) {
  const auto spec = parse_load("cpu:80+io");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->cpu_percent, 80);
  EXPECT_FALSE(spec->memory_percent);
  EXPECT_TRUE(spec->io);
  EXPECT_FALSE(spec->net);
  EXPECT_FALSE(spec->idle());
}

TEST(LoadSpec, what_is_no_load_is_refused_with_a_hint) {
  for (const char* text :
       {"",        "cpu",     "mem",     "cpu:",  "cpu:0",         "cpu:101",     "cpu:-5",
        "cpu:80x", "cpu:nan", "mem:96",  "mem:",  "io:1",          "disk",        "CPU:80",
        "cpu:80+", "+",       "idle+io", "io+io", "cpu:80+cpu:80", "mem:1+mem:2", "net+net"}) {
    const auto spec = parse_load(text);
    ASSERT_FALSE(spec) << text;
    EXPECT_EQ(spec.error().kind, ErrorKind::kUsage) << text;
    EXPECT_FALSE(spec.error().hint.empty()) << text;
  }
  for (const std::vector<std::string>& texts :
       {std::vector<std::string>{"idle,idle"}, {"cpu:80", "cpu:80%"}, {"idle,"}, {""}, {"io+net,net+io"}})
    EXPECT_FALSE(parse_loads(texts)) << testing::PrintToString(texts);
}

}  // namespace
}  // namespace bpftax::bench
