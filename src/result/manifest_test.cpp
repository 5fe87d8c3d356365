#include "result/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/json.h"

namespace bpftax {
namespace {

using ::testing::HasSubstr;

const std::string kDigest(64, 'a');

Manifest two_files() {
  Manifest manifest;
  manifest.run_id = "20261120-190312-3f9a";
  manifest.host = "host-server";
  manifest.files = {{"ebpf/b.log", 12, kDigest}, {"baseline/host/ä 'x'; $(y).txt", 0, kDigest}};
  return manifest;
}

std::string why_of(const Json& document) {
  const auto read = parse_manifest(document.dump(), "host-server");
  return read ? "accepted" : to_string(read.error());
}

Json document_with(Json entry) {
  return {{"schema", "bpftax.manifest/1"},
          {"run_id", "r"},
          {"host", "h"},
          {"files", Json::array({std::move(entry)})}};
}

TEST(Manifest, survives_writing_and_reading_sorted_by_path) {
  const auto text = manifest_document(two_files());
  ASSERT_TRUE(text.has_value());
  const auto read = parse_manifest(*text, "host-server");
  ASSERT_TRUE(read.has_value()) << to_string(read.error());
  EXPECT_EQ(read->run_id, "20261120-190312-3f9a");
  EXPECT_EQ(read->host, "host-server");
  ASSERT_EQ(read->files.size(), 2u);
  EXPECT_EQ(read->files[0].path, "baseline/host/ä 'x'; $(y).txt");
  EXPECT_EQ(read->files[1].path, "ebpf/b.log");
  EXPECT_EQ(read->files[1].size, 12);
  EXPECT_EQ(read->files[1].sha256, kDigest);
}

TEST(Manifest, paths_that_could_leave_or_deceive_have_a_fault) {
  const std::string deep = [] {
    std::string path = "a";
    for (int i = 0; i < 300; ++i) path += "/a";
    return path;
  }();
  for (const std::string& path :
       {std::string(), std::string("/etc/passwd"), std::string(".."), std::string("../x"),
        std::string("a/../b"), std::string("a/.."), std::string("./a"), std::string("a//b"),
        std::string("a/"), std::string("a\nb"), std::string("a\0b", 3), std::string("a\x1b[31mb"),
        std::string("a\x7f"), std::string("a\xff"), std::string(256, 'x'), std::string(5000, 'x'), deep}) {
    EXPECT_NE(path_fault(path), "") << path;
    if (path != "a\xff") {  // JSON cannot hold it
      EXPECT_NE(why_of(document_with({{"path", path}, {"size", 1}, {"sha256", kDigest}})), "accepted")
          << path;
    }
    Manifest manifest;
    manifest.files = {{path, 1, kDigest}};
    EXPECT_FALSE(manifest_document(manifest).has_value()) << path;
  }
  for (const char* path : {"a", "a/b c", "..a/b..", "ü/'; touch x;'", "-rf", "*"})
    EXPECT_EQ(path_fault(path), "") << path;
}

TEST(Manifest, entries_that_cannot_be_are_refused_by_number) {
  const auto entry = [](Json path, Json size, Json digest) {
    return document_with(
        {{"path", std::move(path)}, {"size", std::move(size)}, {"sha256", std::move(digest)}});
  };
  EXPECT_EQ(why_of(entry("a", 1, kDigest)), "accepted");
  EXPECT_THAT(why_of(entry("a", -1, kDigest)), HasSubstr("files[0]: 'a': its size is negative"));
  EXPECT_THAT(why_of(entry("a", 1.5, kDigest)), HasSubstr("files[0]"));
  EXPECT_THAT(why_of(entry(7, 1, kDigest)), HasSubstr("files[0]"));
  EXPECT_THAT(why_of(entry("a", 1, "abc")), HasSubstr("64 lower-case hex digits"));
  EXPECT_THAT(why_of(entry("a", 1, std::string(64, 'A'))), HasSubstr("64 lower-case hex digits"));
  EXPECT_THAT(why_of(entry("a", 1, nullptr)), HasSubstr("files[0]"));
  EXPECT_THAT(why_of(document_with("a")), HasSubstr("expected an object"));
}

TEST(Manifest, one_path_twice_and_a_file_that_is_a_folder_are_refused) {
  Json twice = document_with({{"path", "a"}, {"size", 1}, {"sha256", kDigest}});
  twice["files"].push_back(twice["files"][0]);
  EXPECT_THAT(why_of(twice), HasSubstr("files[1]: 'a': it is listed twice"));
  Json nested = document_with({{"path", "a/b"}, {"size", 1}, {"sha256", kDigest}});
  nested["files"].push_back({{"path", "a"}, {"size", 1}, {"sha256", kDigest}});
  EXPECT_THAT(why_of(nested), HasSubstr("'a' is a file and a folder"));
}

TEST(Manifest, another_schema_or_shape_is_refused) {
  EXPECT_THAT(why_of(Json::array()), HasSubstr("no JSON object"));
  EXPECT_THAT(why_of({{"schema", "bpftax.manifest/2"}}), HasSubstr("schema"));
  EXPECT_THAT(why_of({{"schema", "bpftax.manifest/1"}, {"run_id", "r"}, {"host", "h"}}),
              HasSubstr("list of files"));
  EXPECT_THAT(
      why_of({{"schema", "bpftax.manifest/1"}, {"run_id", "a\nb"}, {"host", "h"}, {"files", Json::array()}}),
      HasSubstr("run_id is no plain name"));
  EXPECT_FALSE(parse_manifest("{", "h").has_value());
  EXPECT_FALSE(parse_manifest(std::string(100'000, '['), "h").has_value());
}

TEST(Manifest, its_file_name_carries_the_run) {
  EXPECT_EQ(manifest_name("20261120-190312-3f9a"), "manifest_20261120-190312-3f9a.json");
  EXPECT_EQ(manifest_run_id("manifest_20261120-190312-3f9a.json"), "20261120-190312-3f9a");
  for (const char* name :
       {"manifest_.json", "manifest.json", "manifest_a/b.json", "xmanifest_a.json", "manifest_a"})
    EXPECT_EQ(manifest_run_id(name), "") << name;
}

}  // namespace
}  // namespace bpftax
