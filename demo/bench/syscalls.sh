#!/bin/sh
# System calls per round trip of a TCP echo, 64 bytes, for each runtime.
#
#   demo/bench/syscalls.sh [CONNECTIONS [ROUND_TRIPS]]
#
# The client is the same raw mio loop for all, in a process of its own that is
# not traced. Two runs, one with twice the round trips: the difference leaves
# out what it takes to start, accept and end.
set -eu
cd "$(dirname "$0")/../.."
connections=${1:-100}
round_trips=${2:-50000}
cargo build --quiet --release -p onecook-bench
bin=${CARGO_TARGET_DIR:-target}/release
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# calls RUNTIME ROUND_TRIPS: "name count" for each system call.
calls() {
    : >"$work/address"
    strace -c -f -U name,calls -o "$work/calls" \
        "$bin/echo-server" "$1" "$connections" >"$work/address" &
    server=$!
    until [ -s "$work/address" ]; do sleep 0.05; done
    "$bin/echo-client" "$(cat "$work/address")" "$connections" "$2" >/dev/null
    wait "$server"
    awk '$2 ~ /^[0-9]+$/ { print $1, $2 }' "$work/calls"
}

printf '%-20s %8s   %s\n' runtime "per trip" "of which"
for runtime in "limit" "onecook" "tokio spawn" "tokio LocalSet" "smol" \
    "monoio epoll" "compio epoll"; do
    calls "$runtime" "$round_trips" >"$work/once"
    calls "$runtime" $((2 * round_trips)) >"$work/twice"
    awk -v runtime="$runtime" -v trips="$round_trips" '
        NR == FNR { once[$1] = $2; next }
        $1 == "total" { next }
        {
            each = ($2 - once[$1]) / trips
            all += each
            if (each >= 0.0005) parts = parts sprintf(" %s %.3f", $1, each)
        }
        END { printf "%-20s %8.3f  %s\n", runtime, all, parts }
    ' "$work/once" "$work/twice"
done
