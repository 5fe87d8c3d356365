#include "agent/ledger.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "agent/temporary_folder.h"

namespace bpftax {
namespace {

// Its own for each test process: undo_all() looks at all processes of the machine.
const std::string kRun = "test-run." + std::to_string(::getpid());

// A child that sleeps; ended and reaped at the end of the test if need be.
class Sleeper {
 public:
  explicit Sleeper(const std::string& run_id = "") {
    std::vector<std::string> variables;
    if (!run_id.empty()) variables.push_back(std::string(kRunVariable) + "=" + run_id);
    std::vector<char*> environment;
    for (std::string& variable : variables) environment.push_back(variable.data());
    environment.push_back(nullptr);
    std::string program = "/bin/sleep";
    std::string seconds = "1000";
    char* argv[] = {program.data(), seconds.data(), nullptr};
    int ready[2];
    if (::pipe2(ready, O_CLOEXEC) != 0) std::abort();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::execve(argv[0], argv, environment.data());
      ::_exit(127);
    }
    ::close(ready[1]);
    char none = 0;
    while (::read(ready[0], &none, 1) < 0 && errno == EINTR) {  // until it has executed
    }
    ::close(ready[0]);
    identity_ = identify(pid_).value();
  }
  ~Sleeper() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  const ProcessIdentity& identity() const { return identity_; }
  bool alive() const { return is_alive(identity_); }

