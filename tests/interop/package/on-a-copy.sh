#!/bin/sh
# Installs packages on a copy of this host that nobody else sees, starts the daemon as the service does, asks it, and
# purges them: on-a-copy.sh FOLDER CAPABILITIES. FOLDER has the packages and ng-ask.mjs. To be run in mount, network
# and process namespaces of its own (`unshare --mount --net --pid --fork`): all it does ends with them.
set -eu
folder=$1
capabilities=$2

mount --make-rprivate /
copy=$folder/copy
mkdir "$copy"
mount -t tmpfs -o size=1g tmpfs "$copy"
mkdir "$copy/changes" "$copy/work" "$copy/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$copy/changes,workdir=$copy/work" "$copy/root"
root=$copy/root
mkdir -p "$root/var/tmp/packages"
cp "$folder"/*.deb "$folder/ng-ask.mjs" "$root/var/tmp/packages"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
ip link set lo up

cat >"$root/var/tmp/packages/steps.sh" <<'STEPS'
set -eu
home=/usr/lib/rtpengine-ts
node=$(echo $home/node_modules/node-linux-*/bin/node)
echo "# install"
dpkg --install --auto-deconfigure --force-confnew /var/tmp/packages/*.deb 2>&1
echo "# account"
getent passwd rtpengine
echo "# enabled"
readlink /etc/systemd/system/multi-user.target.wants/rtpengine.service
echo "# programs"
rtpengine --version
readlink -f /usr/bin/rtpengine /usr/bin/rtpengine-ctl
rtpengine --config-file=/etc/rtpengine/rtpengine.conf --config-test || true
echo "# daemon"
setpriv --reuid=rtpengine --regid=rtpengine --clear-groups --no-new-privs --bounding-set="$1" --inh-caps="$1" \
	--ambient-caps="$1" /usr/bin/rtpengine --foreground --config-file=/etc/rtpengine/rtpengine.conf 2>&1 &
daemon=$!
tries=0
until $node /var/tmp/packages/ng-ask.mjs 127.0.0.1 2223 '{"command":"ping"}'; do
	tries=$((tries + 1))
	[ $tries -lt 5 ]
done
echo
echo "# environment"
tr '\0' '\n' </proc/$daemon/environ | grep MALLOC
tr '\0' ' ' </proc/$daemon/cmdline
echo
grep -E '^(Uid|CapEff|NoNewPrivs)' /proc/$daemon/status
echo "# ctl"
rtpengine-ctl list interfaces
rtpengine-ctl version
echo "# stop"
kill -TERM $daemon
status=0
wait $daemon || status=$?
echo "exit $status"
echo "# purge"
dpkg --purge rtpengine-ts rtpengine-ts-tools 2>&1
echo "# left"
for path in $home /etc/rtpengine /usr/share/doc/rtpengine-ts /usr/share/doc/rtpengine-ts-tools \
	/lib/systemd/system/rtpengine.service /etc/systemd/system/rtpengine.service \
	/etc/systemd/system/multi-user.target.wants/rtpengine.service; do
	[ ! -e "$path" ] && [ ! -L "$path" ] || echo "$path"
done
echo "# end"
STEPS
# Nothing of what is tested may come from the repository.
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
	chroot "$root" sh /var/tmp/packages/steps.sh "$capabilities"
