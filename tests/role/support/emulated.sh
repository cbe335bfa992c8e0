#!/bin/sh
# Runs a command while the kernel starts another architecture's programs in an emulator. In a mount namespace of its own:
#   emulated.sh ARCHITECTURE COMMAND ...
set -eu
case $1 in
  arm64) name=qemu-aarch64 ;;
  amd64) name=qemu-x86_64 ;;
esac
shift

# One registry for the whole machine: what it has already is not touched, what is added is taken away again.
registry=/proc/sys/fs/binfmt_misc
mount --make-rprivate /
mount -t binfmt_misc binfmt_misc "$registry"
if ! test -e "$registry/$name"; then
  trap 'echo -1 > "$registry/$name"' EXIT
  grep -v '^#' "/usr/lib/binfmt.d/$name.conf" > "$registry/register"
fi
"$@"
