#!/bin/bash
# Installs what is missing, builds, and shows the main job: Falco's alerts in, a webhook out.
set -eu
cd "$(dirname "$0")/.."
tests/packages.sh build
build=build/quickstart
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

say "Building"
cmake -S . -B $build -DCMAKE_BUILD_TYPE=Release -DFALCOIR_TESTS=OFF >/dev/null
cmake --build $build -j "$(nproc)" | tail -n 1
falcoir=$build/tools/falcoir
playbook=examples/playbooks/quickstart.yaml
alerts=examples/alerts/falco.ndjson

say "1. Is the playbook right?                 falcoir check, falcoir test"
$falcoir check $playbook
$falcoir test -v $playbook

say "2. Which alerts are of interest?          falcoir filter"
$falcoir filter 'priority >= Warning and k8s.ns.name startswith prod-' $alerts | cut -c1-150

say "3. What would be done for them?           falcoir plan (nothing is sent)"
$falcoir plan -p $playbook $alerts

say "4. Do it: a receiver on this machine, and falcoir run"
received=$(mktemp)
python3 examples/receiver.py 8099 2 "$received" &
receiver=$! state=""
trap 'kill $receiver 2>/dev/null || true; rm -rf "$received" "$state"' EXIT
for _ in $(seq 50); do
  (exec 3<>/dev/tcp/127.0.0.1/8099) 2>/dev/null && break
  sleep 0.1
done
state=$(mktemp -d)
# The alerts are recorded ones: by the clock they would be stale, and nothing would be done.
$falcoir run -p $playbook -d "$state" --as-of alert <$alerts
wait $receiver

say "What the receiver got"
cut -c1-300 "$received"
test "$(wc -l <"$received")" = 2
python3 - "$received" <<'PY'
import json, sys
bodies = [json.loads(line)["body"] for line in open(sys.argv[1])]
assert sorted(b["alert"]["rule"] for b in bodies) == ["Run shell untrusted", "Terminal shell in container"], bodies
assert {b["command"] for b in bodies} == {"bash -i", 'sh -c "id; uname -a"'}, bodies
PY

say "5. What was done, and is the record whole? falcoir journal"
$falcoir journal list -d "$state"
$falcoir journal verify -d "$state"

say "Two alerts were answered. Next: README.md"
