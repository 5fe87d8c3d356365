// read_file, read_chunk, checksum, write_file, make_directories, remove_tree, list, own, disown.
#include "agent/codecs.h"
#include "agent/methods.h"
#include "agent/params.h"
#include "util/strings.h"

namespace bpftax {
namespace {

Result<void> read(AgentState& state, const Json& params, const Reply& reply) {
  BPFTAX_ASSIGN(const std::string path, require_text(params, "path"));
  BPFTAX_ASSIGN(const size_t max_bytes, require_size(params));
  reply.answer(state.files.read(path, max_bytes), data_result);
  return {};
}

Result<void> read_chunk(AgentState& state, const Json& params, const Reply& reply) {
  BPFTAX_ASSIGN(const std::string path, require_text(params, "path"));
  BPFTAX_ASSIGN(const int64_t offset, require_between(params, "offset", 0, INT64_MAX));
  BPFTAX_ASSIGN(const size_t max_bytes, require_size(params));
  reply.answer(state.files.read_chunk(path, offset, max_bytes),
               [](const FileChunk& chunk) { return to_json(chunk); });
  return {};
}

constexpr size_t kMostSums = 4096;

Result<void> checksum(AgentState& state, const Json& params, const Reply& reply) {
  const Json* paths = find_path(params, "paths");
  if (paths == nullptr || !paths->is_array() || paths->size() > kMostSums)
    return fail(ErrorKind::kInternal, "unexpected JSON", "'paths'", "expected a list of at most 4096 paths");
  Json files = Json::array();
  for (const Json& item : *paths) {
    BPFTAX_ASSIGN(const std::string path, text_from_json(item, "paths"));
    const auto sum = state.files.checksum(path);
    if (!sum) {
      reply.fail(sum.error());
      return {};
    }
    files.push_back(to_json(*sum));
  }
  reply.send({{"files", std::move(files)}});
  return {};
}

Result<void> write(AgentState& state, const Json& params, const Reply& reply) {
  BPFTAX_ASSIGN(const std::string path, require_text(params, "path"));
  BPFTAX_ASSIGN(const std::string data, require_bytes(params, "data"));
  reply.answer(state.files.write(path, data));
  return {};
}

Result<void> make_directories(AgentState& state, const Json& params, const Reply& reply) {
  BPFTAX_ASSIGN(const std::string path, require_text(params, "path"));
  reply.answer(state.files.make_directories(path));
  return {};
}

Result<void> remove_tree(AgentState& state, const Json& params, const Reply& reply) {
  BPFTAX_ASSIGN(const std::string path, require_text(params, "path"));
  reply.answer(state.files.remove_tree(path));
  return {};
}

Result<void> list(AgentState& state, const Json& params, const Reply& reply) {
  BPFTAX_ASSIGN(const std::string path, require_text(params, "path"));
  reply.answer(state.files.list(path), [](const std::vector<FileInfo>& infos) {
    Json entries = Json::array();
    for (const FileInfo& info : infos) entries.push_back(to_json(info));
    return Json{{"entries", std::move(entries)}};
  });
  return {};
}

Result<OwnedTree> owned_tree(const AgentState& state, const std::string& path) {
  const auto root = state.files.root_of(path);
  if (!root)
    return fail(ErrorKind::kUsage, "cannot own the folder", printable(path),
                "it is outside the permitted folders");
  return OwnedTree{*root, path};
}

// The value it has now is the one to come back to.
Result<void> own_setting(const AgentState& state, const std::string& name) {
  BPFTAX_ASSIGN(const std::string value, read_cpu_setting(kCpuSettingsDirectory, name));
  return state.ledger.record_setting({name, value});
}

// own and disown differ in the two ledger calls only.
Result<void> change_ledger(AgentState& state, const Json& params, const Reply& reply, bool own) {
  BPFTAX_ASSIGN(const std::string kind, require_string(params, "kind"));
  BPFTAX_ASSIGN(const std::string what, require_text(params, "what"));
  if (kind == "netns") {
    reply.answer(own ? state.ledger.record_netns(what) : state.ledger.forget_netns(what));
    return {};
  }
  if (kind == "tree") {
    const auto tree = owned_tree(state, what);
    if (!tree) {
      reply.fail(tree.error());
    } else {
      reply.answer(own ? state.ledger.record_tree(*tree) : state.ledger.forget_tree(*tree));
    }
    return {};
  }
  if (kind == "setting") {
    reply.answer(own ? own_setting(state, what) : state.ledger.forget_setting(what));
    return {};
  }
  return fail(ErrorKind::kInternal, "unexpected JSON", "'kind'",
              "expected \"netns\", \"tree\" or \"setting\"");
}

}  // namespace

void add_file_methods(AgentState& state, MethodTable& table) {
  const auto add = [&](const char* name, Result<void> (*method)(AgentState&, const Json&, const Reply&)) {
    table[name] = [&state, method](const Json& params, const Reply& reply) {
      return method(state, params, reply);
    };
  };
  add("read_file", read);
  add("read_chunk", read_chunk);
  add("checksum", checksum);
  add("write_file", write);
  add("make_directories", make_directories);
  add("remove_tree", remove_tree);
  add("list", list);
  table["own"] = [&state](const Json& params, const Reply& reply) {
    return change_ledger(state, params, reply, true);
  };
  table["disown"] = [&state](const Json& params, const Reply& reply) {
    return change_ledger(state, params, reply, false);
  };
}

}  // namespace bpftax
