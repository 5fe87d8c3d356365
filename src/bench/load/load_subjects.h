// The object files of one run, and the table of benchmarks: the built-in series, one entry for object files
// as a whole, and one for each program found in the objects of the command line.
//
// A task names its object by Task::params["object"]. What was read stays here, in the memory of this process,
// so that all of a run measures the same bytes, whatever becomes of the file: the processes of the run read
// them from a memory file of ours, which Task::options["file"] names.
#pragma once

#include <string>
#include <vector>

#include "bench/benchmark.h"
#include "bench/load/object_file.h"
#include "util/fd.h"
#include "util/result.h"

namespace bpftax::bench {

inline constexpr const char* kObjectSubject = "(object)";  // Task::subject of an object file as a whole

struct ObjectSubject {
  std::string label;  // Task::params["object"]: the file's name, or the path where names are not different
  std::string bytes;
  std::vector<ListedProgram> programs;
  Fd memory;  // the bytes, for other processes
  // "/proc/PID/fd/N": as long as this process lives.
  std::string file() const;
};

// Reads the files and lists their programs. kUsage, kSubject: the first file that is none.
Result<void> add_objects(const std::vector<std::string>& paths);
const std::vector<ObjectSubject>& objects();
const ObjectSubject* find_object(const std::string& label);
// In a process of the run, before anything else: the object and the program of this task.
Result<void> recall_object(const Task& task);

// Grows with add_objects(); entries never move.
const std::vector<Benchmark>& load_benchmarks();

// The shortest ends of these paths that tell them apart: "new/a.o" and "old/a.o", or "a.o" and "b.o".
std::vector<std::string> labels_of(const std::vector<std::string>& paths);

}  // namespace bpftax::bench
