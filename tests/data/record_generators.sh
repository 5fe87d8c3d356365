#!/usr/bin/env bash
# Records real output of iperf3, netperf and sockperf, good and bad, as the workloads' unit tests read it.
# Needs root. Makes two network namespaces bpfwl-rec-{s,c} and removes them. Usage: tests/data/record_generators.sh
# Each recording is NAME (stdout), NAME.err (stderr, when there is any) and a line in exits.txt.
set -u
cd "$(dirname "$(readlink -f "$0")")" || exit 1
mkdir -p iperf3 netperf sockperf
server=10.231.8.1
children=()

lab_down() {
  local pid
  for pid in "${children[@]}"; do kill -9 "$pid" 2>/dev/null; done
  ip netns del bpfwl-rec-s 2>/dev/null
  ip netns del bpfwl-rec-c 2>/dev/null
}
trap lab_down EXIT
ip netns add bpfwl-rec-s && ip netns add bpfwl-rec-c || exit 1
ip link add bpfwlr0 netns bpfwl-rec-s type veth peer name bpfwlr1 netns bpfwl-rec-c || exit 1
ip -n bpfwl-rec-s addr add $server/24 dev bpfwlr0
ip -n bpfwl-rec-c addr add 10.231.8.2/24 dev bpfwlr1
for end in s:bpfwlr0 c:bpfwlr1; do
  ip -n "bpfwl-rec-${end%%:*}" link set lo up
  ip -n "bpfwl-rec-${end%%:*}" link set "${end##*:}" up
done

# serve CMD...: starts a server in the background; its pid is in $served.
serve() {
  ip netns exec bpfwl-rec-s "$@" >/dev/null 2>&1 &
  served=$!
  children+=("$served")
  sleep 0.4
}
# record FILE CMD...: runs a client, keeps what it wrote and how it ended.
record() {
  local file=$1
  shift
  ip netns exec bpfwl-rec-c "$@" >"$file" 2>"$file.err"
  local code=$?
  [ -s "$file.err" ] || rm -f "$file.err"
  printf '%s %s\n' "$file" "$code" >>exits.txt
}
# misdirect SECONDS_BEFORE: for 50 ms the client sends to a wrong MAC address, so that its packets are silently lost
misdirect() {
  sleep "$1"
  ip -n bpfwl-rec-c neigh replace $server lladdr 02:00:00:00:00:99 dev bpfwlr1 nud permanent
  sleep 0.05
  ip -n bpfwl-rec-c neigh del $server dev bpfwlr1
}
: >exits.txt

# ---- iperf3
i3() { local file=$1 port=$2; shift 2; record "iperf3/$file" iperf3 -c $server -p "$port" -J --get-server-output -i 0.1 "$@"; }
for port in 20000 20001 20002 20003; do serve iperf3 -s -J -i 0.1 -p $port -B $server; done
i3 tcp_stream.json 20000 -t 3
i3 udp_stream.json 20000 -t 3 -u -b 0
i3 udp_pps.json 20000 -t 3 -u -b 0 -l 64
for kind in tcp_stream_4 udp_pps_4; do
  extra=()
  [ $kind = tcp_stream_4 ] || extra=(-u -b 0 -l 64)
  pids=()
  for i in 0 1 2 3; do i3 ${kind}_$i.json 2000$i -t 3 "${extra[@]}" & pids+=($!); done
  wait "${pids[@]}"
done
i3 occupier.json 20001 -t 2 & occupier=$!
sleep 0.5
i3 server_busy.json 20001 -t 1
wait $occupier
rm -f iperf3/occupier.json*
sed -i '/occupier/d' exits.txt
i3 connection_refused.json 20009 -t 1
(sleep 0.7; kill -9 "$served") &
i3 server_killed.json 20003 -t 2
(sleep 0.7; kill -9 "${children[2]}") &
i3 server_killed_udp.json 20002 -t 2 -u -b 0 -l 64
i3 interrupted.json 20000 -t 3 & client=$!
sleep 0.7
kill -INT "$(pgrep -P "$(pgrep -P $client | head -1)" || pgrep -P $client | head -1)" 2>/dev/null
wait $client
serve iperf3 -s -p 20004 -B $server
i3 text_server.json 20004 -t 1

# ---- netperf
np() { local file=$1; shift; record "netperf/$file" netperf -H $server,4 -p 20100 -j -P 0 "$@"; }
keys=TRANSACTION_RATE,MIN_LATENCY,MEAN_LATENCY,P50_LATENCY,P90_LATENCY,P99_LATENCY,MAX_LATENCY,STDDEV_LATENCY
keys=$keys,ELAPSED_TIME,LOCAL_RECV_CALLS,REQUEST_SIZE,RESPONSE_SIZE,PROTOCOL
np no_netserver.txt -t TCP_RR -l 1 -- -r 1,1 -k $keys
serve netserver -D -4 -p 20100 -L $server
netserver=$served
np tcp_rr.txt -t TCP_RR -l 2 -- -r 1,1 -P ,20101 -k $keys
np udp_rr.txt -t UDP_RR -l 2 -- -r 1,1 -P ,20101 -k $keys
misdirect 0.7 &
loss=$!
np udp_rr_lost_datagram.txt -t UDP_RR -l 2 -- -r 1,1 -P ,20101 -k $keys
wait $loss
(sleep 0.7; kill -9 $(pgrep -P "$netserver")) &
np server_killed.txt -t TCP_RR -l 2 -- -r 1,1 -P ,20101 -k $keys
np unknown_key.txt -t TCP_RR -l 1 -- -r 1,1 -k TRANSACTION_RATE,NO_SUCH_KEY

# ---- sockperf
sp() { local file=$1; shift; record "sockperf/$file" sockperf pp -i $server -m 14 --full-rtt "$@"; }
serve sockperf sr --tcp -i $server -p 20200
tcp_server=$served
serve sockperf sr -i $server -p 20200
sp tcp_rr.txt --tcp -p 20200 -t 2
sp udp_rr.txt -p 20200 -t 2
misdirect 2.8 &
loss=$!
sp udp_rr_lost_datagram.txt -p 20200 -t 2
wait $loss
sp tcp_refused.txt --tcp -p 20209 -t 1
sp udp_refused.txt -p 20209 -t 1
(sleep 2.7; kill -9 "$tcp_server") &
sp server_killed.txt --tcp -p 20200 -t 2
wait $! 2>/dev/null
sort -o exits.txt exits.txt
# Which machine recorded this is nobody's business.
sed -i -E 's/("system_info":[[:space:]]*")[^"]*"/\1Linux"/' iperf3/*.json
