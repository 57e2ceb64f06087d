# shellcheck shell=bash
# Lets git ask for a secret when it pushes: it stands on no command line and in no file. To be sourced.
#
#   give_access REMOTE USER VARIABLE    git gets the value of VARIABLE as the password of USER, for REMOTE only
give_access() {
  export "${3?}" GIT_TERMINAL_PROMPT=0
  export GIT_CONFIG_COUNT=2
  export GIT_CONFIG_KEY_0="credential.helper" GIT_CONFIG_VALUE_0=""
  export GIT_CONFIG_KEY_1="credential.$1.helper"
  export GIT_CONFIG_VALUE_1="!f() { [ \"\$1\" != get ] || printf 'username=$2\npassword=%s\n' \"\$$3\"; }; f"
}
