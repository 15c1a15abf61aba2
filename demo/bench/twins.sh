#!/bin/sh
# User-space instructions for an egg, under callgrind: by the machine that is
# written by hand, and by the one that the compiler makes.
#
#   demo/bench/twins.sh [EGGS]
#
# Two runs, one with twice the eggs: the difference leaves out what it takes to
# start and end. The server is a process of its own, and not counted.
set -eu
cd "$(dirname "$0")/../.."
eggs=${1:-200}
cargo build --quiet --release -p onecook-demo
program=${CARGO_TARGET_DIR:-target}/release/eggs
address=127.0.0.1:3998
"$program" serve --addr "$address" >/dev/null 2>&1 &
server=$!
trap 'kill "$server"' EXIT
sleep 1

# count TWIN EGGS
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        "$program" fry --by "$1" --count "$2" --plain --cook-time 3s \
        --server "$address" 2>&1 >/dev/null |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

each() {
    once=$(count "$1" "$eggs")
    twice=$(count "$1" $((2 * eggs)))
    echo $(((twice - once) / eggs))
}

machine=$(each machine)
async=$(each async)
echo "instructions for an egg: machine $machine, async fn $async"
awk "BEGIN { printf \"machine by async fn: %.3f\\n\", $machine / $async }"
