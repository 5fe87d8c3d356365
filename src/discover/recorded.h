// Test support: what was recorded in tests/data/discover, and a machine that answers with it.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "discover/ovs.h"
#include "host/fake_host.h"
#include "util/clock.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {

inline std::string recorded(const std::string& name) {
  auto text = read_file(std::string(BPFTAX_SOURCE_DIR) + "/tests/data/discover/" + name);
  EXPECT_TRUE(text) << name;
  return text ? *text : "";
}

inline OvsState recorded_ovs(const std::string& folder) {
  auto state = parse_ovs(recorded(folder + "/bridge.json"), recorded(folder + "/port.json"),
                         recorded(folder + "/interface.json"));
  EXPECT_TRUE(state) << folder;
  return state ? *state : OvsState();
}

// Answers a command (as shell_join writes it) with what the test gave; any other is "not installed".
class RecordedMachine {
 public:
  explicit RecordedMachine(const std::string& name) : host_(clock_, name) {
    host_.on_run([this](const ProcessSpec& spec) {
      EXPECT_TRUE(spec.shell.empty()) << "no command is a shell's: " << spec.shell;
      const std::string command = shell_join(spec.argv);
      asked.push_back(command);
      Host::Finished finished;
      const auto known = answers_.find(command);
      if (known == answers_.end()) {
        finished.status.code = 127;
      } else {
        finished = known->second;
      }
      return finished;
    });
  }
  RecordedMachine& says(const std::string& command, std::string out) {
    answers_[command].out = std::move(out);
    return *this;
  }
  RecordedMachine& fails(const std::string& command, int code, std::string err) {
    answers_[command].status.code = code;
    answers_[command].err = std::move(err);
    return *this;
  }
  RecordedMachine& has_ovs(const std::string& folder) {
    const std::string list = "ovs-vsctl --timeout=10 --format=json --columns=";
    says(list + kOvsBridgeColumns + " list Bridge", recorded(folder + "/bridge.json"));
    says(list + kOvsPortColumns + " list Port", recorded(folder + "/port.json"));
    return says(list + kOvsInterfaceColumns + " list Interface", recorded(folder + "/interface.json"));
  }
  RecordedMachine& has_links(const std::string& folder) {
    return says("ip -json -details address", recorded(folder + "/ip_addr.json"));
  }
  FakeHost& host() { return host_; }
  std::vector<std::string> asked;

 private:
  FakeClock clock_;
  FakeHost host_;
  std::map<std::string, Host::Finished> answers_;
};

}  // namespace bpftax
