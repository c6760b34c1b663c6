#!/usr/bin/env bash
# inside.sh API PORT LOG PHASE FOLDER COMMAND…   Runs COMMAND in FOLDER beside the scripted API, both in this (network) namespace.
set -u
api=$1 port=$2 log=$3 phase=$4 folder=$5
shift 5
ip link set lo up 2>/dev/null
exec 3< <(exec node "$api" "$port" "$log" "$phase")
server=$!
trap 'kill "$server" 2>/dev/null' EXIT
read -r -t 20 _ <&3 || exit 98
cd "$folder" || exit 97
"$@" </dev/null &
echo $! >"$log.pid"
wait $!
