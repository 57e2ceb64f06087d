#!/usr/bin/env bash
# Smoke test of a running service: healthy, a decision for a known client, 404 for an unknown one.
#
#   smoke.sh BASE_URL [CLIENTS]     CLIENTS: the table being served, by default df_sample.csv
#
#   SMOKE_ATTEMPTS, SMOKE_PAUSE     how often /health is asked (60), and the seconds in between (5)
#   SCORING_API_KEY                 a key with the scope "read", where the service needs one
set -euo pipefail

fail() {
  printf '%ssmoke: %s\n' "${GITHUB_ACTIONS:+::error::}" "$*" >&2
  exit 1
}

base=${1:-}
base=${base%/}
[[ $base =~ ^https?://[^[:space:]]+$ ]] || fail "'$base' is not an address; usage: smoke.sh BASE_URL [CLIENTS]"
clients=${2:-$(dirname "$0")/../../df_sample.csv}
attempts=${SMOKE_ATTEMPTS:-60}
pause=${SMOKE_PAUSE:-5}
unknown=999999

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# In a file, since other users of the machine can see the arguments of a command.
printf 'Accept: application/json\n%s' "${SCORING_API_KEY:+Authorization: Bearer $SCORING_API_KEY}" >"$folder/headers"

# Status and content type of an answer, or why there was none; the body goes to $folder/body.
get() {
  : >"$folder/body"
  curl --silent --show-error --max-time "$2" --header "@$folder/headers" --output "$folder/body" \
    --write-out '%{http_code} %{content_type}' "$base$1" 2>"$folder/error" || cat "$folder/error"
}

known=$(python3 - "$clients" "$unknown" 2>&1 <<'PYTHON'
import csv
import sys

path, unknown = sys.argv[1:]
try:
    with open(path, encoding="utf-8-sig", newline="") as file:
        numbers = [line["SK_ID_CURR"] for line in csv.DictReader(file)]
except (OSError, KeyError) as error:
    sys.exit(f"no client number can be read from {path}: {error!r}")
if not numbers:
    sys.exit(f"{path} holds no client")
if unknown in numbers:
    sys.exit(f"{path} holds client {unknown}, which should be unknown")
print(numbers[0])
PYTHON
) || fail "$known"

for ((attempt = 1; attempt <= attempts; attempt++)); do
  health=$(get /health 10)
  [[ $health != 200\ * ]] || break
  ((attempt == attempts)) || sleep "$pause"
done
[[ $health == 200\ * ]] || fail "GET $base/health was not healthy in $attempts attempts; the last one gave: $health"

answer=$(get "/predict/$known" 30)
[[ $answer == "200 application/json"* ]] ||
  fail "GET $base/predict/$known gave: $answer; expected 200 application/json"
decision=$(python3 - "$folder/body" 2>&1 <<'PYTHON'
import json
import sys

try:
    with open(sys.argv[1], encoding="utf-8") as file:
        answer = json.load(file)
except (ValueError, RecursionError) as error:
    sys.exit(f"the answer is not JSON ({error})")
if not isinstance(answer, dict):
    sys.exit(f"the answer is a JSON {type(answer).__name__}, expected an object")
probability, decision = answer.get("probability"), answer.get("decision")
if isinstance(probability, bool) or not isinstance(probability, int | float) or not 0 <= probability <= 1:
    sys.exit(f"probability is {probability!r}, expected a number from 0 to 1")
if decision not in ("ACCEPTED", "REFUSED"):
    sys.exit(f"decision is {decision!r}, expected ACCEPTED or REFUSED")
print(decision)
PYTHON
) || fail "GET $base/predict/$known: $decision"

answer=$(get "/predict/$unknown" 30)
[[ $answer == "404 application/problem+json"* ]] ||
  fail "GET $base/predict/$unknown gave: $answer; expected 404 application/problem+json"

printf 'smoke: %s is healthy, client %s is %s, client %s is unknown\n' "$base" "$known" "$decision" "$unknown"
