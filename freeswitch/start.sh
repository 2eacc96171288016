#!/bin/sh
# Starts FreeSWITCH with the secrets that are files: its preprocessor reads the environment and no such files.
# Each file of the folder is one variable: phone_1001_password is PHONE_1001_PASSWORD.
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

# Not -c, though a container has but one program: without a terminal FreeSWITCH's console reads the end of its
# input for ever.
exec "${FREESWITCH:-freeswitch}" -nonat -nf -nc -conf "$(cd "$(dirname "$0")" && pwd)" "$@"
