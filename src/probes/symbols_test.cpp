#include "probes/symbols.h"

#include <bpf/btf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/attach.h"
#include "probes/drop_reason.h"
#include "probes/drop_reasons.h"
#include "util/files.h"

namespace bpftax {
namespace {

using testing::ElementsAre;

constexpr const char* kText =
    "0000000000000000 A fixed_percpu_data\n"
    "ffffffff81000000 T _text\n"
    "ffffffff81000000 T first_alias\n"
    "ffffffff81001000 D some_data\n"
    "ffffffff81002000 t __netif_receive_skb_core.constprop.0\n"
    "ffffffff81003000 T __netif_receive_skb_core_not_this\n"
    "ffffffff81004000 T sk_skb_reason_drop\n"
    "ffffffff81005000 t twice.constprop.0\n"
    "ffffffff81006000 t twice.constprop.1\n"
    "ffffffffc0000000 t bpf_prog_6deef7357e7b4530_x\t[bpf]\n"
    "ffffffffc0001000 t tun_net_xmit\t[tun]\n"
    "garbage\n"
    "zzz T not_an_address\n";

TEST(KernelSymbols, AddressesAreFunctionsWithOffsets) {
  const KernelSymbols symbols = KernelSymbols::parse(kText);
  EXPECT_EQ(symbols.describe(0xffffffff81004012), "sk_skb_reason_drop+0x12");
  EXPECT_EQ(symbols.describe(0xffffffffc0001010), "tun_net_xmit+0x10 [tun]");
  EXPECT_EQ(symbols.describe(0xffffffff81001800), "_text+0x1800")
      << "data is no function, the first alias counts";
  EXPECT_EQ(symbols.describe(0x10), "0x10");
}

TEST(KernelSymbols, HiddenAddressesGiveNoSymbols) {
  const KernelSymbols symbols = KernelSymbols::parse("0000000000000000 T _text\n0000000000000000 T other\n");
  EXPECT_TRUE(symbols.empty());
  EXPECT_EQ(symbols.describe(0xffffffff81004012), "0xffffffff81004012");
  EXPECT_TRUE(KernelSymbols::load("/no/such/file").empty());
}

TEST(KernelSymbols, TracingFramesAtTheTopOfAStackAreLeftOut) {
  const KernelSymbols symbols = KernelSymbols::parse(kText);
  EXPECT_THAT(format_stack(symbols, {0xffffffffc0000001, 0xffffffff81004012, 0xffffffffc0000001, 0,
                                     0xffffffff81004012}),
              ElementsAre("    sk_skb_reason_drop+0x12", "    bpf_prog_6deef7357e7b4530_x+0x1 [bpf]"));
}

class FindKernelFunction : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(write_file_atomically(path_, kText)); }
  void TearDown() override { unlink(path_.c_str()); }
  const std::string path_ = testing::TempDir() + "bpfpr-kallsyms-" + std::to_string(getpid());
};

TEST_F(FindKernelFunction, TakesTheNameItselfOrItsOnlyClone) {
  EXPECT_EQ(*find_kernel_function("sk_skb_reason_drop", path_), "sk_skb_reason_drop");
  EXPECT_EQ(*find_kernel_function("__netif_receive_skb_core", path_), "__netif_receive_skb_core.constprop.0");
}

TEST_F(FindKernelFunction, SaysWhatIsMissingOrAmbiguous) {
  const auto missing = find_kernel_function("kfree_skb", path_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().where, "kfree_skb");
  const auto data = find_kernel_function("some_data", path_);
  EXPECT_FALSE(data);
  const auto twice = find_kernel_function("twice", path_);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().why, "compiled into several clones: twice.constprop.0, twice.constprop.1");
}

struct FreeBtf {
  void operator()(btf* types) const { btf__free(types); }
};

TEST(DropReasons, NamesComeFromTheKernelsTypes) {
  const std::unique_ptr<btf, FreeBtf> types(btf__new_empty());
  ASSERT_TRUE(types);
  btf__add_enum(types.get(), "skb_drop_reason", 4);
  btf__add_enum_value(types.get(), "SKB_NOT_DROPPED_YET", 0);
  btf__add_enum_value(types.get(), "SKB_DROP_REASON_NO_SOCKET", 3);
  btf__add_enum(types.get(), "skb_drop_reason_subsys", 4);
  btf__add_enum_value(types.get(), "SKB_DROP_REASON_SUBSYS_CORE", 0);
  btf__add_enum_value(types.get(), "SKB_DROP_REASON_SUBSYS_OPENVSWITCH", 3);
  const DropReasons reasons = DropReasons::from_btf(types.get());
  EXPECT_EQ(reasons.name(3), "NO_SOCKET");
  EXPECT_EQ(reasons.name(0), "SKB_NOT_DROPPED_YET");
  EXPECT_EQ(reasons.name(99), "reason 99");
  EXPECT_EQ(reasons.name(0x30005), "OPENVSWITCH:5");
  EXPECT_EQ(reasons.name(0x70005), "subsystem 7:5");
  EXPECT_EQ(reasons.name(kDropReasonUnknown), "unknown");
}

TEST(DropReasons, AKernelWithoutThemHasNumbers) {
  const std::unique_ptr<btf, FreeBtf> types(btf__new_empty());
  const DropReasons reasons = DropReasons::from_btf(types.get());
  EXPECT_EQ(reasons.size(), 0u);
  EXPECT_EQ(reasons.name(3), "reason 3");
}

TEST(LibbpfLogTest, KeepsWarningsButNotVerifierLogs) {
  LibbpfLog& log = LibbpfLog::instance();
  log.clear();
  log.add("libbpf: prog 'x': BPF program load failed: Invalid argument\n");
  log.add(
      "libbpf: prog 'x': -- BEGIN PROG LOAD LOG --\nR1 type=ctx\n0: (b7) r0 = 0\n-- END PROG LOAD LOG --\n");
  log.add("libbpf: failed to load object 'x'\n");
  EXPECT_THAT(log.lines(), ElementsAre("prog 'x': BPF program load failed: Invalid argument",
                                       "failed to load object 'x'"));
  log.clear();
}

}  // namespace
}  // namespace bpftax
