#!/usr/bin/python3
"""A BCC tool as people write them: compiles its program at start, reads a map at an interval."""
import time

from bcc import BPF

bpf = BPF(text=r"""
BPF_PERCPU_ARRAY(packets, u64, 1);

RAW_TRACEPOINT_PROBE(netif_receive_skb) {
  int zero = 0;
  u64 *count = packets.lookup(&zero);
  if (count) (*count)++;
  return 0;
}
""")
try:
    while True:
        time.sleep(1)
        print("packets", sum(bpf["packets"][0]), flush=True)
except KeyboardInterrupt:
    pass
