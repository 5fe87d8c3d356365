#include "host/interrupt.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

namespace bpftax {
namespace {

class InterruptTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(install_interrupt_handlers()); }
  void TearDown() override { reset_interrupts(); }
  static bool readable() {
    pollfd poll_fd{interrupt_fd(), POLLIN, 0};
    return ::poll(&poll_fd, 1, 0) == 1;
  }
};

TEST_F(InterruptTest, nothing_is_pending_at_first) {
  EXPECT_FALSE(interrupted());
  EXPECT_FALSE(readable());
  EXPECT_EQ(interrupt_signal(), 0);
}

TEST_F(InterruptTest, signals_are_counted_and_the_first_one_is_remembered) {
  ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
  EXPECT_TRUE(interrupted());
  EXPECT_TRUE(readable());
  ASSERT_EQ(::kill(::getpid(), SIGINT), 0);
  ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
  EXPECT_EQ(interrupt_count(), 3);
  EXPECT_EQ(interrupt_signal(), SIGTERM);
  EXPECT_EQ(fail_interrupted("cannot measure").value().why, "interrupted by SIGTERM");
  EXPECT_EQ(fail_interrupted("cannot measure").value().kind, ErrorKind::kInterrupted);
}

TEST_F(InterruptTest, a_shield_keeps_an_interrupt_from_calls_but_not_from_the_record) {
  request_interrupt(SIGINT);
  EXPECT_TRUE(interrupt_pending());
  {
    const InterruptShield shield;
    const InterruptShield inner;
    EXPECT_FALSE(interrupt_pending());
    EXPECT_TRUE(interrupted());
  }
  EXPECT_TRUE(interrupt_pending());
}

TEST_F(InterruptTest, ignored_signals_stay_ignored) {
  const auto before = ::signal(SIGHUP, SIG_IGN);
  ASSERT_TRUE(install_interrupt_handlers());
  ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
  EXPECT_FALSE(interrupted());
  ::signal(SIGHUP, before);
}

}  // namespace
}  // namespace bpftax
