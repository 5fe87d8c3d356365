// For tests: what this kernel has, asked of others than the code under test. A hook that does not work may
// only be skipped where one of these says why not; else a hook that we broke would leave the suite green.
#pragma once

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sys/utsname.h>

#include <cstdio>
#include <initializer_list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sample/bpf_features.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax::bench {

struct KernelVersion {
  int major = 0, minor = 0;
};

// "" where it is at least that; all functions below: "" or what is lacking.
inline std::string lacks_version(KernelVersion needed) {
  utsname names{};
  int major = 0, minor = 0;
  if (::uname(&names) != 0 || std::sscanf(names.release, "%d.%d", &major, &minor) != 2) return "no uname";
  if (major > needed.major || (major == needed.major && minor >= needed.minor)) return "";
  return fmt::format("this is Linux {}.{}, and Linux {}.{} is needed", major, minor, needed.major,
                     needed.minor);
}

// Functions of the kernel and of the modules that are loaded now, without what compilers add (".isra.0").
inline std::string lacks_symbol(const std::string& name) {
  const auto text = read_file("/proc/kallsyms");
  if (!text) return "no /proc/kallsyms";
  for (const std::string_view line : split(*text, '\n'))
    if (const auto words = split_blank(line);
        words.size() >= 3 && words[2].substr(0, words[2].find('.')) == name)
      return "";
  return "no " + name + " in /proc/kallsyms";
}

// kind: BTF_KIND_FUNC, BTF_KIND_STRUCT.
inline std::string lacks_btf(const std::string& name, uint32_t kind) {
  struct FreeBtf {
    void operator()(btf* loaded) const { btf__free(loaded); }
  };
  static const std::unique_ptr<btf, FreeBtf> kernel(btf__load_vmlinux_btf());
  if (kernel == nullptr) return "the kernel has no BTF";
  return btf__find_by_name_kind(kernel.get(), name.c_str(), kind) > 0 ? ""
                                                                      : "no " + name + " in the kernel's BTF";
}

// The setting's value without quotes, "" where it is not set; nullopt where the kernel does not tell.
inline std::optional<std::string> kernel_config(const std::string& setting) {
  struct ClosePipe {
    void operator()(FILE* pipe) const { ::pclose(pipe); }
  };
  const std::unique_ptr<FILE, ClosePipe> pipe(
      ::popen("{ gzip -dc /proc/config.gz || cat /boot/config-$(uname -r); } 2>/dev/null", "r"));
  std::string text;
  char piece[4096];
  while (pipe != nullptr) {
    const size_t got = std::fread(piece, 1, sizeof piece, pipe.get());
    if (got == 0) break;
    text.append(piece, got);
  }
  if (text.empty()) return std::nullopt;
  for (const std::string_view line : split(text, '\n')) {
    if (line.substr(0, setting.size() + 1) != setting + "=") continue;
    std::string value(line.substr(setting.size() + 1));
    if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
    return value;
  }
  return "";
}

// The feature probe's own word (sample/bpf_features.h), which shares nothing with the benchmarks.
inline std::string lacks_feature(const std::string& name) {
  static const std::vector<BpfFeature> features = [] {
    const libbpf_print_fn_t print = libbpf_set_print(nullptr);
    auto probed = probe_bpf_features();
    libbpf_set_print(print);
    return probed;
  }();
  for (const BpfFeature& feature : features)
    if (feature.name == name) return feature.available ? "" : name + ": " + feature.reason;
  return "no such feature: " + name;
}

// Whether BPF programs are asked at all by the hooks of LSMs.
inline std::string lacks_bpf_lsm() {
  std::string active;
  if (const auto listed = read_file("/sys/kernel/security/lsm")) {
    active = *listed;
  } else {
    active = kernel_config("CONFIG_LSM").value_or("");
    const std::string boot = read_file("/proc/cmdline").value_or("");
    for (const std::string_view word : split_blank(boot))
      if (word.substr(0, 4) == "lsm=") active = std::string(word.substr(4));
    // Neither the list nor what it was made from can be read: the hook itself has to tell.
    if (active.empty()) return "nothing tells which LSMs are active";
  }
  for (const std::string_view name : split(trim(active), ','))
    if (name == "bpf") return "";
  return "bpf is not among the active LSMs: " + active;
}

// Where programs of cgroups are attached.
inline std::string lacks_own_cgroup() {
  const std::string own = read_file("/proc/self/cgroup").value_or("");
  const std::string mounts = read_file("/proc/self/mounts").value_or("");
  for (const std::string_view line : split(own, '\n')) {
    if (line.substr(0, 3) != "0::") continue;
    const std::string path(line.substr(3));
    if (path.find("/..") != path.npos) return "our cgroup is outside of our namespace";
    for (const std::string_view mount : split(mounts, '\n'))
      if (const auto words = split_blank(mount); words.size() > 2 && words[2] == "cgroup2")
        return path_exists(std::string(words[1]) + path) ? "" : "our cgroup is not where cgroup2 is mounted";
    return "";
  }
  return "this process has no cgroup of version 2";
}

// libbpf's own trial of a program type; types that this libbpf does not know are not in question.
inline std::string lacks_program_type(int type) {
  const int found = libbpf_probe_bpf_prog_type(static_cast<bpf_prog_type>(type), nullptr);
  return found == 0 ? fmt::format("libbpf_probe_bpf_prog_type: no programs of type {}", type) : "";
}

inline std::string first_lacking(std::initializer_list<std::string> lacking) {
  for (const std::string& one : lacking)
    if (!one.empty()) return one;
  return "";
}

}  // namespace bpftax::bench
