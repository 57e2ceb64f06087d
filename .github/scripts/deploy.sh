#!/usr/bin/env bash
# Deploys the commit that is checked out by pushing it to Heroku's git remote. See docs/deployment.md.
#
#   HEROKU_API_KEY   may deploy the application
#   HEROKU_APP       the application's name
#   HEROKU_GIT_URL   another git remote; by default Heroku's for HEROKU_APP
set -euo pipefail

fail() {
  printf '%sdeploy: %s\n' "${GITHUB_ACTIONS:+::error::}" "$*" >&2
  exit 1
}

missing=()
[[ -n ${HEROKU_API_KEY:-} ]] || missing+=(HEROKU_API_KEY)
[[ -n ${HEROKU_APP:-} ]] || missing+=(HEROKU_APP)
if ((${#missing[@]})); then
  fail "not deployed, since these secrets are not set: ${missing[*]}. docs/deployment.md says how to set them."
fi
[[ $HEROKU_APP =~ ^[a-z][a-z0-9-]{1,28}[a-z0-9]$ ]] ||
  fail "HEROKU_APP is not the name of a Heroku application: expected 3 to 30 lower-case letters, digits and hyphens."

remote=${HEROKU_GIT_URL:-https://git.heroku.com/$HEROKU_APP.git}

# shellcheck source=.github/scripts/git_access.sh
. "$(dirname "$0")/git_access.sh"
give_access "$remote" heroku HEROKU_API_KEY

commit=$(git rev-parse --short HEAD)
# Without --force: an older commit whose tests took longer does not replace a newer one.
git push "$remote" HEAD:refs/heads/main ||
  fail "commit $commit was not accepted; what git and the build said stands above."
printf 'deploy: commit %s is deployed to %s\n' "$commit" "$HEROKU_APP"
