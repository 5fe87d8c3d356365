// From processes to rows. Pure.
//
// The process is the unit: samples inside one share its memory layout, its CPU's state and its minute, so
// that many samples of one process say little about the next. For operation o with floor f in process p:
//
//   value    v_p = median of the samples of o in p  -  median of the samples of f in p
//   Value    mean of v_p over processes, 95 % interval mean +- t(n-1) * sd/sqrt(n) (stats/effect.h: the
//   variance
//            is inflated where processes that follow each other are correlated)
//   p50, p99 of all single samples, each net of its own process's floor; type 7 quantiles, nothing left out
//
// The floor's own error is in v_p, because floor and operation are subtracted process by process. A net value
// below zero stays below zero. One process gives a mean without an interval.
//
// A row is invalid when any of its processes is: its number would rest on work that was not checked. Its
// floor being invalid makes it invalid too.
#pragma once

#include <string>
#include <vector>

#include "bench/model.h"
#include "bench/run.h"

namespace bpftax::bench {

// Rows in the order of conditions, tasks and operations. A task that never got as far as its operations, and
// all tasks of a condition that could not be entered, are one row each with an empty op: all its operations.
std::vector<Row> aggregate(const std::string& benchmark, const RunRecord& record);

// Mean and interval of numbers of processes that are independent of each other. Not empty.
Value value_of(const std::vector<double>& of_processes);

}  // namespace bpftax::bench
