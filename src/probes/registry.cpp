#include "probes/registry.h"

#include <algorithm>

#include "probes/makers.h"

namespace bpftax {

const std::vector<ProbeInfo>& probe_table() {
  static const std::vector<ProbeInfo> kTable = {
      {"packet-count", "summary", "packets and bytes by direction and protocol",
       "netif_receive_skb, net_dev_queue",
       "bpftax-probe packet-count --protocol udp --interval 2s\n"
       "bpftax-probe packet-count --address 192.0.2.1 --direction receive --duration 10s",
       make_packet_count},
      {"latency-summary", "summary", "histogram of the time between two points of the stack",
       "receive: netif_receive_skb -> skb_copy_datagram_iovec (TCP, ICMP, large UDP), consume_skb (UDP); "
       "queue: net_dev_queue -> net_dev_start_xmit; "
       "link: net_dev_start_xmit -> netif_receive_skb",
       "bpftax-probe latency-summary --protocol tcp\n"
       "bpftax-probe latency-summary --path link --interface veth0",
       make_latency_summary},
      {"latency-details", "details", "packets that took longer than a threshold, with their flow",
       "as latency-summary", "bpftax-probe latency-details --threshold 250 --protocol tcp --timestamps",
       make_latency_details},
      {"packet-trace", "details", "one line for each packet", "netif_receive_skb, net_dev_queue",
       "bpftax-probe packet-trace --protocol icmp --address 192.0.2.1\n"
       "bpftax-probe packet-trace --buffer perf --stack --port 53",
       make_packet_trace},
      {"drop-summary", "summary", "dropped packets by reason, protocol and place", "kfree_skb",
       "bpftax-probe drop-summary --interval 5s --stack", make_drop_summary},
      {"drop-details", "details", "one line for each dropped packet, with reason and place", "kfree_skb",
       "bpftax-probe drop-details --protocol udp --timestamps", make_drop_details},
      {"spin", "truth", "burns a stated time for each packet: injected truth for measurements",
       "receive: netif_receive_skb; transmit: net_dev_queue",
       "bpftax-probe spin --ns 1000 --protocol tcp\n"
       "bpftax-probe spin --ns 500 --calibrate",
       make_spin},
  };
  return kTable;
}

const ProbeInfo* find_probe(const std::string& name) {
  const auto& table = probe_table();
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const ProbeInfo& info) { return info.name == name; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace bpftax
