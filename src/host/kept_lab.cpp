#include "host/kept_lab.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "agent/ledger.h"
#include "host/interrupt.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {

namespace {

constexpr char kSchema[] = "bpftax.lab/1";
constexpr char kRecordPrefix[] = "lab-";
constexpr char kRecordSuffix[] = ".json";
constexpr size_t kRecordBytes = 1 << 20;

OrderedJson end_to_json(const LabEnd& end) {
  OrderedJson json;
  json["netns"] = end.netns;
  json["interface"] = end.interface;
  json["address"] = end.address;
  json["netns_inode"] = end.netns_inode ? OrderedJson(*end.netns_inode) : OrderedJson();
  return json;
}

Result<LabEnd> end_from_json(const Json& json, const char* key, const std::string& run_id) {
  const Json* object = find_path(json, key);
  if (object == nullptr || !object->is_object()) return fail(ErrorKind::kInternal, "a field is missing", key);
  LabEnd end;
  BPFTAX_ASSIGN(end.netns, require_string(*object, "netns"));
  BPFTAX_ASSIGN(end.interface, require_string(*object, "interface"));
  BPFTAX_ASSIGN(end.address, require_string(*object, "address"));
  BPFTAX_ASSIGN(end.netns_inode, json_integer(*object, "netns_inode"));
  // The record decides what is removed: it must not be able to name anything that is not a lab's.
  if (!owned_netns_name(end.netns, run_id) || end.netns.find('/') != std::string::npos) {
    return fail(ErrorKind::kInternal, "not a lab's namespace", end.netns);
  }
  return end;
}

bool is_present(const LabEnd& end, const LabOptions& options) {
  const auto inode = netns_inode(options, end.netns);
  return inode && (!end.netns_inode || *end.netns_inode == *inode);
}

KeptLab look_at(LabInfo info, const LabOptions& options) {
  KeptLab lab;
  lab.server_present = is_present(info.server, options);
  lab.client_present = is_present(info.client, options);
  lab.info = std::move(info);
  return lab;
}

Result<LabInfo> read_record(const std::string& path) {
  const std::string what = "cannot read the record of a lab";
  auto text = read_file(path, kRecordBytes);
  if (!text) return fail(ErrorKind::kEnvironment, what, path, text.error().why);
  const auto json = parse_json(*text, path);
  if (!json) return fail(ErrorKind::kEnvironment, what, path, json.error().why);
  auto info = lab_from_json(*json);
  if (!info) return fail(ErrorKind::kEnvironment, what, path, to_string(info.error()));
  return info;
}

Result<std::vector<std::string>> record_ids(const LabOptions& options) {
  std::vector<std::string> ids;
  DIR* folder = ::opendir(options.state_dir.c_str());
  if (folder == nullptr) {
    if (errno == ENOENT) return ids;
    return fail_errno(errno, "cannot list the labs", options.state_dir);
  }
  while (const dirent* entry = ::readdir(folder)) {
    std::string_view name = entry->d_name;
    if (!name.starts_with(kRecordPrefix) || !name.ends_with(kRecordSuffix)) continue;
    name.remove_prefix(sizeof kRecordPrefix - 1);
    if (name.size() <= sizeof kRecordSuffix - 1) continue;
    name.remove_suffix(sizeof kRecordSuffix - 1);
    if (valid_run_id(name)) ids.emplace_back(name);
  }
  ::closedir(folder);
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace

OrderedJson to_json(const LabInfo& info) {
  OrderedJson json;
  json["schema"] = kSchema;
  json["run_id"] = info.run_id;
  json["server"] = end_to_json(info.server);
  json["client"] = end_to_json(info.client);
  json["prefix"] = info.prefix;
  json["offloads"] = info.offloads;
  json["offloads_unavailable"] = info.offloads_unavailable;
  return json;
}

Result<LabInfo> lab_from_json(const Json& json) {
  if (!json.is_object()) return fail(ErrorKind::kInternal, "not an object");
  BPFTAX_ASSIGN(const std::string schema, require_string(json, "schema"));
  if (schema != kSchema) return fail(ErrorKind::kInternal, "not a lab's record", schema);
  LabInfo info;
  BPFTAX_ASSIGN(info.run_id, require_string(json, "run_id"));
  if (!valid_run_id(info.run_id)) return fail(ErrorKind::kInternal, "not a run id", info.run_id);
  BPFTAX_ASSIGN(info.server, end_from_json(json, "server", info.run_id));
  BPFTAX_ASSIGN(info.client, end_from_json(json, "client", info.run_id));
  BPFTAX_ASSIGN(const int64_t prefix, require_integer(json, "prefix"));
  if (prefix < 0 || prefix > 32) return fail(ErrorKind::kInternal, "out of range", "prefix");
  info.prefix = static_cast<int>(prefix);
  if (const Json* offloads = find_path(json, "offloads"); offloads != nullptr && offloads->is_object()) {
    for (const auto& [name, state] : offloads->items()) {
      if (state.is_string()) info.offloads[name] = state.get<std::string>();
    }
  }
  BPFTAX_ASSIGN(const auto unavailable, json_string(json, "offloads_unavailable"));
  info.offloads_unavailable = unavailable.value_or("");
  return info;
}

std::string lab_record_path(const LabOptions& options, const std::string& id) {
  return options.state_dir + "/" + kRecordPrefix + id + kRecordSuffix;
}

Result<LabInfo> lab_up(Host& host, const std::string& id, const LabOptions& options) {
  const std::string path = lab_record_path(options, id);
  if (valid_run_id(id) && path_exists(path)) {
    return fail(ErrorKind::kUsage, "cannot make a lab", path, "there is one of that name",
                "bpftax lab down " + id);
  }
  BPFTAX_ASSIGN(const std::unique_ptr<Lab> lab, Lab::up(host, id, options));
  // First the record, then out of the agent's ledger: at no moment is the lab in neither of them.
  auto recorded = write_file_atomically(path, dump_pretty(Json(to_json(lab->info()))));
  if (!recorded) return propagate(recorded);
  if (auto released = lab->release(); !released) {
    ::unlink(path.c_str());
    return propagate(released);
  }
  return lab->info();
}

Result<std::vector<int>> lab_down(Host& host, const std::string& id, const LabOptions& options) {
  BPFTAX_ASSIGN(const KeptLab lab, find_lab(id, options));
  const InterruptShield shield;
  std::vector<int> inside;
  for (const auto& [end, present] :
       {std::pair(lab.info.server, lab.server_present), std::pair(lab.info.client, lab.client_present)}) {
    if (!present) continue;
    auto pids = run_ip(host, "", {"netns", "pids", end.netns}, "cannot list the processes of a lab",
                       options.timeout_ms);
    if (!pids) return propagate(pids);
    for (const std::string_view word : split(*pids, '\n')) {
      if (const auto pid = to_int64(trim(word))) inside.push_back(static_cast<int>(*pid));
    }
    BPFTAX_TRY(remove_lab_end(host, end, options));
  }
  const std::string path = lab_record_path(options, lab.info.run_id);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return fail_errno(errno, "cannot remove the record", path);
  return inside;
}

Result<std::vector<KeptLab>> list_labs(const LabOptions& options) {
  BPFTAX_ASSIGN(const std::vector<std::string> ids, record_ids(options));
  std::vector<KeptLab> labs;
  for (const std::string& id : ids) {
    BPFTAX_ASSIGN(LabInfo info, read_record(lab_record_path(options, id)));
    labs.push_back(look_at(std::move(info), options));
  }
  return labs;
}

Result<KeptLab> find_lab(const std::string& id, const LabOptions& options) {
  BPFTAX_ASSIGN(const std::vector<std::string> ids, record_ids(options));
  const std::string what = "cannot find the lab";
  if (id.empty()) {
    if (ids.empty())
      return fail(ErrorKind::kUsage, what, options.state_dir, "there is none", "bpftax lab up");
    if (ids.size() > 1) {
      return fail(ErrorKind::kUsage, what, {}, "there are several: " + join(ids, ", "),
                  "name the one you mean");
    }
  } else if (std::find(ids.begin(), ids.end(), id) == ids.end()) {
    const auto near = nearest_name(id, ids);
    return fail(ErrorKind::kUsage, what, "'" + id + "'", "there is no lab of that name",
                near ? "did you mean " + *near + "?" : "bpftax lab status lists them");
  }
  BPFTAX_ASSIGN(LabInfo info, read_record(lab_record_path(options, id.empty() ? ids.front() : id)));
  return look_at(std::move(info), options);
}

Error exec_in_lab(const KeptLab& lab, LabSide side, const std::vector<std::string>& argv,
                  const LabOptions& options) {
  const LabEnd& end = side == LabSide::kServer ? lab.info.server : lab.info.client;
  const std::string path = options.netns_dir + "/" + end.netns;
  if (!(side == LabSide::kServer ? lab.server_present : lab.client_present)) {
    return fail(ErrorKind::kEnvironment, "cannot enter the lab", path, "its namespace is gone",
                "bpftax lab down " + lab.info.run_id + " removes the rest")
        .value();
  }
  if (argv.empty())
    return fail(ErrorKind::kUsage, "cannot run a command in the lab", {}, "no command was given").value();
  const Fd netns(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!netns || ::setns(netns.get(), CLONE_NEWNET) != 0) {
    return fail_errno(errno, "cannot enter the lab", path, ErrorKind::kEnvironment, "run it as root").value();
  }
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  return fail_errno(errno, "cannot run a command in the lab", argv[0]).value();
}

}  // namespace bpftax
