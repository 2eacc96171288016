#!/bin/sh
# Starts FreeSWITCH with secrets from files: its preprocessor reads environment variables, but not such files.
# Each file of the folder becomes one variable: phone_1001_password becomes PHONE_1001_PASSWORD.
#
# FREESWITCH_USER: the user and group as which FreeSWITCH runs; with it, start this script as root.
# FS_CLI_CONF: the file to which the event socket's password is written for fs_cli. No program gets a password as an
# argument, since other users could read it.
set -eu
umask 077 # FreeSWITCH writes its whole configuration, passwords included, to freeswitch.xml.fsxml beside its log

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
      -log | -db | -run) # the folders to which the user writes
        mkdir -p "$each"
        # After the change of owner, root without CAP_DAC_OVERRIDE could not read it.
        [ "$(stat -c %U "$each")" = "$FREESWITCH_USER" ] || chown -R "$FREESWITCH_USER:$FREESWITCH_USER" "$each"
        ;;
    esac
    option=$each
  done
  chown "$FREESWITCH_USER" /dev/stdout # a pipe of Docker, which mod_logfile opens again
  set -- -u "$FREESWITCH_USER" -g "$FREESWITCH_USER" "$@"
fi

# Not -c, even in a container: without a terminal, FreeSWITCH's console reads the end of its input for ever.
exec "${FREESWITCH:-freeswitch}" -nonat -nf -nc -conf "$(cd "$(dirname "$0")" && pwd)" "$@"
