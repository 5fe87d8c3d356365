#include "bench/load/object_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>

#include "bench/load/load_subjects.h"
#include "util/files.h"

namespace bpftax::bench {
namespace {

BpfCall call(uint32_t command, int64_t start, int64_t end, int result = 3, bool of_program = false) {
  return {command, of_program, start, end, result};
}

TEST(LoadTimeline, ThePartsOfALoadAddUpToTheWhole) {
  const std::vector<BpfCall> calls = {
      call(BPF_PROG_LOAD, 110, 120),  // libbpf's trial
      call(BPF_BTF_LOAD, 300, 350),           call(BPF_MAP_CREATE, 360, 370),
      call(BPF_MAP_UPDATE_ELEM, 375, 380),    call(BPF_MAP_FREEZE, 380, 390),
      call(BPF_PROG_LOAD, 450, 550, 7, true),  // 60 ns of relocation before
      call(BPF_PROG_LOAD, 560, 600, 8, true),  // 10 between them, 5 behind
  };
  const LoadTimeline timeline = timeline_of(calls, 100, 605);
  EXPECT_EQ(timeline.total_ns, 505u);
  EXPECT_EQ(timeline.probe_ns, 20u);
  EXPECT_EQ(timeline.kernel_btf_ns, 180u);
  EXPECT_EQ(timeline.btf_ns, 50u);
  EXPECT_EQ(timeline.maps_ns, 40u);
  EXPECT_EQ(timeline.relocate_ns, 75u);
  EXPECT_EQ(timeline.programs_ns, 140u);
  EXPECT_EQ(timeline.probe_ns + timeline.kernel_btf_ns + timeline.btf_ns + timeline.maps_ns +
                timeline.relocate_ns + timeline.programs_ns,
            timeline.total_ns);
  EXPECT_EQ(timeline.programs, 2);
  EXPECT_EQ(timeline.maps, 1);
  EXPECT_TRUE(timeline.has_btf);
}

TEST(LoadTimeline, AnObjectWithoutBtfOrMapsHasNoTimeOfTheirs) {
  const LoadTimeline timeline = timeline_of({call(BPF_PROG_LOAD, 60, 100, 3, true)}, 0, 100);
  EXPECT_FALSE(timeline.has_btf);
  EXPECT_EQ(timeline.btf_ns, 0u);
  EXPECT_EQ(timeline.maps_ns, 0u);
  EXPECT_EQ(timeline.kernel_btf_ns, 60u);
  EXPECT_EQ(timeline.programs_ns, 40u);
  const LoadTimeline nothing = timeline_of({}, 5, 25);
  EXPECT_EQ(nothing.total_ns, 20u);
  EXPECT_EQ(nothing.programs, 0);
}

TEST(LoadTimeline, ARefusedProgramDoesNotCountAsLoaded) {
  const LoadTimeline timeline =
      timeline_of({call(BPF_PROG_LOAD, 10, 20, 3, true), call(BPF_PROG_LOAD, 20, 30, -13, true)}, 0, 40);
  EXPECT_EQ(timeline.programs, 1);
}

TEST(ObjectLabels, AreTheShortestEndsThatTellFilesApart) {
  EXPECT_EQ(labels_of({"/a/b/x.o", "y.o"}), (std::vector<std::string>{"x.o", "y.o"}));
  EXPECT_EQ(labels_of({"/build/old/x.o", "/build/new/x.o"}),
            (std::vector<std::string>{"old/x.o", "new/x.o"}));
  EXPECT_EQ(labels_of({"x.o", "new/x.o"}), (std::vector<std::string>{"x.o", "new/x.o"}));
  EXPECT_EQ(labels_of({"/x.o"}), (std::vector<std::string>{"/x.o"}));
  EXPECT_TRUE(labels_of({}).empty());
}

class ObjectFiles : public testing::Test {
 protected:
  void SetUp() override { sample_ = *read_object(BPFTAX_LOAD_SAMPLE_SMALL); }
  std::string sample_;
};

TEST_F(ObjectFiles, TheProgramsOfAnObjectAreListedWithTheirTypes) {
  const auto programs = list_programs(sample_, "sample.bpf.o");
  ASSERT_TRUE(programs) << to_string(programs.error());
  ASSERT_EQ(programs->size(), 3u);
  std::vector<std::string> names;
  for (const ListedProgram& program : *programs) names.push_back(program.name);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"count_heads", "reads_behind", "sum_bytes"}));
  for (const ListedProgram& program : *programs)
    if (program.name == "count_heads") {
      EXPECT_EQ(program.section, "raw_tp/netif_receive_skb");
      EXPECT_EQ(program.type, BPF_PROG_TYPE_RAW_TRACEPOINT);
    }
}

TEST_F(ObjectFiles, WhatIsNoObjectFileIsAUsageErrorThatSaysWhy) {
  char folder[] = "/tmp/bpftax-object-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string path = std::string(folder) + "/x.o";
  const auto why = [&](std::string_view content) {
    EXPECT_TRUE(replace_file(path, content));
    const auto read = read_object(path);
    EXPECT_FALSE(read);
    if (read) return std::string();
    EXPECT_EQ(read.error().kind, ErrorKind::kUsage);
    return read.error().why;
  };
  EXPECT_EQ(why(""), "it is empty");
  EXPECT_EQ(why("#!/bin/sh\n"), "it is no ELF file");
  EXPECT_EQ(read_object(std::string(folder) + "/absent.o").error().kind, ErrorKind::kUsage);
  EXPECT_EQ(read_object(folder).error().kind, ErrorKind::kUsage);
  EXPECT_TRUE(remove_tree(folder));
}

// Whatever is left of the file: an answer or an error, no crash of ours.
TEST_F(ObjectFiles, BrokenFilesAreErrorsOrLists) {
  int lists = 0, errors = 0;
  const auto look_at = [&](const std::string& bytes) {
    const auto programs = list_programs(bytes, "broken.o");
    if (programs) {
      ++lists;
      return;
    }
    ++errors;
    EXPECT_EQ(programs.error().kind, ErrorKind::kSubject);
    EXPECT_FALSE(programs.error().why.empty());
  };
  for (size_t part = 1; part < 16; ++part) look_at(sample_.substr(0, sample_.size() * part / 16));
  for (size_t i = 0; i < 24; ++i) {
    std::string bytes = sample_;
    // The header, then all over the file: counts, offsets, sizes.
    const size_t at = i < 8 ? 32 + i * 4 : bytes.size() * i / 24;
    for (size_t k = at; k < at + 4 && k < bytes.size(); ++k) bytes[k] = static_cast<char>(0xff);
    look_at(bytes);
  }
  EXPECT_GT(errors, 10);
  EXPECT_GT(lists, 0);
}

}  // namespace
}  // namespace bpftax::bench
