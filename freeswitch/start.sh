#!/bin/sh
# Starts FreeSWITCH with the secrets that are files: its preprocessor reads the environment and no such files.
# Each file of the folder is one variable: phone_1001_password is PHONE_1001_PASSWORD.
#
# FREESWITCH_USER: the user, and group, that FreeSWITCH becomes; then this has to be started as root.
# FS_CLI_CONF: the file in which fs_cli shall find the event socket's password. No program is given a password as an
# argument, which others could read.
set -eu
umask 077 # FreeSWITCH writes the whole configuration, passwords too, to freeswitch.xml.fsxml beside its log

for file in "${SECRETS:-/run/secrets}"/*; do
  value=$(cat "$file")
  case $value in
    '' | *[!A-Za-z0-9._-]*)
      echo "$file: write letters, digits and ._- only, since the password goes into XML." >&2
      exit 1
      ;;
  esac
  export "$(basename "$file" | tr '[:lower:]' '[:upper:]')=$value"
done

: "${EVENT_SOCKET_PASSWORD:?is not set: without it the event socket would have a password that everybody knows}"

if [ -n "${FS_CLI_CONF:-}" ]; then
  printf '[default]\npassword => %s\n' "$EVENT_SOCKET_PASSWORD" >"$FS_CLI_CONF"
fi

if [ -n "${FREESWITCH_USER:-}" ]; then
  option=
  for each in "$@"; do
    case $option in
      -log | -db | -run) # what the user writes to
        mkdir -p "$each"
        # Once it is the user's, root without CAP_DAC_OVERRIDE does not look into it.
        [ "$(stat -c %U "$each")" = "$FREESWITCH_USER" ] || chown -R "$FREESWITCH_USER:$FREESWITCH_USER" "$each"
        ;;
    esac
    option=$each
  done
  chown "$FREESWITCH_USER" /dev/stdout # a pipe of Docker's: mod_logfile opens it once more
  set -- -u "$FREESWITCH_USER" -g "$FREESWITCH_USER" "$@"
fi

# Not -c, though a container has but one program: without a terminal FreeSWITCH's console reads the end of its
# input for ever.
exec "${FREESWITCH:-freeswitch}" -nonat -nf -nc -conf "$(cd "$(dirname "$0")" && pwd)" "$@"
