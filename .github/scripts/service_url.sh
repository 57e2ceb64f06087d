#!/usr/bin/env bash
# Prints the address that Heroku gave the application; in a workflow it is the step's output "url" too.
#
#   HEROKU_API_KEY, HEROKU_APP   as for deploy.sh
#   HEROKU_API_URL               where Heroku's API answers; by default its own
set -euo pipefail

fail() {
  printf '%sservice_url: %s\n' "${GITHUB_ACTIONS:+::error::}" "$*" >&2
  exit 1
}

[[ -n ${HEROKU_API_KEY:-} && -n ${HEROKU_APP:-} ]] || fail "HEROKU_API_KEY and HEROKU_APP are not both set."

# printf is the shell's own: the key stands on no command line.
application=$(printf 'Authorization: Bearer %s\n' "$HEROKU_API_KEY" |
  curl --silent --show-error --fail --max-time 30 --retry 3 --header @- \
    --header 'Accept: application/vnd.heroku+json; version=3' \
    "${HEROKU_API_URL:-https://api.heroku.com}/apps/$HEROKU_APP") ||
  fail "Heroku did not say the address of $HEROKU_APP; what it answered stands above."
url=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["web_url"])' <<<"$application" 2>/dev/null) ||
  fail "Heroku's answer about $HEROKU_APP has no web_url."

printf '%s\n' "$url"
if [[ -n ${GITHUB_OUTPUT:-} ]]; then
  printf 'url=%s\n' "$url" >>"$GITHUB_OUTPUT"
fi
