// One maker for each probe; registry.cpp names them. Each is defined in the probe's own source.
#pragma once

#include <memory>

#include "probes/probe.h"

namespace bpftax {

std::unique_ptr<Probe> make_packet_count();
std::unique_ptr<Probe> make_latency_summary();
std::unique_ptr<Probe> make_latency_details();
std::unique_ptr<Probe> make_packet_trace();
std::unique_ptr<Probe> make_drop_summary();
std::unique_ptr<Probe> make_drop_details();
std::unique_ptr<Probe> make_spin();

}  // namespace bpftax
