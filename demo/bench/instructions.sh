#!/bin/sh
# Instructions per operation under callgrind, for each runtime: a count that
# other programs on the machine do not change.
#
#   demo/bench/instructions.sh [OPERATIONS]
#
# Two runs, one with twice the operations: the difference leaves out what it
# takes to start and end.
set -eu
cd "$(dirname "$0")/../.."
operations=${1:-20000}
cargo build --quiet --release -p onecook-bench
one=${CARGO_TARGET_DIR:-target}/release/one

# count RUNTIME CASE OPERATIONS: all instructions of one round.
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        "$one" "$1" "$2" "$3" 2>&1 | sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

printf '%-30s %10s %12s %12s %10s\n' \
    "instructions per operation" onecook "tokio spawn" "LocalSet" limit
while read -r name; do
    printf '%-30s' "$name"
    for runtime in "onecook" "tokio spawn" "tokio LocalSet" "limit"; do
        once=$(count "$runtime" "$name" "$operations")
        twice=$(count "$runtime" "$name" $((2 * operations)))
        if [ -n "$once" ] && [ "$once" != "$twice" ]; then
            printf ' %11d' $(((twice - once) / operations))
        else
            printf ' %11s' -
        fi
    done
    echo
done <<CASES
yield: 1 task
yield: 1,000 tasks
spawn and join, one by one
spawn all, then join
ping-pong: 2 tasks
chain of wakes: 1,000 tasks
abort and join
timer: set and cancel
a million sleeping tasks
CASES
