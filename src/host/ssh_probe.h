// What one remote command says about a machine that has just been connected to: enough to choose the agent
// and the folders, and to say what is missing. The script is for any POSIX shell; its answer is foreign text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "util/result.h"

namespace bpftax {

struct SshProbe {
  std::string system;        // "Linux"
  std::string architecture;  // "x86_64", "aarch64"
  int uid = -1;
  std::string user;
  std::string cache;        // absolute: ${XDG_CACHE_HOME:-~/.cache}/bpftax, made
  std::string cache_error;  // why it cannot be made or written to
  std::optional<int64_t> cache_free_bytes;
  std::string runtime_dir;  // $XDG_RUNTIME_DIR when it can be written to
  std::optional<int64_t> workdir_free_bytes;
  bool workdir_writable = false;  // it, or the nearest folder above it that exists
  // nullopt: was not asked; "": `sudo -n true` works; else its words.
  std::optional<std::string> sudo_error;
  bool has_sha256sum = false;
};

// A shell script without newlines (not all login shells pass them on).
std::string probe_script(const std::string& workdir, bool ask_sudo);
// `where` names the host. kEnvironment: it is no Linux, or did not answer what it was asked.
Result<SshProbe> parse_probe(std::string_view text, const std::string& where);

// Free bytes in the output of `df -Pk PATH`; nullopt when it is none.
std::optional<int64_t> free_bytes_of_df(std::string_view text);

}  // namespace bpftax
