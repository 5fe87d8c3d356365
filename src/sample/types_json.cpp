#include "sample/types_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <type_traits>

#include "util/json.h"

namespace bpftax {
namespace {

// One list of fields per struct serves both directions: visit(name, member) for each.
template <class S, class V>
concept Is = std::is_same_v<std::remove_const_t<S>, V>;

template <class V>
void fields(Is<CpuTimes> auto& s, V&& visit) {
  visit("cpu", s.cpu), visit("user_us", s.user_us), visit("nice_us", s.nice_us),
      visit("system_us", s.system_us);
  visit("idle_us", s.idle_us), visit("iowait_us", s.iowait_us), visit("irq_us", s.irq_us);
  visit("softirq_us", s.softirq_us), visit("steal_us", s.steal_us);
}

template <class V>
void fields(Is<NetInterface> auto& s, V&& visit) {
  visit("netns", s.netns), visit("name", s.name);
  visit("rx_bytes", s.rx_bytes), visit("rx_packets", s.rx_packets), visit("rx_errors", s.rx_errors);
  visit("rx_dropped", s.rx_dropped), visit("tx_bytes", s.tx_bytes), visit("tx_packets", s.tx_packets);
  visit("tx_errors", s.tx_errors), visit("tx_dropped", s.tx_dropped);
  visit("carrier_changes", s.carrier_changes), visit("operstate", s.operstate);
}

template <class V>
void fields(Is<DiskCounters> auto& s, V&& visit) {
  visit("name", s.name), visit("reads", s.reads), visit("read_bytes", s.read_bytes),
      visit("writes", s.writes);
  visit("written_bytes", s.written_bytes), visit("busy_ms", s.busy_ms);
}

template <class V>
void fields(Is<Pressure> auto& s, V&& visit) {
  visit("cpu_some_us", s.cpu_some_us), visit("memory_some_us", s.memory_some_us);
  visit("memory_full_us", s.memory_full_us), visit("io_some_us", s.io_some_us),
      visit("io_full_us", s.io_full_us);
}

template <class V>
void fields(Is<MemoryState> auto& s, V&& visit) {
  visit("total_kb", s.total_kb), visit("free_kb", s.free_kb), visit("available_kb", s.available_kb);
  visit("cached_kb", s.cached_kb), visit("slab_kb", s.slab_kb);
}

template <class V>
void fields(Is<CpuIdle> auto& s, V&& visit) {
  visit("cpu", s.cpu), visit("residency_us", s.residency_us), visit("entries", s.entries);
}

template <class V>
void fields(Is<HardwareCounters> auto& s, V&& visit) {
  visit("cycles", s.cycles), visit("instructions_user", s.instructions_user);
  visit("instructions_kernel", s.instructions_kernel), visit("cache_misses", s.cache_misses);
}

template <class V>
void fields(Is<ProcessTree> auto& s, V&& visit) {
  visit("handle", s.handle), visit("processes", s.processes), visit("threads", s.threads);
  visit("user_us", s.user_us), visit("system_us", s.system_us), visit("rss_kb", s.rss_kb),
      visit("vsz_kb", s.vsz_kb);
  visit("output_bytes", s.output_bytes), visit("run_delay_us", s.run_delay_us);
}

template <class V>
void fields(Is<Sample> auto& s, V&& visit) {
  visit("monotonic_ns", s.monotonic_ns), visit("cpus", s.cpus), visit("context_switches", s.context_switches);
  visit("interrupts", s.interrupts), visit("softirq_net_rx", s.softirq_net_rx);
  visit("softirq_net_tx", s.softirq_net_tx), visit("memory", s.memory), visit("pressure", s.pressure);
  visit("interfaces", s.interfaces), visit("disks", s.disks), visit("frequency_khz", s.frequency_khz);
  visit("idle", s.idle), visit("hardware", s.hardware), visit("processes", s.processes);
}

template <class V>
void fields(Is<SampleSeries> auto& s, V&& visit) {
  visit("samples", s.samples), visit("unavailable", s.unavailable), visit("sampler_cpu_us", s.sampler_cpu_us);
}

template <class V>
void fields(Is<SamplingSpec> auto& s, V&& visit) {
  visit("interval_ms", s.interval_ms), visit("handles", s.handles), visit("netns", s.netns);
  visit("hardware_counters", s.hardware_counters);
}

template <class V>
void fields(Is<BpfProgram> auto& s, V&& visit) {
  visit("id", s.id), visit("name", s.name), visit("type", s.type), visit("attach", s.attach),
      visit("tag", s.tag);
  visit("created_by_uid", s.created_by_uid), visit("loaded_at_ns", s.loaded_at_ns);
  visit("run_time_ns", s.run_time_ns), visit("run_count", s.run_count);
  visit("recursion_misses", s.recursion_misses), visit("verified_insns", s.verified_insns);
  visit("jited_bytes", s.jited_bytes), visit("translated_bytes", s.translated_bytes),
      visit("map_ids", s.map_ids);
}

template <class V>
void fields(Is<BpfMap> auto& s, V&& visit) {
  visit("id", s.id), visit("name", s.name), visit("type", s.type), visit("key_size", s.key_size);
  visit("value_size", s.value_size), visit("max_entries", s.max_entries), visit("bytes", s.bytes);
}

template <class V>
void fields(Is<BpfLink> auto& s, V&& visit) {
  visit("id", s.id), visit("type", s.type), visit("program_id", s.program_id), visit("target", s.target);
}

template <class V>
void fields(Is<BpfInventory> auto& s, V&& visit) {
  visit("programs", s.programs), visit("maps", s.maps), visit("links", s.links),
      visit("attached", s.attached);
  visit("unavailable", s.unavailable);
}

// ---- out ----

template <class T>
Json out(const T& value);

template <class T>
struct Writer {
  static Json write(const T& value) {
    if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
      return value;
    } else {
      Json object = Json::object();
      fields(value, [&](const char* name, const auto& member) { object[name] = out(member); });
      return object;
    }
  }
};

template <class T>
struct Writer<std::vector<T>> {
  static Json write(const std::vector<T>& values) {
    Json array = Json::array();
    for (const T& value : values) array.push_back(out(value));
    return array;
  }
};

template <class T>
struct Writer<std::optional<T>> {
  static Json write(const std::optional<T>& value) { return value ? out(*value) : Json(nullptr); }
};

template <>
struct Writer<std::map<std::string, std::string>> {
  static Json write(const std::map<std::string, std::string>& values) {
    Json object = Json::object();
    for (const auto& [key, value] : values) object[key] = value;
    return object;
  }
};

template <class T>
Json out(const T& value) {
  return Writer<T>::write(value);
}

// ---- in ----

// All our integers are counts, sizes, times or names, none of them negative. The bound leaves room to add and
// subtract them without overflow.
constexpr int64_t kLargest = int64_t{1} << 60;

tl::unexpected<Error> wrong(const std::string& path, std::string_view why) {
  return fail(ErrorKind::kInternal, "cannot read samples", path.empty() ? "document" : path,
              std::string(why));
}

template <class T>
Result<void> in(const Json& json, const std::string& path, T& target);

template <class T>
struct Reader {
  static Result<void> read(const Json& json, const std::string& path, T& target) {
    if constexpr (std::is_same_v<T, bool>) {
      if (!json.is_boolean()) return wrong(path, "expected true or false");
      target = json.get<bool>();
      return {};
    } else if constexpr (std::is_integral_v<T>) {
      constexpr int64_t kBound =
          sizeof(T) >= sizeof(int64_t) ? kLargest : int64_t{std::numeric_limits<T>::max()};
      if (!json.is_number_integer()) return wrong(path, "expected an integer");
      const bool fits = json.is_number_unsigned() ? json.get<uint64_t>() <= static_cast<uint64_t>(kBound)
                                                  : json.get<int64_t>() >= 0 && json.get<int64_t>() <= kBound;
      if (!fits) return wrong(path, fmt::format("{} is not between 0 and {}", json.dump(), kBound));
      target = json.get<T>();
      return {};
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (!json.is_string()) return wrong(path, "expected a string");
      target = json.get<std::string>();
      return {};
    } else {
      if (!json.is_object()) return wrong(path, "expected an object");
      Result<void> result;
      fields(target, [&](const char* name, auto& member) {
        if (!result) return;
        const std::string member_path = path.empty() ? name : path + "." + name;
        const auto it = json.find(name);
        result = it != json.end() ? in(*it, member_path, member) : absent(member_path, member);
      });
      return result;
    }
  }
  template <class M>
  static Result<void> absent(const std::string& path, M& /*member*/) {
    return wrong(path, "it is missing");
  }
  template <class M>
  static Result<void> absent(const std::string& /*path*/, std::optional<M>& member) {
    member.reset();
    return {};
  }
};

template <class T>
struct Reader<std::vector<T>> {
  static Result<void> read(const Json& json, const std::string& path, std::vector<T>& target) {
    if (!json.is_array()) return wrong(path, "expected an array");
    target.clear();
    target.reserve(json.size());
    for (const Json& element : json) {
      const std::string element_path = path + "[" + std::to_string(target.size()) + "]";
      BPFTAX_TRY(in(element, element_path, target.emplace_back()));
    }
    return {};
  }
};

template <class T>
struct Reader<std::optional<T>> {
  static Result<void> read(const Json& json, const std::string& path, std::optional<T>& target) {
    target.reset();
    if (json.is_null()) return {};
    return in(json, path, target.emplace());
  }
};

template <>
struct Reader<std::map<std::string, std::string>> {
  static Result<void> read(const Json& json, const std::string& path,
                           std::map<std::string, std::string>& target) {
    if (!json.is_object()) return wrong(path, "expected an object");
    target.clear();
    for (const auto& [key, value] : json.items()) BPFTAX_TRY(in(value, path + "." + key, target[key]));
    return {};
  }
};

template <class T>
Result<void> in(const Json& json, const std::string& path, T& target) {
  return Reader<T>::read(json, path, target);
}

template <class T>
Result<T> document(const Json& json) {
  T value;
  BPFTAX_TRY(in(json, "", value));
  return value;
}

}  // namespace

Json to_json(const Sample& sample) {
  return out(sample);
}
Json to_json(const SampleSeries& series) {
  return out(series);
}
Json to_json(const SamplingSpec& spec) {
  return out(spec);
}
Json to_json(const BpfInventory& inventory) {
  return out(inventory);
}

Result<Sample> sample_from_json(const Json& json) {
  return document<Sample>(json);
}
Result<SampleSeries> sample_series_from_json(const Json& json) {
  return document<SampleSeries>(json);
}
Result<BpfInventory> bpf_inventory_from_json(const Json& json) {
  return document<BpfInventory>(json);
}

Result<SamplingSpec> sampling_spec_from_json(const Json& json) {
  BPFTAX_ASSIGN(SamplingSpec spec, document<SamplingSpec>(json));
  if (spec.interval_ms < 100 || spec.interval_ms > 1000)
    return wrong("interval_ms", fmt::format("{} is not between 100 and 1000", spec.interval_ms));
  return spec;
}

}  // namespace bpftax
