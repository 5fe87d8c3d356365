// What `validate` says: one finding for each thing that is wrong, and one for each check that found nothing.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace bpftax {

enum class CheckLevel { kOk, kWarn, kFail };
std::string_view to_string(CheckLevel level);  // "ok", "warn", "fail"

struct CheckFinding {
  CheckLevel level = CheckLevel::kOk;
  std::string check;  // "manifest", "streams", ...: a name of the table in checks.h
  std::string file;   // below the validated folder; "" = the whole of it
  std::string what;   // "stream 3 of 4 is missing"
  std::string why;    // why it matters, or what the cause is; may be empty
  std::string hint;   // may be empty
};

// Collects the findings of one check after the other. At most kMaxFindings of a check are kept, all are
// counted.
class Findings {
 public:
  static constexpr size_t kMaxFindings = 10'000;

  // Folders of cases of which the run itself says that it could not measure them, and why. That such a case
  // lacks results is then a warning.
  void declare(std::map<std::string, std::string> failures) { declared_ = std::move(failures); }

  void begin(std::string check, std::string unit);  // unit: what is examined, "windows"
  void examined(int64_t count = 1) { examined_ += count; }
  void warn(std::string file, std::string what, std::string why = {}, std::string hint = {});
  void fail(std::string file, std::string what, std::string why = {}, std::string hint = {});
  // Something that was to be measured is not there: a failure, unless the run has declared it.
  void missing(std::string file, std::string what, std::string why = {}, std::string hint = {});
  // An "ok" (or that there was nothing to examine) when the check has said nothing.
  void end();

  const std::vector<CheckFinding>& all() const { return findings_; }
  int64_t count(CheckLevel level) const { return counts_[static_cast<int>(level)]; }

 private:
  void add(CheckFinding finding);

  std::vector<CheckFinding> findings_;
  int64_t counts_[3] = {};
  std::map<std::string, std::string> declared_;
  std::string check_, unit_;
  int64_t examined_ = 0;
  size_t said_ = 0;  // by the current check
};

// For people: a block for each check that has something to say, its first few findings, and a last line.
std::string findings_table(const Findings& findings, const std::string& folder);
// Schema "bpftax.validate/1".
nlohmann::ordered_json findings_json(const Findings& findings, const std::string& folder);
// 0; 3 when something failed.
int findings_exit_code(const Findings& findings);

}  // namespace bpftax
