// bpftax cases and bpftax tools as the user runs them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/temporary_folder.h"
#include "cli/run_testing.h"
#include "util/files.h"
#include "util/json.h"

namespace bpftax {
namespace {

using testing::HasSubstr;

const std::string kConfigData = std::string(BPFTAX_SOURCE_DIR) + "/tests/data/config/origin/";

TEST(CasesCommand, PrintsOrWritesTheCases) {
  const TemporaryFolder folder;
  const std::string environment = kConfigData + "os620-kernel-419-intel-physical";
  const Ran printed = run_bpftax({"cases", environment});
  EXPECT_EQ(printed.code, 0) << printed.err;
  const auto expected = read_file(environment + "/phy-620-cases.json");
  ASSERT_TRUE(expected);
  EXPECT_EQ(OrderedJson::parse(printed.out), OrderedJson::parse(*expected));
  const Ran written = run_bpftax({"cases", environment + "/phy-620-full.yaml", "-o", folder / "cases.json"});
  EXPECT_EQ(written.code, 0) << written.err;
  EXPECT_EQ(written.out, "97 cases: " + folder / "cases.json" + "\n");
  EXPECT_EQ(read_file(folder / "cases.json").value(), printed.out);
}

TEST(CasesCommand, SaysWhatIsWrongAndWritesNothing) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomically(folder / "x.yaml", "version: '1.0'\nenviroment: x\n"));
  const Ran ran = run_bpftax({"cases", folder / "x.yaml", "-o", folder / "cases.json"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_EQ(ran.err, "bpftax: error: unknown key 'enviroment': " + folder / "x.yaml" +
                         ":2:1: at the top of the file\nhint: did you mean 'environment'?\n");
  EXPECT_FALSE(path_exists(folder / "cases.json"));
  EXPECT_EQ(
      run_bpftax({"cases", kConfigData + "os620-kernel-419-intel-physical", "-o", folder / "no/such/x"}).code,
      2);
}

TEST(ToolsCommand, WritesARegistry) {
  const TemporaryFolder folder;
  ASSERT_TRUE(make_directories(folder / "tools/net"));
  ASSERT_TRUE(write_file_atomically(folder / "tools/net/life.bt", "BEGIN {}"));
  const Ran ran = run_bpftax({"tools", "scan", folder / "tools", "-o", folder / "tools.yaml"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("net/life.bt: bpftrace script (its name)\n1 files, 1 eBPF tools\n"));
  EXPECT_THAT(read_file(folder / "tools.yaml").value(), HasSubstr("template: bpftrace {path}"));
  const Ran json = run_bpftax({"tools", "scan", folder / "tools", "--json", "-"});
  EXPECT_EQ(json.code, 0) << json.err;
  EXPECT_EQ(run_bpftax({"tools", "scan", folder / "nothing"}).code, 2);
  EXPECT_EQ(run_bpftax({"tools"}).code, 2);
}

}  // namespace
}  // namespace bpftax
