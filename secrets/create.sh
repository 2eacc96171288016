#!/bin/sh
# Makes the secrets of docker-compose.yml, one file each, with random passwords; leaves those that are there.
# Lets containers read them and the configuration, which a checkout under umask 027 or 077 does not.
#
# The files are readable and the folder is not: inside a container each of them belongs to a user of this
# machine that the container's own user is not.
set -eu
cd "$(dirname "$0")"
chmod 700 .
umask 022

write() { # NAME VALUE
  [ -e "$1" ] || printf '%s\n' "$2" >"$1"
}

random() {
  od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}

for name in postgres_password event_socket_password controller_password phone_1001_password phone_1002_password \
  phone_1003_password api_token; do
  write "$name" "$(random)"
done
write database_url "postgresql://whisperpage:$(cat postgres_password)@postgres/whisperpage"
write switch_url "esl://controller%40eventsocket:$(cat controller_password)@freeswitch:8021"

chmod a+r ./*
chmod -R a+rX ../freeswitch ../dialplan

echo "Phones 1001, 1002 and 1003 log in with the passwords in $PWD/phone_1001_password and so on."
