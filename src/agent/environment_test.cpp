// First of the tests that need root: without these nothing else here means anything.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/agent_under_test.h"
#include "util/files.h"

namespace bpftax {
namespace {

TEST(Environment, IsRootWithNetworkNamespacesAndTheProgramsUnderTest) {
  ASSERT_EQ(::getuid(), 0U) << "these tests need root";
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::unshare(CLONE_NEWNET) == 0 ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0) << "no network namespaces (CAP_SYS_ADMIN)";
  ASSERT_TRUE(path_exists(std::string(BPFTAX_BIN_DIR) + "/bpftax-agent"));
  ASSERT_TRUE(path_exists(helper_path()));
}

}  // namespace
}  // namespace bpftax
