#!/usr/bin/env bash
# Opens a pull request with the model that retrain.sh published; the comparison is its text. Only a model's own files are
# taken, so that nothing that ran in the training can propose another change.
#
#   GH_TOKEN            may push branches and open pull requests
#   GITHUB_REF_NAME     the branch that the pull request is for; by default main
#   PROPOSE_REMOTE      another git remote; by default GitHub's, for GITHUB_REPOSITORY
#   RETRAIN_WORK, RETRAIN_CHAMPION   as for retrain.sh
set -euo pipefail

fail() {
  printf '%spropose: %s\n' "${GITHUB_ACTIONS:+::error::}" "$*" >&2
  exit 1
}

work=${RETRAIN_WORK:-out/retrain}
champion=$(realpath --canonicalize-missing --no-symlinks --relative-to=. "${RETRAIN_CHAMPION:-.}")
base=${GITHUB_REF_NAME:-main}
[[ -n ${GH_TOKEN:-} ]] || fail "GH_TOKEN is not set."
[[ -f $work/comparison.md && -f $work/model.tar ]] || fail "$work has no comparison.md and model.tar; run retrain.sh first."
version=$(sed -n 's/^| | .*| candidate (.* \([0-9a-f]\{16\}\)) |.*/\1/p' "$work/comparison.md")
[[ -n $version ]] || fail "$work/comparison.md does not name the candidate's version."
branch=retrain/$version
files=$(tar --list --file "$work/model.tar") || fail "$work/model.tar could not be read; tar's reason stands above."
folder=$champion/
own=("${folder}model_card.md")
[[ $champion != . ]] || folder='' own=(docs/model_card.md)
for name in modele_retenu.{json,pkl} scaler.pkl {df,applications}_sample.csv; do
  own+=("$folder$name")
done
other=$(grep --line-regexp --invert-match --fixed-strings --file=<(printf '%s\n' "${own[@]}") <<<"$files" || true)
[[ -z $other ]] || fail "$work/model.tar has $other, which is no file of the model in $champion; nothing is proposed."
other=$(tar --list --verbose --file "$work/model.tar" | grep --invert-match '^-' || true)
[[ -z $other ]] || fail "$work/model.tar has what is no file: $other; nothing is proposed."
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
  tar --extract --file "$work/model.tar"
  git add --pathspec-from-file=- <<<"$files"
  git -c user.name='github-actions[bot]' -c user.email='github-actions[bot]@users.noreply.github.com' \
    commit --quiet --message "Publish model $version, not worse than the former one"
  # To a branch of its own, never to the branch that it is for.
  git push --quiet "$remote" "HEAD:refs/heads/$branch" ||
    fail "the branch $branch could not be pushed; git's reason stands above."
fi
gh pr create --base "$base" --head "$branch" --title "Publish model $version" --body-file "$work/comparison.md" ||
  fail "the branch $branch is pushed, but the pull request could not be opened; gh's reason stands above. Run it again after that is mended."
