// Probe: one reference tool. `bpftax-probe NAME` makes one from the table in registry.h, and the runner
// (runner.h) takes it through its life:
//
//     add_options -> check_options -> start -> (consume | report)* -> finish
//
// Summary probes keep their numbers in the kernel and read them in report(). Details probes get events, have
// a poll_fd() and print in consume().
#pragma once

#include <cstddef>
#include <string>

#include "probes/option_set.h"
#include "probes/options.h"
#include "probes/output.h"
#include "util/result.h"

namespace bpftax {

class Probe {
 public:
  virtual ~Probe() = default;
  // Its own options, beside the common ones.
  virtual void add_options(OptionSet& /*set*/) {}
  // What can be said about them before anything is loaded: kUsage.
  virtual Result<void> check_options() { return {}; }
  // Loads and attaches. `heading` lines may go to the output. Returns what it is attached to, for people.
  virtual Result<std::string> start(const ProbeOptions& options, Output& output) = 0;
  // Whether start() was all that was asked for; finish() follows at once.
  virtual bool ends_at_once() const { return false; }
  // Readable when events wait; -1: has no events.
  virtual int poll_fd() const { return -1; }
  // Prints up to about `limit` waiting events.
  virtual Result<void> consume(Output& /*output*/, size_t /*limit*/) { return {}; }
  // Prints what happened in the last seconds.
  virtual Result<void> report(Output& output, double seconds) = 0;
  // Detaches, prints what is left and the summary of the whole run.
  virtual Result<void> finish(Output& output, double seconds) = 0;
};

}  // namespace bpftax
