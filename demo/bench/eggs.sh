#!/bin/sh
# 10,000 eggs at once: `eggs fry` and `eggs serve` beside a client and a
# server that are raw mio loops, in turn. Wall time of the client's process.
#
#   demo/bench/eggs.sh [ROUNDS [COUNT]]
set -eu
cd "$(dirname "$0")/../.."
rounds=${1:-9}
count=${2:-10000}
# Apart: the demo has the feature `trace` on, the benchmark has not.
cargo build --quiet --release -p onecook-bench
cargo build --quiet --release -p onecook-demo
bin=${CARGO_TARGET_DIR:-target}/release
raw=127.0.0.1:3911
ours=127.0.0.1:3912
work=$(mktemp -d)
"$bin/raw-mio-server" --addr "$raw" >/dev/null &
raw_server=$!
"$bin/eggs" serve --addr "$ours" --cook-time 2s >/dev/null 2>&1 &
our_server=$!
trap 'kill "$raw_server" "$our_server"; rm -rf "$work"' EXIT
sleep 1

overflows() {
    awk '$1 == "TcpExt:" && !names { names = split($0, name); next }
         $1 == "TcpExt:" { for (i in name)
             if (name[i] == "ListenOverflows") print $i }' /proc/net/netstat
}

# seconds COMMAND...: how long it takes; a failure is told.
seconds() {
    start=$(date +%s%N)
    "$@" >"$work/output" 2>&1 || tail -n 3 "$work/output" >&2
    echo $((($(date +%s%N) - start) / 1000000)) | sed 's/...$/.&/'
}

echo "round   raw pair  our pair  ratio  overflows: raw  ours"
for round in $(seq "$rounds"); do
    zero=$(overflows)
    theirs=$(seconds "$bin/raw-mio-client" --server "$raw" --count "$count")
    one=$(overflows)
    own=$(seconds "$bin/eggs" fry --plain --count "$count" --server "$ours")
    two=$(overflows)
    echo "$round $theirs $own $((one - zero)) $((two - one))" |
        awk '{ printf "%5d %8.3f s %7.3f s %6.3f %15d %5d\n",
               $1, $2, $3, $3 / $2, $4, $5 }' | tee -a "$work/table"
done
awk '{ print $6 }' "$work/table" | sort -n |
    awk '{ r[NR] = $1 } END { print "median ratio", r[int((NR + 1) / 2)] }'