 private:
  int pid_ = -1;
  ProcessIdentity identity_;
};

std::string head() {
  return "bpftax-ledger 1 " + kRun + " boot\n";
}

TEST(LedgerText, KeepsWhatIsRecordedAndNotForgotten) {
  const auto content =
      parse_ledger(head() +
                       "agent 10 100\nprocess 11 101 1\nprocess 12 102 1\nnetns bpftax-a\n"
                       "tree /tmp /tmp/with%20blank\nforget process 11 101 1\nnetns bpftax-b\n"
                       "forget netns bpftax-a\n\n",
                   "x");
  ASSERT_TRUE(content.has_value());
  EXPECT_EQ(content->run_id, kRun);
  EXPECT_EQ(content->boot_id, "boot");
  ASSERT_EQ(content->agents.size(), 1U);
  ASSERT_EQ(content->processes.size(), 1U);
  EXPECT_EQ(content->processes[0].first, (ProcessIdentity{12, 102}));
  EXPECT_EQ(content->netns, std::vector<std::string>{"bpftax-b"});
  ASSERT_EQ(content->trees.size(), 1U);
  EXPECT_EQ(content->trees[0].path, "/tmp/with blank");
  EXPECT_EQ(content->unreadable_lines, 0);
}

TEST(LedgerText, IgnoresACutLastLineWhereverItIsCut) {
  const std::string text = head() + "netns bpftax-a\nprocess 11 101 1\n";
  for (size_t size = 0; size <= text.size(); ++size) {
    const auto content = parse_ledger(std::string_view(text).substr(0, size), "x");
    ASSERT_TRUE(content.has_value()) << size;
    EXPECT_EQ(content->unreadable_lines, 0) << size;
    EXPECT_EQ(content->processes.size(), size == text.size() ? 1U : 0U);
  }
}

TEST(LedgerText, SkipsAndCountsOtherWrongLines) {
  const auto content =
      parse_ledger(head() +
                       "netns\nprocess x 1 1\nprocess -5 1 1\nprocess 1 1\nproc 1 1 1\nnetns a%GG\n"
                       "netns a%00\nforget\ntree /a\nprocess 12 34process 13 35 1\nnetns bpftax-a\n",
                   "x");
  ASSERT_TRUE(content.has_value());
  EXPECT_EQ(content->unreadable_lines, 10);
  EXPECT_EQ(content->netns.size(), 1U);
  EXPECT_TRUE(content->processes.empty());
}

TEST(LedgerText, IsNotReadFromSomethingElse) {
  EXPECT_FALSE(parse_ledger("root:x:0:0\n", "x").has_value());
  EXPECT_FALSE(parse_ledger("bpftax-ledger 2 run boot\n", "x").has_value());
  EXPECT_FALSE(parse_ledger("bpftax-ledger 1 ../x boot\n", "x").has_value());
}

TEST(LedgerFile, RoundTripsAwkwardNamesAndContinuesAfterACutLine) {
  const TemporaryFolder folder;
  const OwnedTree tree{folder.path(), folder / "a b%\n\tc\xff"};
  {
    const auto ledger = Ledger::open(folder / "state", kRun);
    ASSERT_TRUE(ledger.has_value());
    ASSERT_TRUE(ledger->record_tree(tree));
    ASSERT_TRUE(ledger->record_netns("bpftax-" + kRun + "-s"));
  }
  const std::string path = ledger_path(folder / "state", kRun);
  ASSERT_TRUE(write_file_atomically(path, read_file(path).value() + "process 12 3"));
  const auto again = Ledger::open(folder / "state", kRun);
  ASSERT_TRUE(again.has_value());
  ASSERT_TRUE(again->record_process({77, 88}, 3));
  const auto content = read_ledger(path);
  ASSERT_TRUE(content.has_value());
  EXPECT_EQ(content->trees, std::vector<OwnedTree>{tree});
  ASSERT_EQ(content->processes.size(), 1U);
  EXPECT_EQ(content->processes[0].first.pid, 77);
  EXPECT_EQ(list_ledgers(folder / "state").value(), std::vector<std::string>{path});
}

TEST(LedgerFile, TakesALineThatTheDiskCutForNoRecord) {
  const TemporaryFolder folder;
  const auto ledger = Ledger::open(folder / "state", kRun);
  ASSERT_TRUE(ledger.has_value());
  const std::string rest = "-and-more\n";
  const OwnedTree tree{folder.path(), folder / "tree-and-more"};
  const std::string line = "tree " + tree.prefix + " " + tree.path + "\n";
  const rlim_t room = read_file(ledger->path()).value().size() + line.size() - rest.size();
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit full{room, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  const auto recorded = ledger->record_tree(tree);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  (void)std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(recorded.has_value());
  ASSERT_TRUE(read_file(ledger->path()).value().ends_with(folder / "tree"));
  ASSERT_TRUE(ledger->record_netns("bpftax-" + kRun));
  const auto content = read_ledger(ledger->path());
  ASSERT_TRUE(content.has_value());
  EXPECT_TRUE(content->trees.empty()) << "what was cut names something else";
  EXPECT_EQ(content->netns, std::vector<std::string>{"bpftax-" + kRun});
  EXPECT_EQ(content->unreadable_lines, 1);
}

TEST(LedgerText, EveryCutLineThatWasEndedIsNoRecord) {
  for (const std::string line : {"agent 10 100", "process 11 101 15", "netns bpftax-a",
                                 "tree /tmp /tmp/x%20y", "setting a/b 12", "forget process 11 101 1",
                                 "forget netns bpftax-a", "forget tree /tmp /tmp/x", "forget setting a/b"}) {
    const std::string made =
        "agent 10 100\nprocess 11 101 1\nnetns bpftax-a\ntree /tmp /tmp/x\nsetting a/b 1\n";
    for (size_t size = 1; size <= line.size(); ++size) {
      const std::string cut = line.substr(0, size) + " %\n";
      const auto content = parse_ledger(head() + made + cut, "x");
      ASSERT_TRUE(content.has_value()) << cut;
      EXPECT_EQ(content->unreadable_lines, 1) << cut;
      EXPECT_EQ(content->agents.size() + content->processes.size() + content->netns.size() +
                    content->trees.size() + content->settings.size(),
                5U)
          << cut;
    }
  }
}

TEST(LedgerFile, RefusesNamesThatItWouldNotRemove) {
  const TemporaryFolder folder;
  const auto ledger = Ledger::open(folder / "state", kRun);
  ASSERT_TRUE(ledger.has_value());
  for (const std::string& name :
       std::vector<std::string>{"", "web", "bpftax-", "bpftax-other", "bpftax-../" + kRun, kRun})
    EXPECT_FALSE(ledger->record_netns(name).has_value()) << name;
  for (const OwnedTree& tree : {OwnedTree{"/", "/tmp"}, OwnedTree{"/tmp", "/tmp"}, OwnedTree{"/tmp", "/tmpx"},
                                OwnedTree{"/tmp", "/tmp/../etc"}, OwnedTree{"", "/x"}, OwnedTree{"a", "a/b"}})
    EXPECT_FALSE(ledger->record_tree(tree).has_value()) << tree.path;
  for (const std::string run_id : {"", ".x", "a/b", "a b", "..", "ä"})
    EXPECT_FALSE(Ledger::open(folder / "state", run_id).has_value()) << run_id;
}

TEST(UndoAll, EndsRecordedProcessesAndThoseOfTheRunAndNobodyElse) {
  const TemporaryFolder folder;
  const Sleeper recorded;
  const Sleeper reused;  // recorded with another start time: a stranger that got the pid
  const Sleeper by_environment(kRun);
  const Sleeper other_run(kRun + "2");
  const auto ledger = Ledger::open(folder / "state", kRun);
  ASSERT_TRUE(ledger.has_value());
  ASSERT_TRUE(ledger->record_process(recorded.identity(), 1));
  ASSERT_TRUE(ledger->record_process({reused.identity().pid, reused.identity().start_ticks - 1}, 2));
  const auto report = undo_all(ledger->path());
  ASSERT_TRUE(report.has_value());
  EXPECT_TRUE(report->problems.empty());
  EXPECT_FALSE(recorded.alive());
  EXPECT_FALSE(by_environment.alive());
  EXPECT_TRUE(reused.alive());
  EXPECT_TRUE(other_run.alive());
  EXPECT_EQ(report->processes.size(), 2U);
  EXPECT_FALSE(path_exists(folder / "state")) << "ledger and empty folder are gone";
}

TEST(UndoAll, EndsNoProcessOfAnEarlierBoot) {
  const TemporaryFolder folder;
  const Sleeper process;
  const std::string path = folder / (kRun + ".own");
  ASSERT_TRUE(write_file_atomically(path, head() + "process " + std::to_string(process.identity().pid) + " " +
                                              std::to_string(process.identity().start_ticks) + " 1\n"));
  ASSERT_TRUE(undo_all(path).has_value());
  EXPECT_TRUE(process.alive());
  EXPECT_FALSE(path_exists(path));
}

TEST(UndoAll, RemovesTreesBelowTheirPrefixOnly) {
  const TemporaryFolder folder;
  ASSERT_TRUE(make_directories(folder / "base/mine/x"));
  ASSERT_TRUE(make_directories(folder / "base/theirs"));
  ASSERT_TRUE(make_directories(folder / "elsewhere"));
  ASSERT_EQ(::symlink((folder / "elsewhere").c_str(), (folder / "base/link").c_str()), 0);
  const std::string path = folder / (kRun + ".own");
  const std::string base = folder / "base";
  ASSERT_TRUE(write_file_atomically(path, head() + "tree " + base + " " + base + "/mine\n"));
  const auto report = undo_all(path);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->trees, std::vector<std::string>{base + "/mine"});
  EXPECT_FALSE(path_exists(base + "/mine"));
  EXPECT_TRUE(path_exists(base + "/theirs"));

  for (const std::string& escape :
       {folder / "elsewhere", base + "/../elsewhere", base + "/link/../../elsewhere"}) {
    ASSERT_TRUE(write_file_atomically(path, head() + "tree " + base + " " + escape + "\n"));
    const auto refused = undo_all(path);
    ASSERT_TRUE(refused.has_value());
    EXPECT_EQ(refused->problems.size(), 1U) << escape;
    EXPECT_TRUE(path_exists(folder / "elsewhere"));
    EXPECT_TRUE(path_exists(path)) << "what could not be undone stays recorded";
  }
}

TEST(UndoAll, RefusesNamespacesOfOthers) {
  const TemporaryFolder folder;
  UndoOptions options;
  options.netns_directory = folder.path();
  for (const std::string& name : std::vector<std::string>{"web", "bpftax-other-run", "bpftax-" + kRun + "-s"})
    ASSERT_TRUE(write_file_atomically(folder / name, ""));
  const std::string path = folder / (kRun + ".own");
  ASSERT_TRUE(write_file_atomically(
      path, head() + "netns web\nnetns bpftax-other-run\nnetns bpftax-" + kRun + "-s\n"));
  const auto report = undo_all(path, options);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->problems.size(), 2U);
  EXPECT_EQ(report->netns, std::vector<std::string>{"bpftax-" + kRun + "-s"});
  EXPECT_TRUE(path_exists(folder / "web"));
  EXPECT_TRUE(path_exists(folder / "bpftax-other-run"));
  EXPECT_FALSE(path_exists(folder / "bpftax-" + kRun + "-s"));
}

