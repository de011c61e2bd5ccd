#!/bin/sh
# Installs the Debian packages that scripts/debian-packages.txt names and that are missing; nothing when
# none is. Without root or sudo, prints the one command to run.
set -eu
list=$(dirname "$0")/debian-packages.txt
missing=
# Any kernel of Debian's will do for QEMU: a machine that boots one keeps it, and gets no second.
has_kernel() { ls /boot/vmlinuz-*-amd64 >/dev/null 2>&1; }
# shellcheck disable=SC2013 # package names have no spaces
for package in $(sed 's/#.*//' "$list"); do
    case $package in linux-image-*) has_kernel && continue ;; esac
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    echo "Packages are missing. Run as root:" >&2
    echo "    apt-get update && apt-get install -y --no-install-recommends$missing" >&2
    exit 1
fi
echo "Installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # a list of words, on purpose
$as_root apt-get update -q >/dev/null
# shellcheck disable=SC2086
exec $as_root apt-get install -q -y --no-install-recommends $missing >/dev/null
