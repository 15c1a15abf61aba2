#!/bin/sh
# Requests per second: `eggs serve` beside the same server on tokio, and beside
# axum, all on one thread. wrk asks for /fast/A over 64 connections that stay
# open; the servers take turns.
#
#   demo/bench/http.sh [--json FILE] [ROUNDS [SECONDS]]
set -eu
json=
if [ "${1:-}" = --json ]; then
    json=$2
    shift 2
fi
rounds=${1:-9}
seconds=${2:-2}
if ! command -v wrk >/dev/null; then
    echo "wrk is missing; on Debian: apt-get install wrk" >&2
    exit 1
fi
cd "$(dirname "$0")/../.."
cargo build --quiet --release -p onecook-demo -p onecook-bench-http
bin=${CARGO_TARGET_DIR:-target}/release
ours=127.0.0.1:3921
tokio=127.0.0.1:3922
axum=127.0.0.1:3923
work=$(mktemp -d)
"$bin/eggs" serve --quiet --addr "$ours" >/dev/null &
servers=$!
"$bin/tokio-eggs" "$tokio" &
servers="$servers $!"
"$bin/axum-eggs" "$axum" &
servers="$servers $!"
# shellcheck disable=SC2086 # these are several
trap 'kill $servers 2>/dev/null; rm -rf "$work"' EXIT
sleep 1

# ask SERVER SECONDS: requests per second.
ask() {
    wrk -t1 -c64 -d"${2}s" "http://$1/fast/A" >"$work/said"
    if grep -E 'Socket errors|Non-2xx' "$work/said" >&2; then
        echo "not every request was answered" >&2
        exit 1
    fi
    awk '/^Requests\/sec:/ { print $2 }' "$work/said"
}

for server in "$ours" "$tokio" "$axum"; do
    ask "$server" 1 >/dev/null # warm-up
done
echo "round  eggs serve  tokio-eggs   axum-eggs   requests per second"
for round in $(seq "$rounds"); do
    if [ $((round % 2)) = 1 ]; then
        a=$(ask "$ours" "$seconds")
        b=$(ask "$tokio" "$seconds")
        c=$(ask "$axum" "$seconds")
    else
        c=$(ask "$axum" "$seconds")
        b=$(ask "$tokio" "$seconds")
        a=$(ask "$ours" "$seconds")
    fi
    printf '%5d %11.0f %11.0f %11.0f\n' "$round" "$a" "$b" "$c"
    echo "$a $b $c" >>"$work/rounds"
done

# quartiles EXPRESSION: of a figure of each round, the three quartiles.
quartiles() {
    awk "{ print $1 }" "$work/rounds" | sort -n | awk '
        { it[NR - 1] = $1 }
        function at(part, place, below) {
            place = part * (NR - 1); below = int(place)
            if (below + 1 >= NR) return it[below]
            return it[below] + (place - below) * (it[below + 1] - it[below])
        }
        END { printf "%.4f %.4f %.4f\n", at(0.25), at(0.5), at(0.75) }'
}

# row NAME COLUMN: a line of the table, and an object of the JSON.
row() {
    # shellcheck disable=SC2046 # these are several
    set -- "$1" "$2" $(quartiles "\$$2") $(quartiles "\$1 / \$$2")
    if [ "$2" = 1 ]; then
        printf '%-11s %8.0f requests/s\n' "$1" "$4"
        printf '{"server":"%s","requests":%s}' "$1" "$4" >>"$work/json"
    else
        printf '%-11s %8.0f requests/s %6.2f x  (%.2f .. %.2f)\n' \
            "$1" "$4" "$7" "$6" "$8"
        printf ',\n{"server":"%s","requests":%s,' "$1" "$4" >>"$work/json"
        printf '"ratio":%s,"low":%s,"high":%s}' "$7" "$6" "$8" >>"$work/json"
    fi
}

echo
row "eggs serve" 1
row "tokio-eggs" 2
row "axum-eggs" 3
if [ -n "$json" ]; then
    { echo "["; cat "$work/json"; echo; echo "]"; } >"$json"
fi
