#include "agent/event_loop.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <string>

#include "agent/process_identity.h"

namespace bpftax {
namespace {

TEST(EventLoopTest, FiresTimersInTheOrderOfTheirTimes) {
  auto loop = EventLoop::create().value();
  std::string order;
  const int64_t now_ns = monotonic_now_ns();
  loop.at(now_ns + 20'000'000, [&] {
    order += 'c';
    loop.quit();
  });
  loop.at(now_ns + 10'000'000, [&] { order += 'b'; });
  loop.at(0, [&] { order += 'a'; });
  const TimerId cancelled = loop.at(now_ns + 1'000'000, [&] { order += 'x'; });
  loop.cancel(cancelled);
  loop.cancel(cancelled);
  ASSERT_TRUE(loop.run());
  EXPECT_EQ(order, "abc");
}

TEST(EventLoopTest, ATimerMayCancelAndSetOthers) {
  auto loop = EventLoop::create().value();
  int fired = 0;
  const TimerId victim = loop.after_ms(5, [&] { fired += 100; });
  loop.at(0, [&] {
    loop.cancel(victim);
    loop.after_ms(10, [&] {
      ++fired;
      loop.quit();
    });
  });
  ASSERT_TRUE(loop.run());
  EXPECT_EQ(fired, 1);
}

TEST(EventLoopTest, ATimerThatSetsItselfForNowDoesNotStarveDescriptors) {
  auto loop = EventLoop::create().value();
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const Fd reader(ends[0]);
  const Fd writer(ends[1]);
  std::function<void()> again = [&] { loop.at(0, again); };
  again();
  ASSERT_TRUE(loop.add(reader.get(), EPOLLIN, [&](uint32_t) { loop.quit(); }));
  ASSERT_EQ(::write(writer.get(), "x", 1), 1);
  ASSERT_TRUE(loop.run());
}

TEST(EventLoopTest, ACallbackMayRemoveItselfAndOthers) {
  auto loop = EventLoop::create().value();
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const Fd reader(ends[0]);
  const Fd writer(ends[1]);
  int calls = 0;
  ASSERT_TRUE(loop.add(writer.get(), EPOLLOUT, [&](uint32_t) {
    ++calls;
    loop.remove(writer.get());
    loop.after_ms(5, [&] { loop.quit(); });
  }));
  ASSERT_TRUE(loop.run());
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace bpftax
