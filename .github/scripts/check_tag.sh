#!/usr/bin/env bash
# Checks that a tag is "v" and the version in pyproject.toml, and that its commit is on main.
#
#   check_tag.sh TAG     MAIN: the branch that has to contain the commit; by default origin/main
set -euo pipefail

fail() {
  printf '%scheck_tag: %s\n' "${GITHUB_ACTIONS:+::error::}" "$*" >&2
  exit 1
}

tag=${1:?}
main=${MAIN:-origin/main}
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)
[[ $tag == "v$version" ]] || fail "the tag is $tag, but pyproject.toml has version $version: expected the tag v$version."
git merge-base --is-ancestor HEAD "$main" ||
  fail "commit $(git rev-parse --short HEAD) is not on $main, whose commits are tested: tag a commit that is."