TEST(UndoAll, MayRunTwiceAlsoAtOnce) {
  const TemporaryFolder folder;
  const Sleeper process(kRun);
  const auto ledger = Ledger::open(folder / "state", kRun);
  ASSERT_TRUE(ledger.has_value());
  ASSERT_TRUE(make_directories(folder / "tree/x"));
  ASSERT_TRUE(ledger->record_tree({folder.path(), folder / "tree"}));
  std::vector<std::thread> threads;
  std::vector<Result<UndoReport>> reports(4);
  for (auto& report : reports) threads.emplace_back([&] { report = undo_all(ledger->path()); });
  for (auto& thread : threads) thread.join();
  size_t removed = 0;
  for (const auto& report : reports) {
    ASSERT_TRUE(report.has_value());
    EXPECT_TRUE(report->problems.empty());
    removed += report->trees.size();
  }
  EXPECT_EQ(removed, 1U);
  EXPECT_FALSE(process.alive());
  EXPECT_TRUE(undo_all(ledger->path()).has_value()) << "nothing left to undo is no error";
}

TEST(AgentAlive, LooksAtPidStartAndBoot) {
  LedgerContent content;
  content.boot_id = read_boot_id().value();
  content.agents = {identify(::getpid()).value()};
  EXPECT_TRUE(agent_alive(content));
  content.agents[0].start_ticks += 1;
  EXPECT_FALSE(agent_alive(content));
  content.agents[0].start_ticks -= 1;
  content.boot_id = "another";
  EXPECT_FALSE(agent_alive(content));
}

}  // namespace
}  // namespace bpftax
