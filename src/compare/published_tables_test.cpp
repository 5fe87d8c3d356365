// The published tables of four machines, entered as data (tests/data/published), reproduce the summary that
// was published with them and the classes of use that it gives to tools; where they do not, the difference is
// written down in the expected data, with its reason, and in docs/published_tables.md.
#include <gtest/gtest.h>

#include <cmath>

#include "compare/compare.h"
#include "compare/published.h"
#include "report/class_of_use.h"
#include "util/files.h"
#include "util/json.h"

namespace bpftax {
namespace {

const std::string kFolder = std::string(BPFTAX_SOURCE_DIR) + "/tests/data/published/";

Json expected(const std::string& name) {
  const auto text = read_file(kFolder + name);
  EXPECT_TRUE(text) << to_string(text.error());
  auto document = parse_json(*text, name);
  EXPECT_TRUE(document) << to_string(document.error());
  return *document;
}

const Comparison& four_machines() {
  static const Comparison kComparison = [] {
    std::vector<CompareSource> sources;
    for (const char* name : {"intel-5.10", "intel-4.19", "hygon-5.10", "arm-5.10"}) {
      const std::string path = kFolder + name + ".yaml";
      const auto text = read_file(path);
      EXPECT_TRUE(text) << to_string(text.error());
      const auto table = parse_published(*text, path);
      EXPECT_TRUE(table) << to_string(table.error());
      sources.push_back(source_of(*table));
      sources.back().label = table->name;
    }
    auto comparison = compare_sources(std::move(sources));
    EXPECT_TRUE(comparison) << to_string(comparison.error());
    return *comparison;
  }();
  return kComparison;
}

// As published: so many decimals.
std::string rounded(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

TEST(PublishedTables, TheBaselinesAreThoseOfTheSummary) {
  const Json summary = expected("summary.json");
  int checked = 0;
  for (const Json& line : summary["baselines"]) {
    for (const ComparedBaseline& baseline : four_machines().baselines) {
      if (baseline.environment != line["environment"] || baseline.workload != line["workload"] ||
          baseline.metric != line["metric"])
        continue;
      for (size_t i = 0; i < 4; ++i) {
        ASSERT_TRUE(baseline.values[i] && baseline.values[i]->single());
        EXPECT_EQ(rounded(baseline.values[i]->high, line["decimals"]), line["published"][i])
            << line.dump() << i;
        ++checked;
      }
    }
  }
  EXPECT_EQ(checked, 24);
}

// [low, high] of the range, null where only an upper end is known.
Json ends_of(const std::optional<Spread>& spread) {
  if (!spread) return nullptr;
  return {spread->low ? Json(*spread->low) : Json(nullptr), spread->high};
}

// Each published range is what the tables say; or it is not, and both are written down.
void expect_ranges(const Json& line, const std::vector<std::optional<Spread>>& found, int& checked) {
  const Json differs = line.value("differs", Json::object());
  for (size_t i = 0; i < 4; ++i) {
    const std::string machine = four_machines().sources[i].label;
    const Json ends = ends_of(found[i]);
    if (!differs.contains(machine)) {
      EXPECT_EQ(ends, line["published"][i]) << machine << " " << line.dump();
    } else {
      EXPECT_EQ(ends, differs[machine]["tables"]) << machine << " " << line.dump();
      EXPECT_NE(ends, line["published"][i]) << machine << ": no difference any more: " << line.dump();
      EXPECT_GT(differs[machine]["why"].get<std::string>().size(), 20u);
    }
    ++checked;
  }
}

TEST(PublishedTables, TheRangesOfClassesAreThoseOfTheSummaryOrTheDifferenceIsWrittenDown) {
  int checked = 0;
  const Json summary = expected("summary.json");
  for (const Json& line : summary["classes"])
    for (const ClassRange& range : four_machines().classes)
      if (range.environment == line["environment"] && range.design == line["design"] &&
          range.workload == line["workload"] && range.metric == line["metric"])
        expect_ranges(line, range.values, checked);
  EXPECT_EQ(checked, 12);
}

TEST(PublishedTables, TheRowsOfSingleToolsAreThoseOfTheSummary) {
  int checked = 0;
  const Json summary = expected("summary.json");
  for (const Json& line : summary["tools"]) {
    if (line["metric"] == "cpu_percent") {
      for (const ComparedTool& tool : four_machines().tools) {
        if (tool.test_case.environment != line["environment"] || tool.test_case.tool != line["tool"])
          continue;
        std::vector<std::optional<Spread>> values;
        for (const auto& subject : tool.subjects)
          values.push_back(subject ? subject->cpu_percent : std::nullopt);
        expect_ranges(line, values, checked);
      }
      continue;
    }
    for (const ComparedRow& row : four_machines().rows) {
      if (row.test_case.environment != line["environment"] || row.test_case.tool != line["tool"] ||
          row.workload != line["workload"] || row.metric != line["metric"])
        continue;
      std::vector<std::optional<Spread>> values;
      for (const ComparedCell& cell : row.cells) values.push_back(cell.value.overhead);
      expect_ranges(line, values, checked);
    }
  }
  EXPECT_EQ(checked, 8);
}

TEST(PublishedTables, HaveNoVerdictsAndNoIntervals) {
  for (const ComparedRow& row : four_machines().rows) {
    for (const ComparedCell& cell : row.cells) {
      EXPECT_EQ(cell.value.verdict, "");
      EXPECT_EQ(cell.refused, "");
      if (!cell.ratio) continue;
      EXPECT_FALSE(cell.ratio->low);
      EXPECT_EQ(cell.ratio->finding, "");
    }
  }
}

TEST(PublishedTables, AllOfThemAreThere) {
  const auto& tools = four_machines().tools;
  std::vector<int> cases(4);
  for (const ComparedTool& tool : tools)
    for (size_t i = 0; i < 4; ++i) cases[i] += tool.subjects[i] ? 1 : 0;
  EXPECT_EQ(cases, (std::vector<int>{25, 20, 24, 25}));
  for (const ComparedTool& tool : tools)
    for (const auto& subject : tool.subjects)
      EXPECT_FALSE(subject && subject->design == "unknown") << tool.test_case.tool;
}

TEST(PublishedTables, TheHostsDifferInKernelAndCpu) {
  std::vector<std::string> facts;
  for (const FactDifference& difference : four_machines().facts) facts.push_back(difference.fact);
  ASSERT_GE(facts.size(), 4u);
  EXPECT_EQ(facts[0], "kernel_release");
  EXPECT_EQ(facts[1], "architecture");
  EXPECT_EQ(facts[2], "cpu_model");
}

// The report gives classes of use to tools, for all machines at once. The rule of class_of_use.cpp sees each
// machine by itself.
TEST(PublishedTables, EachToolGetsTheClassThatItWasGivenOrTheDifferenceIsWrittenDown) {
  const Json classes = expected("classes.json");
  std::map<std::string, std::string> differences;  // what is left over did not happen
  for (const Json& each : classes["differences"])
    differences[each["machine"].get<std::string>() + "/" + each["environment"].get<std::string>() + "/" +
                each["tool"].get<std::string>()] = each["rule"].get<std::string>();
  int given = 0;
  for (const ComparedTool& tool : four_machines().tools) {
    std::string name = tool.test_case.tool;
    if (!tool.test_case.protocol.empty()) name += " (" + tool.test_case.protocol + ")";
    std::optional<std::string> document;
    for (const Json& group : classes["classes"])
      for (const Json& member : group["tools"])
        if (member == name) document = group["class"].get<std::string>();
    for (size_t i = 0; i < 4; ++i) {
      if (!tool.subjects[i]) continue;
      // Every summary tool is in the first group.
      if (!document && tool.subjects[i]->design == "summary") document = "continuous";
      const std::string rule = tool.subjects[i]->use.name;
      const std::string key =
          four_machines().sources[i].label + "/" + tool.test_case.environment + "/" + name;
      if (!document) continue;
      ++given;
      // "avoid under load, or for a short time": both are that.
      const bool same = rule == *document || (*document == "short-term" && rule == "avoid");
      if (same) {
        EXPECT_EQ(differences.count(key), 0u) << key << ": no difference any more";
        continue;
      }
      ASSERT_EQ(differences.count(key), 1u) << key << ": " << *document << " there, " << rule
                                            << " by the rule: " << tool.subjects[i]->use.reason;
      EXPECT_EQ(differences[key], rule) << key << ": " << tool.subjects[i]->use.reason;
      differences.erase(key);
    }
  }
  for (const auto& [key, rule] : differences) ADD_FAILURE() << key << " is listed and does not occur";
  EXPECT_GT(given, 60);
}

}  // namespace
}  // namespace bpftax
