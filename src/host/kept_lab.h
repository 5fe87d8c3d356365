// Labs that outlive their creator: `bpftax lab up/down/status/exec`. Each has a record,
// <state-dir>/lab-<id>.json (schema "bpftax.lab/1"), and exactly what stands in it is removed.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "host/lab.h"
#include "util/result.h"

namespace bpftax {

nlohmann::ordered_json to_json(const LabInfo& info);
Result<LabInfo> lab_from_json(const nlohmann::json& json);
std::string lab_record_path(const LabOptions& options, const std::string& id);

struct KeptLab {
  LabInfo info;
  bool server_present = false,
       client_present = false;  // the very namespaces of the record, not just the names
  bool present() const { return server_present && client_present; }
  bool gone() const { return !server_present && !client_present; }
};

// Makes a lab that stays. The agent behind `host` must have been started with the same run id (see Lab::up).
// kUsage when there is a lab of that id already.
Result<LabInfo> lab_up(Host& host, const std::string& id, const LabOptions& options = {});
// Removes it and its record. A namespace that is gone, or whose name now stands for another one, is left
// alone. Returns the processes that are still in its namespaces, which keeps these alive without a name until
// they end.
Result<std::vector<int>> lab_down(Host& host, const std::string& id, const LabOptions& options = {});
// All recorded labs, by id. Unreadable records are an error naming the file.
Result<std::vector<KeptLab>> list_labs(const LabOptions& options = {});
// One of them; with an empty id the only one there is. kUsage when there is none or the choice is not clear.
Result<KeptLab> find_lab(const std::string& id, const LabOptions& options = {});
// Replaces this process by the command, in the network namespace of one side (all other namespaces stay, so
// that bpffs and tracefs are seen). Returns only on failure.
Error exec_in_lab(const KeptLab& lab, LabSide side, const std::vector<std::string>& argv,
                  const LabOptions& options = {});

}  // namespace bpftax
