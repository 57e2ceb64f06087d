#!/usr/bin/env bash
# Trains a candidate, and puts it in the champion's place if it is not worse. See docs/retraining.md.
#
#   RETRAIN_DATA        folder of tables, or one file
#   RETRAIN_DATA_URL    or the address of one file, or of an archive (.tar.gz) of tables: it is fetched
#   RETRAIN_OPTIONS     further options of "train", such as: --target default --id client; --set-aside is 0.1 by default
#   RETRAIN_TOLERANCE   further options of "promote", such as: --max-cost 0.03
#   RETRAIN_CHAMPION    folder of the model that serves; by default the top folder
#   RETRAIN_WORK        folder for data and candidate, and for what propose.sh needs: comparison.md and model.tar, with
#                       the written files; by default out/retrain, which git ignores
#   PYTHON              by default the one that "make train" installed into
set -euo pipefail

fail() {
  printf '%sretrain: %s\n' "${GITHUB_ACTIONS:+::error::}" "$*" >&2
  exit 1
}

work=${RETRAIN_WORK:-out/retrain}
# In one form, such as model: propose.sh compares the names of files with it.
champion=$(realpath --canonicalize-missing --no-symlinks --relative-to=. "${RETRAIN_CHAMPION:-.}")
data=${RETRAIN_DATA:-}
python=${PYTHON:-.venv/bin/python}
read -ra options <<<"${RETRAIN_OPTIONS:-}"
read -ra tolerance <<<"${RETRAIN_TOLERANCE:-}"
rm -rf "$work"
mkdir -p "$work/fetched"
# The rows of real people; on a runner of one's own they would lie there until the next run.
trap 'rm -rf "$work/fetched" "$work/features.parquet" "$work"/candidate/*_sample.csv' EXIT

if [[ -n ${RETRAIN_DATA_URL:-} ]]; then
  [[ $RETRAIN_DATA_URL =~ ^(https://|http://127\.0\.0\.1(:[0-9]+)?/)[^[:space:]\"\\]+$ ]] ||
    fail "RETRAIN_DATA_URL is not the address of a file; expected https://, since others can read and change what is sent over http."
  name=${RETRAIN_DATA_URL%%[?#]*}
  data=$work/fetched/${name##*/}
  # In the standard input, since other users of the machine can see the arguments of a command.
  printf 'url = "%s"\n' "$RETRAIN_DATA_URL" |
    curl --silent --show-error --fail --location --proto-redir =https --globoff --retry 3 --config - --output "$data" ||
    fail "the data could not be fetched from RETRAIN_DATA_URL; curl's reason stands above."
  if [[ $data == *.tar.gz ]]; then
    tar --extract --gzip --file "$data" --directory "$work/fetched" --no-same-owner ||
      fail "the archive at RETRAIN_DATA_URL could not be read; tar's reason stands above."
    data=$work/fetched
  fi
fi
unset RETRAIN_DATA_URL # the training does not need it
[[ -n $data ]] || fail "neither RETRAIN_DATA nor RETRAIN_DATA_URL is set. docs/retraining.md says what they are."
[[ -e $data ]] || fail "RETRAIN_DATA names $data, which is not on this machine."

features=()
source=(--table "$data")
if [[ -d $data ]]; then
  source=(--data "$data")
  has_history='import pathlib, sys, scoring.home_credit.history.attach as history; '
  has_history+='sys.exit(not history.has_history(pathlib.Path(sys.argv[1])))'
  if "$python" -c "$has_history" "$data"; then
    features=(--features "$work/features.parquet")
    "$python" -m scoring features --data "$data" --out "$work/features.parquet"
  fi
fi

[[ " ${options[*]}" == *' --set-aside'[\ =]* ]] || options=(--set-aside 0.1 "${options[@]}")
"$python" -m scoring train "${source[@]}" "${features[@]}" "${options[@]}" --no-tracking \
  --out "$work/candidate"
code=0
"$python" -m scoring promote --champion "$champion" --candidate "$work/candidate" --data "$data" "${features[@]}" \
  "${tolerance[@]}" --report "$work/comparison.md" >"$work/said" || code=$?
cat "$work/said"
cat "$work/comparison.md" >>"${GITHUB_STEP_SUMMARY:-/dev/null}" 2>/dev/null || true
if ((code == 3)); then
  printf '%sretrain: the candidate is not published; the reason stands above.\n' "${GITHUB_ACTIONS:+::warning::}" >&2
fi
((code == 0)) || exit "$code"

card=$champion/model_card.md
[[ $champion != . ]] || card=docs/model_card.md
"$python" -m scoring card "$champion" --out "$card"
{
  sed -n 's/^written: //p' "$work/said"
  printf '%s\n' "$card"
} | tar --create --file "$work/model.tar" --files-from -
