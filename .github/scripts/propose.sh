#!/usr/bin/env bash
# Opens a pull request with the model that retrain.sh published; the comparison is its text.
#
#   GH_TOKEN            may push branches and open pull requests
#   GITHUB_REF_NAME     the branch that the pull request is for; by default main
#   PROPOSE_REMOTE      another git remote; by default GitHub's, for GITHUB_REPOSITORY
#   RETRAIN_WORK        as for retrain.sh
set -euo pipefail

fail() {
  printf '%spropose: %s\n' "${GITHUB_ACTIONS:+::error::}" "$*" >&2
  exit 1
}

work=${RETRAIN_WORK:-out/retrain}
base=${GITHUB_REF_NAME:-main}
[[ -n ${GH_TOKEN:-} ]] || fail "GH_TOKEN is not set."
[[ -f $work/comparison.md && -f $work/written ]] || fail "$work has no comparison.md and written; run retrain.sh first."
version=$(sed -n 's/^| | .*| candidate (.* \([0-9a-f]\{16\}\)) |.*/\1/p' "$work/comparison.md")
[[ -n $version ]] || fail "$work/comparison.md does not name the candidate's version."
branch=retrain/$version
remote=${PROPOSE_REMOTE:-${GITHUB_SERVER_URL:-https://github.com}/${GITHUB_REPOSITORY:?}.git}

# shellcheck source=.github/scripts/git_access.sh
. "$(dirname "$0")/git_access.sh"
give_access "$remote" x-access-token GH_TOKEN

if [[ -n $(git ls-remote "$remote" "refs/heads/$branch") ]]; then
  opened=$(gh pr list --head "$branch" --state all --limit 1 --json number --jq '.[].number') ||
    fail "gh could not tell whether the branch $branch has a pull request; its reason stands above."
  if [[ -n $opened ]]; then
    printf 'propose: model %s was proposed before, in pull request %s\n' "$version" "$opened"
    exit
  fi
else
  git switch --quiet --force-create "$branch"
  git add --pathspec-from-file="$work/written"
  git -c user.name='github-actions[bot]' -c user.email='github-actions[bot]@users.noreply.github.com' \
    commit --quiet --message "Publish model $version, not worse than the former one"
  # To a branch of its own, never to the branch that it is for.
  git push --quiet "$remote" "HEAD:refs/heads/$branch" ||
    fail "the branch $branch could not be pushed; git's reason stands above."
fi
gh pr create --base "$base" --head "$branch" --title "Publish model $version" --body-file "$work/comparison.md" ||
  fail "the branch $branch is pushed, but the pull request could not be opened; gh's reason stands above. Run it again after that is mended."
