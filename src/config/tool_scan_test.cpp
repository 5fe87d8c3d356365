#include "config/tool_scan.h"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/temporary_folder.h"
#include "config/load.h"
#include "config/test_data.h"

namespace bpftax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kBccTool = R"py(#!/usr/bin/python3
from bcc import BPF
import argparse
parser = argparse.ArgumentParser(description="x (y")
parser.add_argument('--src-ip', type=str, required=False, help="source, (or not)")
parser.add_argument("--dst-ip")
parser.add_argument('--protocol', type=str, choices=['tcp', 'udp', 'all'], default="all")
parser.add_argument('-d', '--direction', choices=["rx", "tx"], required=True)
parser.add_argument('--verbose', action='store_true')
parser.add_argument('--threshold', required=True, type=int)
b = BPF(text="int kprobe__x(void *ctx) { return 0; }")
)py";

std::string elf_header(uint16_t type, uint16_t machine) {
  Elf64_Ehdr header{};
  std::copy_n(ELFMAG, SELFMAG, reinterpret_cast<char*>(header.e_ident));
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = type;
  header.e_machine = machine;
  return {reinterpret_cast<const char*>(&header), sizeof header};
}

class ToolScanFolder : public testing::Test {
 protected:
  void add(const std::string& name, const std::string& content, bool executable = false) {
    const std::string path = folder_ / name;
    ASSERT_TRUE(make_directories(path.substr(0, path.rfind('/'))));
    ASSERT_TRUE(write_file_atomically(path, content, executable ? 0755 : 0644));
  }
  std::vector<std::string> found(const std::string& below = "") {
    const auto scan = scan_tools({folder_ / below});
    EXPECT_TRUE(scan);
    std::vector<std::string> names;
    for (const FoundTool& tool : scan->tools)
      names.push_back(tool.category + "/" + tool.script + ": " + to_string(tool.kind));
    return names;
  }
  TemporaryFolder folder_;
};

TEST_F(ToolScanFolder, FindsTheKindsOfToolsAndNothingElse) {
  add("net/tcp.py", kBccTool);
  add("net/library.py", "import bcc_helpers\nBPF(");
  add("net/no_bpf.py", "from bcc import lib\n");
  add("net/plain.py", "print('BPF(')\n");
  add("net/life.bt", "kprobe:x { @ = count(); }");
  add("net/prog.bpf.o", elf_header(ET_REL, EM_BPF));
  add("net/other.o", elf_header(ET_REL, EM_X86_64));
  add("bin/loader", elf_header(ET_DYN, EM_X86_64) + std::string("\0libbpf.so.1\0", 13), true);
  add("bin/static", elf_header(ET_EXEC, EM_AARCH64) + "bpf_object__open_skeleton", true);
  add("bin/libbpf.so.1", elf_header(ET_DYN, EM_X86_64) + "bpf_object__load", true);
  add("bin/other", elf_header(ET_DYN, EM_X86_64), true);
  add("bin/script", "#!/bin/sh\necho bpf_object__load", true);
  add("top.py", kBccTool);
  add(".git/hidden.py", kBccTool);
  add("net/__pycache__/x.py", kBccTool);
  EXPECT_THAT(found(), ElementsAre("./top.py: BCC program", "bin/loader: executable",
                                   "bin/static: executable", "net/life.bt: bpftrace script",
                                   "net/prog.bpf.o: BPF object file", "net/tcp.py: BCC program"));
}

TEST_F(ToolScanFolder, DoesNotFollowLinks) {
  add("outside/tool.py", kBccTool);
  add("inside/own.py", kBccTool);
  ASSERT_EQ(::symlink("../outside", (folder_ / "inside/link").c_str()), 0);
  ASSERT_EQ(::symlink("../outside/tool.py", (folder_ / "inside/linked.py").c_str()), 0);
  ASSERT_EQ(::mkfifo((folder_ / "inside/fifo.py").c_str(), 0755), 0);
  EXPECT_THAT(found("inside"), ElementsAre("./own.py: BCC program"));
}

TEST_F(ToolScanFolder, ProposesEntriesThatLoad) {
  add("net/tcp.py", kBccTool);
  add("net/'; touch x; '.py", kBccTool);
  add("net/{path}.bt", "BEGIN {}");
  add("vm/guest.py", std::string(kBccTool) + "parser.add_argument('--vm-interface', required=True)\n");
  const auto scan = scan_tools({folder_.path()});
  ASSERT_TRUE(scan);
  const std::string registry = registry_text(scan->tools);
  EXPECT_THAT(registry, HasSubstr("description: needs a value for --threshold"));
  const std::string text = small_config();
  const auto config = parse_full_config(
      text.substr(0, text.find("tools:\n")) + registry + text.substr(text.find("performance_tests:")),
      "c.yaml");
  ASSERT_TRUE(config) << to_string(config.error()) << "\n" << registry;
  ASSERT_EQ(config->cases.size(), 9u);  // the guests' tool has no environment here
  EXPECT_EQ(config->cases[4].name, "tcp_rx_protocol_tcp");
  EXPECT_EQ(config->cases[4].command,
            "python3 measurement-tools/net/tcp.py --src-ip 10.0.0.2 --dst-ip 10.0.0.1 --direction rx "
            "--protocol tcp");
  EXPECT_EQ(config->cases[8].command, "bpftrace 'measurement-tools/net/{path}.bt'");
}

TEST(ScanTools, SaysWhenThereIsNoFolder) {
  EXPECT_EQ(scan_tools({"/proc/self/status"}).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(scan_tools({"/nowhere/at/all"}).error().kind, ErrorKind::kUsage);
}

TEST(RecognizeTool, SurvivesWhatIsNoProgram) {
  FoundTool tool;
  EXPECT_FALSE(recognize_tool("x.py", false, "", tool));
  EXPECT_FALSE(recognize_tool("x", true,
                              "\x7f"
                              "ELF",
                              tool));
  EXPECT_TRUE(recognize_tool("x.py", false, "from bcc import BPF\nBPF(\nadd_argument('--x", tool));
  EXPECT_TRUE(tool.options.empty());
}

}  // namespace
}  // namespace bpftax
