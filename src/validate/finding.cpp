#include "validate/finding.h"

#include <fmt/format.h>

#include "report/text.h"
#include "util/json.h"
#include "util/result.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr size_t kShownOfACheck = 8;

std::string finding_text(const CheckFinding& finding) {
  std::string text = fmt::format("{:<4}  {:<11} {}", to_string(finding.level), finding.check,
                                 finding.file.empty() ? "" : shorten(one_line(finding.file), 300) + ": ");
  text += one_line(finding.what) + "\n";
  if (!finding.why.empty()) text += fmt::format("{:<18}why: {}\n", "", shorten(one_line(finding.why), 600));
  if (!finding.hint.empty()) text += fmt::format("{:<18}hint: {}\n", "", one_line(finding.hint));
  return text;
}

}  // namespace

std::string_view to_string(CheckLevel level) {
  switch (level) {
    case CheckLevel::kOk:
      return "ok";
    case CheckLevel::kWarn:
      return "warn";
    case CheckLevel::kFail:
      return "fail";
  }
  return "fail";
}

void Findings::begin(std::string check, std::string unit) {
  check_ = std::move(check);
  unit_ = std::move(unit);
  examined_ = 0;
  said_ = 0;
}

void Findings::add(CheckFinding finding) {
  ++counts_[static_cast<int>(finding.level)];
  if (++said_ <= kMaxFindings) findings_.push_back(std::move(finding));
}

void Findings::warn(std::string file, std::string what, std::string why, std::string hint) {
  add({CheckLevel::kWarn, check_, std::move(file), std::move(what), std::move(why), std::move(hint)});
}

void Findings::fail(std::string file, std::string what, std::string why, std::string hint) {
  add({CheckLevel::kFail, check_, std::move(file), std::move(what), std::move(why), std::move(hint)});
}

void Findings::missing(std::string file, std::string what, std::string why, std::string hint) {
  for (const auto& [folder, reason] : declared_) {
    if (file != folder && !file.ends_with("/" + folder)) continue;
    return warn(std::move(file), std::move(what), "the run says so itself: it was not measured: " + reason);
  }
  fail(std::move(file), std::move(what), std::move(why), std::move(hint));
}

void Findings::end() {
  if (said_ > 0) return;
  add({CheckLevel::kOk, check_, "",
       examined_ == 0 ? fmt::format("nothing to examine: no {}", unit_)
                      : fmt::format("{} {} examined", examined_, unit_),
       "", ""});
}

std::string findings_table(const Findings& findings, const std::string& folder) {
  std::string text;
  const auto& all = findings.all();
  for (size_t i = 0; i < all.size();) {
    size_t next = i;
    size_t shown = 0;
    while (next < all.size() && all[next].check == all[i].check) {
      // Failures first: a check that warns often must not hide what failed.
      if (all[next].level == CheckLevel::kFail && shown < kShownOfACheck) {
        text += finding_text(all[next]);
        ++shown;
      }
      ++next;
    }
    for (size_t j = i; j < next && shown < kShownOfACheck; ++j) {
      if (all[j].level == CheckLevel::kFail) continue;
      text += finding_text(all[j]);
      ++shown;
    }
    if (next - i > shown)
      text += fmt::format("{:<4}  {:<11} ... and {} more; --json lists all\n", "", all[i].check,
                          next - i - shown);
    i = next;
  }
  const int64_t failed = findings.count(CheckLevel::kFail), warned = findings.count(CheckLevel::kWarn);
  text += fmt::format("\n{}: {} ({} failed, {} warnings)\n", one_line(folder),
                      failed > 0 ? "NOT what it claims to be" : "everything that can be checked is in order",
                      failed, warned);
  return text;
}

OrderedJson findings_json(const Findings& findings, const std::string& folder) {
  OrderedJson list = OrderedJson::array();
  for (const CheckFinding& finding : findings.all()) {
    list.push_back({{"level", to_string(finding.level)},
                    {"check", finding.check},
                    {"file", printable(finding.file)},
                    {"what", printable(finding.what)},
                    {"why", printable(finding.why)},
                    {"hint", printable(finding.hint)}});
  }
  return {{"schema", "bpftax.validate/1"},
          {"folder", printable(folder)},
          {"valid", findings.count(CheckLevel::kFail) == 0},
          {"counts",
           {{"ok", findings.count(CheckLevel::kOk)},
            {"warn", findings.count(CheckLevel::kWarn)},
            {"fail", findings.count(CheckLevel::kFail)}}},
          {"findings", std::move(list)}};
}

int findings_exit_code(const Findings& findings) {
  return findings.count(CheckLevel::kFail) > 0 ? exit_code(ErrorKind::kEnvironment) : 0;
}

}  // namespace bpftax
