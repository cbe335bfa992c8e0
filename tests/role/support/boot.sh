#!/bin/sh
# Boots a root as a host with real systemd, or with nothing but an SSH server. Run in a mount namespace of its own (unshare -m):
#   boot.sh NAME ROOT CONTROL-GROUP NETWORK-NAMESPACE RUNS-FOLDER systemd|sshd
# The process becomes systemd-nspawn; when that is killed, the host dies with it.
set -eu
name=$1 root=$2 group=$3 network=$4 runs=$5 init=$6

mount --make-rprivate /

# Mounts of other hosts were copied into this namespace and would live as long as this host.
while read -r _ point _; do
  case $point in
    "$root") ;;
    "$runs"/*) umount "$point" ;;
  esac
done < /proc/self/mounts

# The namespace may be an earlier host's; a machine's kernel has forgotten by its next boot.
nsenter --net="/run/netns/$network" sh -c 'echo >/proc/sys/net/ipv4/ip_local_reserved_ports'

# systemd wants control groups of version 2 alone; this machine may have both.
echo $$ > "$group/cgroup.procs"
umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup

export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
# A host's administrator may set what belongs to the host's network.
export SYSTEMD_NSPAWN_API_VFS_WRITABLE=network

case $init in
  systemd) set -- --boot ;;
  sshd) set -- -- sh -c 'mkdir -p /run/sshd && exec /usr/sbin/sshd -D' ;;
esac

# All capabilities and these calls: iptables, nft and eBPF programs are part of what is tested.
exec systemd-nspawn --quiet --console=pipe \
  --directory="$root" --machine="$name" --hostname="$name" \
  --network-namespace-path="/run/netns/$network" \
  --register=no --keep-unit --resolv-conf=off --timezone=off --link-journal=no \
  --capability=all --system-call-filter="bpf keyctl add_key perf_event_open" "$@"
