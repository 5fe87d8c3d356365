#include "discover/vhost.h"

#include <fmt/format.h>

#include <algorithm>

#include "util/strings.h"

namespace bpftax {
namespace {

VhostAnswer chosen(const std::vector<VhostThread>& threads, size_t begin, size_t count, std::string how) {
  VhostAnswer answer;
  for (size_t i = begin; i < begin + count && i < threads.size(); ++i) answer.ids.push_back(threads[i].id);
  std::sort(answer.ids.begin(), answer.ids.end());
  answer.how = std::move(how);
  return answer;
}

VhostAnswer without(std::string why) {
  VhostAnswer answer;
  answer.none = true;
  answer.why = std::move(why);
  return answer;
}

}  // namespace

std::vector<VhostThread> parse_vhost_threads(std::string_view text, int qemu_pid) {
  const std::string name = fmt::format("vhost-{}", qemu_pid);
  std::vector<VhostThread> threads;
  for (const std::string_view line : split(text, '\n')) {
    const auto words = split_blank(line);
    if (words.size() != 4 || words[3] != name) continue;
    const auto id = to_int64(words[1]), age = to_int64(words[2]);
    if (!id || !age || *id <= 0 || *id > INT32_MAX) continue;
    threads.push_back({static_cast<int>(*id), *age});
  }
  // Within one second the ids say who came first, as long as they have not wrapped around just then.
  std::sort(threads.begin(), threads.end(), [](const VhostThread& a, const VhostThread& b) {
    return a.age_s != b.age_s ? a.age_s > b.age_s : a.id < b.id;
  });
  return threads;
}

VhostAnswer vhost_threads_of(const std::vector<VhostThread>& threads, const QemuCommand& command,
                             const QemuNetdev* netdev) {
  size_t wanted = 0, begin = 0, interfaces = 0;
  for (const QemuNetdev& each : command.netdevs) {
    if (&each == netdev) begin = wanted;
    if (!each.vhost) continue;
    wanted += static_cast<size_t>(each.queues);
    ++interfaces;
  }
  const auto others = static_cast<size_t>(command.other_vhost_threads);
  if (netdev != nullptr && !netdev->vhost) return without("QEMU works the interface itself: no vhost=on");
  if (threads.empty() && netdev == nullptr) return without("the QEMU process has no vhost thread");
  VhostAnswer unclear;
  if (threads.empty()) {
    unclear.why = "vhost=on, but no thread has the name of the QEMU process";
    return unclear;
  }
  if (netdev != nullptr && threads.size() == wanted + others) {
    const auto count = static_cast<size_t>(netdev->queues);
    const std::string how =
        interfaces == 1 && others == 0
            ? fmt::format("all vhost threads of the QEMU process: {} for its one vhost interface", count)
            : fmt::format("{} of the {} vhost threads, by the order of the -netdev options and queues", count,
                          threads.size());
    return chosen(threads, begin, count, how);
  }
  // The number is not what the command line leads to (hot-plugged devices).
  const bool only = netdev != nullptr ? interfaces == 1 : command.netdevs.size() <= 1;
  if (only && others == 0)
    return chosen(
        threads, 0, threads.size(),
        fmt::format("all {} vhost threads of the QEMU process, which has one interface", threads.size()));
  unclear.why = fmt::format(
      "the QEMU process has {} vhost threads where its command line leads to {}: it cannot be told whose "
      "they are",
      threads.size(), wanted + others);
  return unclear;
}

}  // namespace bpftax
