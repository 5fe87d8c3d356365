#include <algorithm>

#include "discover/node_steps.h"
#include "util/strings.h"

namespace bpftax {
namespace {

bool usable(const std::string& field, const std::vector<std::string>& values) {
  const auto& fields = discovery_fields();
  const auto known = std::find_if(fields.begin(), fields.end(),
                                  [&](const DiscoveryField& each) { return each.name == field; });
  if (known == fields.end() || values.empty()) return false;
  using Kind = DiscoveryField::Kind;
  if (known->kind != Kind::kInterface && known->kind != Kind::kInterfaces) return true;
  return std::all_of(values.begin(), values.end(), is_interface_name);
}

}  // namespace

NodeReport::NodeReport(const MinimalNode& node, const DiscoveryHints& hints) {
  findings_.node = node.host.id;
  findings_.role = node.role;
  findings_.target = node.host.user.empty() ? node.host.address : node.host.user + "@" + node.host.address;
  const auto overrides = hints.overrides.find(node.host.id);
  for (const DiscoveryField& field : discovery_fields()) {
    if (!(node.role == "vm" ? field.of_vm : field.of_host)) continue;
    FieldFinding finding;
    finding.field = field.name;
    finding.required = field.required;
    finding.why = "not looked for";
    if (overrides != hints.overrides.end()) {
      if (const auto text = overrides->second.find(field.name); text != overrides->second.end()) {
        finding.status = FindingStatus::kGiven;
        finding.how = "given: " + override_name(node.host.id, field.name);
        for (const std::string_view part : split(text->second, ',')) finding.values.emplace_back(trim(part));
      }
    }
    if (finding.field == "test_ip" && !finding.known() && !node.test_ip.empty()) {
      finding.status = FindingStatus::kGiven;
      finding.how = "given: nodes." + node.host.id + ".test_ip";
      finding.values = {node.test_ip};
    }
    findings_.fields.push_back(std::move(finding));
  }
}

bool NodeReport::given(const std::string& field) const {
  const FieldFinding* finding = findings_.find(field);
  return finding != nullptr && finding->status == FindingStatus::kGiven;
}

FieldFinding* NodeReport::open_field(const std::string& field) {
  for (FieldFinding& each : findings_.fields) {
    if (each.field == field) return each.status == FindingStatus::kGiven ? nullptr : &each;
  }
  return nullptr;
}

void NodeReport::found(const std::string& field, std::vector<std::string> values, std::string how,
                       std::vector<Evidence> evidence) {
  if (!usable(field, values)) {
    missing(field, "'" + shorten(printable(join(values, ",")), 60) + "' is not a name that can be used",
            std::move(evidence));
    return;
  }
  FieldFinding* finding = open_field(field);
  if (finding == nullptr) return;
  finding->status = FindingStatus::kFound;
  finding->values = std::move(values);
  finding->how = std::move(how);
  finding->why.clear();
  finding->evidence = std::move(evidence);
}

void NodeReport::none(const std::string& field, std::string why, std::vector<Evidence> evidence) {
  FieldFinding* finding = open_field(field);
  if (finding == nullptr) return;
  finding->status = FindingStatus::kNone;
  finding->values.clear();
  finding->how.clear();
  finding->why = std::move(why);
  finding->evidence = std::move(evidence);
}

void NodeReport::missing(const std::string& field, std::string why, std::vector<Evidence> evidence) {
  FieldFinding* finding = open_field(field);
  if (finding == nullptr) return;
  finding->status = FindingStatus::kMissing;
  finding->values.clear();
  finding->how.clear();
  finding->why = std::move(why);
  finding->evidence = std::move(evidence);
}

}  // namespace bpftax
