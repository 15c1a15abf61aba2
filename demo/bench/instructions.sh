#!/bin/sh
# Instructions per operation under callgrind, for each runtime or library: a
# count that other programs on the machine do not change.
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

# count CONTESTANT CASE OPERATIONS: all instructions of one round.
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        "$one" "$1" "$2" "$3" 2>&1 | sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

# table CONTESTANT ...: a row for each case that is read.
table() {
    printf '%-28s' "instructions per operation"
    for contestant; do
        printf ' %19s' "$contestant"
    done
    echo
    while read -r name; do
        printf '%-28s' "$name"
        for contestant; do
            once=$(count "$contestant" "$name" "$operations")
            twice=$(count "$contestant" "$name" $((2 * operations)))
            if [ -n "$once" ] && [ "$once" != "$twice" ]; then
                printf ' %19d' $(((twice - once) / operations))
            else
                printf ' %19s' -
            fi
        done
        echo
    done
    echo
}

table "onecook" "tokio spawn" "tokio LocalSet" "limit" <<CASES
yield: 1 task
yield: 1,000 tasks
spawn and join, one by one
spawn all, then join
ping-pong: 2 tasks
chain of wakes: 1,000 tasks
abort and join
timer: set and cancel
a million sleeping tasks
scope: 10 children
scope: 1,000 children
task set: 10 tasks
task set: 1,000 tasks
task set: 100 in flight
CASES

table "onecook" "tokio spawn" "tokio LocalSet" "async-channel" <<CASES
oneshot: send, then receive
oneshot: request and answer
broadcast: 1 receiver
broadcast: 10 receivers
watch: 1 receiver
watch: 10 receivers
mpsc bounded: ping-pong
mpsc bounded: burst
mpsc bounded: 10 senders
mpsc unbounded: ping-pong
mpsc unbounded: burst
mpmc bounded: ping-pong
mpmc bounded: burst
mpmc bounded: 10 senders
mpmc bounded: 4 to 4
mpmc unbounded: ping-pong
mpmc unbounded: burst
CASES

table "onecook" "futures-rs" "futures-concurrency" <<CASES
join: 2
join: 10
join: 100
join: 1,000
join: 10 in turn
join: 100 in turn
join: 10 ready
join: 100 ready
join: 1,000 ready
race: 2
race: 10
race: 100
unordered: push 10, drain
unordered: push 1,000, drain
unordered: 1,000 in turn
unordered: 100 of 10,000
buffer_unordered(64)
buffered(64)
CASES

# One future around one child, or two, that is ready or yields once.
table "onecook" "async block" "futures-rs" <<CASES
map, ready
map, yields
fuse, ready
fuse, yields
timeout, ready
timeout, yields
join of 2, ready
join of 2, yields
CASES
