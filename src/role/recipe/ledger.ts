import { USED_BY_FILES } from "../resources/account.ts";
import { DELETES_ACCOUNTS } from "../resources/packages.ts";
import { REFUSAL } from "../verify/refusal.ts";

/**
 * Where the role keeps what was on the host before it; root's alone, since files may hold secrets. A line each:
 *
 *     absent PATH                          nothing was there
 *     file PATH MODE OWNER GROUP BASE64    a file, with what it said
 *     link PATH TARGET                     a symbolic link
 *     folder PATH MODE OWNER GROUP         a folder
 *     theirs PATH                          something else, or too large to be kept: left alone
 *     written PATH SHA256                  a configuration as the role wrote it last
 *     package NAME | leftover NAME         installed by the role; only its configuration was there before
 *     displaced NAME                       had to make room
 *     user NAME | group NAME               made by the role
 *     sysctl KEY VALUE                     what the kernel was told before
 *     before NAME | before-rc NAME         packages when the run began; only while one is under way
 */
export const LEDGER = "/var/lib/rtpengine-role/ledger";

/**
 * Keeps the ledger, and takes the role away by it. One text for both back ends: whichever has brought a host about, the
 * other can take it away. No word of Jinja may be in it.
 */
export const LEDGER_SCRIPT: string = `
set -eu
used_by_files=${quoted(USED_BY_FILES)}
deleting=${quoted(DELETES_ACCOUNTS)}
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
folder=/var/lib/rtpengine-role
ledger=$folder/ledger
sysctl_file=/etc/sysctl.d/60-rtpengine.conf
nl='
'

noted() { cat "$ledger" 2>/dev/null || true; }
put() {
	install -d -m 0700 "$folder"
	(umask 077 && cat >"$ledger.new") && mv -f "$ledger.new" "$ledger" || { rm -f "$ledger.new"; exit 1; }
}
field() { noted | sed -n "s/^$1 //p"; }
# Also in part: an installation may have failed.
installed() { dpkg-query --show --showformat '\${db:Status-Abbrev}|\${Package}\\n' | sed -n 's/^[ih][iUFHWt][^|]*|//p'; }
removed() { dpkg-query --show --showformat '\${db:Status-Abbrev}|\${Package}\\n' | sed -n 's/^.c[^|]*|//p'; }
# Of the lines on standard input, those that the words are among.
among() { for word; do echo "$word"; done | { grep -vxF -e '' || true; } >"$temporary/words"; grep -xFf "$temporary/words" || true; }
without() { for word; do echo "$word"; done | { grep -vxF -e '' || true; } >"$temporary/words"; grep -vxFf "$temporary/words" || true; }
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# Whether the role has put there what is there now.
is_ours() {
	if test -L "$1"; then
		case $(readlink "$1") in
		/usr/lib/rtpengine-ts/* | /opt/rtpengine/* | /etc/systemd/system/rtpengine.service) return 0 ;;
		# Somebody's too; the role's, once it has noted what was there before.
		/dev/null | /lib/systemd/system/rtpengine.service) test "$verb" != begin ;;
		*) return 1 ;;
		esac
		return
	fi
	case $1 in /etc/apt/keyrings/rtpengine.* | /etc/nftables.d/rtpengine.nft | /usr/src/rtpengine-source.*) test "$verb" != begin && return ;; esac
	grep -qs '^# Written by the role' "$1"
}

# begin PATH...: what is there before the role does anything: at paths that are not noted yet, and of packages.
see() {
	case $known in *"$nl$1$nl"*) return 0 ;; esac
	known="$known$1$nl"
	if test -L "$1"; then
		if is_ours "$1"; then echo "absent $1"; else echo "link $1 $(readlink "$1")"; fi
	elif test -d "$1"; then
		echo "folder $1 $(stat --format='%a %u %g' "$1")"
	elif test -f "$1"; then
		if is_ours "$1"; then echo "absent $1"
		elif test "$(stat --format=%s "$1")" -gt 1000000; then echo "theirs $1"
		else echo "file $1 $(stat --format='%a %u %g' "$1") $(base64 --wrap=0 "$1")"; fi
	elif test -e "$1"; then
		echo "theirs $1"
	else
		echo "absent $1"
		test -e "$(dirname "$1")" || see "$(dirname "$1")"
	fi
}
begin() {
	known="$nl$(noted | sed -nE 's/^(absent|file|link|folder|theirs) ([^ ]*).*/\\2/p')$nl"
	installed >"$temporary/installed"
	removed >"$temporary/removed"
	{
		# What is not here any more, not even in part, is the role's no more.
		cat "$temporary/installed" "$temporary/removed" >"$temporary/here"
		noted | awk 'NR == FNR { is[$1] = 1; next } $1 != "package" && $1 != "leftover" || $2 in is' "$temporary/here" -
		for path; do see "$path"; done
		# A run that was broken off has begun before.
		if ! noted | grep -q '^before '; then
			sed 's/^/before /' "$temporary/installed"
			sed 's/^/before-rc /' "$temporary/removed"
		fi
	} >"$temporary/ledger"
	put <"$temporary/ledger"
}

# settle NAME...: notes the packages that have come since: those of that name, and what came along with any.
settle() {
	noted | grep -q '^before ' || return 0
	installed >"$temporary/installed"
	{ apt-mark showauto; for name in $*; do echo "\${name%%[=:]*}"; done; } >"$temporary/asked"
	{
		noted | grep -vE '^before(-rc)? ' || true
		noted | awk -v asked="$temporary/asked" -v now="$temporary/installed" '
			$1 == "package" || $1 == "leftover" || $1 == "displaced" { noted[$2] = 1 }
			$1 == "before" { before[$2] = 1 }
			$1 == "before-rc" { rest[$2] = 1 }
			END {
				while ((getline name <asked) > 0) wanted[name] = 1
				while ((getline name <now) > 0) {
					is[name] = 1
					if (!(name in before) && name in wanted && !(name in noted)) print (name in rest ? "leftover " : "package ") name
				}
				for (name in before) if (!(name in is) && !(name in noted)) print "displaced " name
			}' | sort
	} >"$temporary/ledger"
	put <"$temporary/ledger"
}

# note LINE
note() {
	if ! noted | grep -qxF -- "$1"; then { noted; echo "$1"; } >"$temporary/ledger" && put <"$temporary/ledger"; fi
}
# written PATH...: configurations as they are now.
written() {
	for path; do
		test -f "$path" || continue
		{
			noted | awk -v path="$path" '$1 != "written" || $2 != path'
			echo "written $path $(sha256sum <"$path" | cut -d ' ' -f 1)"
		} >"$temporary/ledger"
		put <"$temporary/ledger"
	done
}
# limits KEY...: what the kernel has been told, once.
place_of() { echo "/proc/sys/$(echo "$1" | tr . /)"; }
limits() {
	for key; do
		noted | grep -q "^sysctl $key " && continue
		test ! -w "$(place_of "$key")" || note "sysctl $key $(cat "$(place_of "$key")")"
	done
}

# ports LIST TAKEN...: the ports of a list without those of the others, as the kernel writes them.
ports() {
	echo "$*" | awk '{
		for (k = 1; k <= NF; k++) {
			m = split($k, part, ",")
			for (i = 1; i <= m; i++) {
				n = split(part[i], end, "-")
				if (!n) continue
				for (p = end[1] + 0; p <= end[n] + 0; p++) if (k == 1) is[p] = 1; else delete is[p]
			}
		}
		for (p = 1; p <= 65535; p++) if (p in is) {
			first = p; while (p < 65535 && (p + 1) in is) p++
			text = text (text == "" ? "" : ",") first (p > first ? "-" p : "")
		}
		print text
	}'
}
in_file() { sed -n "s/^$1=//p" "$sysctl_file" 2>/dev/null | tail -n 1; }
# others-ports: ports that are kept from programs for somebody else's sake: what is in force, but for the role's own.
others_ports() {
	key=net.ipv4.ip_local_reserved_ports
	now=$(cat "$(place_of $key)" 2>/dev/null || true)
	own=$(in_file $key | sed 's/.*,//')
	before=$(field "sysctl $key")
	theirs=$(ports "\${now:-0}" "\${own:-0}")
	ports "$theirs,\${before:-0}"
}

# limits-back [do]: sets back what is as the role has set it; says what.
limits_back() {
	field sysctl | while read -r key before; do
		place=$(place_of "$key")
		now=$(cat "$place" 2>/dev/null) || continue
		case $key in
		net.ipv4.ip_local_reserved_ports) want=$(others_ports) ;;
		*) if test "$now" = "$(in_file "$key")"; then want=$before; else want=$now; fi ;;
		esac
		test "$now" != "$want" || continue
		echo "$key = \${want:-nothing} (now \${now:-nothing})"
		test "\${1-}" != "do" || echo "$want" >"$place"
	done
}

# leaving: packages that go; needed: those that stay, since others need them by now.
also_removed() {
	apt-get --simulate -q remove -- "$@" | sed -nE 's/^(Remv|Purg) ([^ ]+).*/\\2/p' | without "$@"
}
sort_out() {
	needed=
	leaving=$({ field package; field leftover; } | among $(installed))
	test -n "$leaving" || return 0
	others=$(also_removed $leaving)
	test -n "$others" || return 0
	needed=$(apt-cache depends --recurse --installed --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances -- $others |
		grep '^[^ <]' | among $leaving | sort -u)
	rest=$(echo "$leaving" | without $needed)
	# Whatever holds them together, nobody else's package goes.
	if test -z "$rest" || test -n "$(also_removed $rest)"; then needed=$leaving leaving=; else leaving=$rest; fi
}
get() { apt-get -o DPkg::Lock::Timeout=120 -y -q "$@" >"$temporary/apt" 2>&1 || { tail -n 12 "$temporary/apt" >&2; exit 1; }; }
remove() {
	sort_out
	test -z "$leaving" || get remove -- $leaving
}
# Of what has been removed, what may go whole: not the configuration of an earlier time, nor one that is kept; and what would
# delete an account only once nothing belongs to that.
purgeable() {
	whole=$(field package | among $(removed))
	test -n "$whole" || return 0
	for name in $whole; do
		if owns_kept "$name"; then continue; fi
		test "$stays" = none || ! deletes_accounts "$name" || continue
		echo "$name"
	done
}
owns_kept() {
	for path in $(kept_configurations); do
		if dpkg-query --show --showformat '\${Conffiles}\\n' "$1" | grep -qF " $path "; then return 0; fi
	done
	return 1
}
deletes_accounts() { test -n "$(sh -c "$deleting" sh "$1")"; }

# Configurations that somebody has changed, or that are to be kept.
kept_configurations() {
	noted | while read -r kind path rest; do
		case $kind in absent | file) ;; *) continue ;; esac
		case $path in
		*/modprobe.d/* | */modules-load.d/*) continue ;;
		*/rtpengine.conf | */rtpengine-recording.conf) ;;
		*) continue ;;
		esac
		test -f "$path" && ! test -L "$path" || continue
		# As it was before the role: nothing to be kept from.
		if test "$kind" = file && test "$(base64 --wrap=0 "$path")" = "\${rest##* }"; then continue; fi
		now=$(sha256sum <"$path" | cut -d ' ' -f 1)
		if test "$keeps" = yes || ! noted | grep -qxF "written $path $now"; then echo "$path"; fi
	done
}

# modules: versions of the source's module that the role has had DKMS build.
modules() {
	for tree in /usr/src/rtpengine-source-*; do
		if grep -qs '^# Written by the role' "$tree/dkms.conf"; then echo "\${tree##*-}"; fi
	done
}
remove_modules() {
	for version in $(modules); do
		if test -e "/var/lib/dkms/rtpengine-source/$version" && command -v dkms >/dev/null; then
			dkms remove -m rtpengine-source -v "$version" --all >"$temporary/dkms" 2>&1 || { tail -n 12 "$temporary/dkms" >&2; exit 1; }
		fi
		rm -rf -- "/usr/src/rtpengine-source-$version" "/var/lib/dkms/rtpengine-source/$version"
	done
	test ! -d /var/lib/dkms/rtpengine-source || rmdir --ignore-fail-on-non-empty /var/lib/dkms/rtpengine-source
}

# restore [do]: brings paths back to what they were; says which.
is_built() { case \${1##*/} in *[!0-9a-z.-]*) return 1 ;; *) echo "\${1##*/}" | grep -Eqx '[0-9a-f]{40}(-codecs)?([.]new)?' ;; esac; }
restore() {
	doing=\${1-}
	kept="$nl$(kept_configurations)$nl"
	gone=$nl
	: >"$temporary/stay"
	noted | grep -E '^(absent|file|link|folder) ' | sort -rk 2,2 >"$temporary/paths"
	while read -r kind path a b c d; do
		case $kept in *"$nl$path$nl"*) continue ;; esac
		case $kind in
		absent)
			if test "$path" = /etc/nftables.d/rtpengine.nft && grep -rqs /etc/nftables.d/ /etc/nftables.conf; then continue; fi
			if test -L "$path" || test -f "$path"; then
				is_ours "$path" || is_configuration "$path" || continue
				test "$doing" != "do" || rm -f -- "$path"
				# The package's own, which it could not put in the place of the role's.
				if test -f "$path.dpkg-dist"; then
					gone="$gone$path.dpkg-dist$nl"
					test "$doing" != "do" || rm -f -- "$path.dpkg-dist"
				fi
			elif test -d "$path"; then
				if test -e "$path/.git/built-by-role"; then test "$doing" != "do" || rm -rf -- "$path"
				elif is_emptied "$path"; then test "$doing" != "do" || { remove_built "$path" && rmdir -- "$path"; }
				else echo "$path $child" >>"$temporary/stay" && continue; fi
			elif test -f "$path.dpkg-dist" && ! test -e "$path"; then
				path=$path.dpkg-dist
				test "$doing" != "do" || rm -f -- "$path"
			else continue; fi
			gone="$gone$path$nl"
			echo "$path removed"
			;;
		file)
			test ! -d "$path" || continue
			if test -e "$path" && ! test -L "$path"; then
				test "$(base64 --wrap=0 "$path")" != "$d" || continue
				is_ours "$path" || is_configuration "$path" || continue
			elif test -L "$path"; then is_ours "$path" || continue
			fi
			test -d "\${path%/*}" || continue
			echo "$path as it was before the role"
			test "$doing" != "do" || {
				(umask 077 && echo "$d" | base64 -d >"$path.new")
				chown "$b:$c" "$path.new" && chmod "$a" "$path.new" && mv -fT "$path.new" "$path"
			}
			;;
		link)
			test "$(readlink "$path" 2>/dev/null || true)" != "$a" || continue
			if test -e "$path" || test -L "$path"; then is_ours "$path" || continue; fi
			case $a in /*) test -e "$a" || continue ;; esac
			test -d "\${path%/*}" || continue
			echo "$path -> $a, as it was before the role"
			test "$doing" != "do" || ln -sfT -- "$a" "$path"
			;;
		folder)
			test -d "$path" && ! test -L "$path" && test "$(stat --format='%a %u %g' "$path")" != "$a $b $c" || continue
			echo "$path with owner and mode as before the role"
			test "$doing" != "do" || { chown -h "$b:$c" "$path" && chmod "$a" "$path"; }
			;;
		esac
	done <"$temporary/paths"
}
is_configuration() { noted | grep -q "^written $1 "; }
is_emptied() {
	for child in "$1"/* "$1"/.[!.]* "$1"/..?*; do
		test -e "$child" || test -L "$child" || continue
		case $gone in *"$nl$child$nl"*) continue ;; esac
		if test "$1" = /opt/rtpengine && is_built "$child"; then continue; fi
		child=\${child##*/}
		return 1
	done
}
remove_built() {
	test "$1" = /opt/rtpengine || return 0
	for child in "$1"/*; do if is_built "$child"; then rm -rf -- "$child"; fi; done
}
restored() {
	restore "do" >"$temporary/restored"
	systemctl daemon-reload
	if grep -q '^/etc/rsyslog.d/' "$temporary/restored"; then systemctl try-restart rsyslog.service; fi
	cat "$temporary/restored"
}

# accounts: those that the role has made and that are there.
there() { getent "$1" "$2" >/dev/null 2>&1; }
accounts() {
	for name in $(field user); do if there passwd "$name"; then echo "user $name"; fi; done
	for name in $(field group); do if there group "$name"; then echo "group $name"; fi; done
}
used() {
	for name in $(field user); do sh -c "$used_by_files" sh "$name" ""; done
	for name in $(field group); do sh -c "$used_by_files" sh "" "$name"; done
}
delete_accounts() {
	for name in $(field user); do if there passwd "$name"; then userdel -- "$name"; fi; done
	for name in $(field group); do if there group "$name"; then groupdel -- "$name"; fi; done
}
# stays: whether an account stays, and for the sake of what; none: it may go.
stays() {
	if test -n "$(accounts)"; then file=$(used | head -n 1); elif there passwd rtpengine; then file=rtpengine; else file=; fi
	echo "\${file:-none}"
}

# kept: what stays, and why; sentences.
kept() {
	for path in $(kept_configurations); do
		if test "$keeps" = yes; then echo "$path is kept, as rtpengine_keep_config says"
		else echo "$path is kept: it was changed after the role had written it"; fi
	done
	sort_out
	test -z "$needed" || echo "other packages need them by now, so they stay: $(echo $needed)"
	restore >"$temporary/restored"
	while read -r path child; do
		case $kept in *"$nl$path/$child$nl"*) ;; *) echo "$path is kept, with what is in it: $child" ;; esac
	done <"$temporary/stay"
	case $stays in none | '') ;; *) if test -n "$(accounts)"; then echo "$(echo $(accounts)) stays: $stays belongs to it"; fi ;; esac
	for name in $(field displaced); do
		if ! installed | grep -qxF "$name"; then echo "$name had to make room for the role's packages: install it again, if it is wanted"; fi
	done
	if test -e /etc/nftables.d/rtpengine.nft && grep -rqs /etc/nftables.d/ /etc/nftables.conf; then
		echo "/etc/nftables.d/rtpengine.nft is kept, empty: /etc/nftables.conf includes it"
	fi
	module=$(sed -nE 's/^(xt_RTPENGINE|nft_rtpengine) .*/\\1/p' /proc/modules 2>/dev/null || true)
	test -z "$module" || ! noted | grep -q '^absent /etc/modules-load.d/' ||
		echo "the kernel module $module stays loaded until a boot or modprobe -r $module"
	if test -n "$log_file" && test -e "$log_file"; then echo "$log_file is kept"; fi
}

# finish: forgets what is done; what was kept is remembered, for the next time.
finish() {
	kept="$nl$(kept_configurations)$nl"
	noted | while read -r kind name rest; do
		case $kind in
		package) { installed; removed; } | grep -qxF "$name" || continue ;;
		leftover) installed | grep -qxF "$name" || continue ;;
		user) there passwd "$name" || continue ;;
		group) there group "$name" || continue ;;
		written) test -e "$name" || continue ;;
		absent)
			case $kept in
			*"$nl$name$nl"*) ;;
			*) test -d "$name" || { test "$name" = /etc/nftables.d/rtpengine.nft && test -e "$name"; } || continue ;;
			esac
			;;
		file) case $kept in *"$nl$name$nl"*) ;; *) continue ;; esac ;;
		*) continue ;;
		esac
		echo "$kind $name\${rest:+ $rest}"
	done >"$temporary/ledger"
	rm -f "$folder/active.json" "$folder/last-run.json" "$folder/unfinished.json" "$folder/firewall.before" ${REFUSAL}
	if test -s "$temporary/ledger"; then put <"$temporary/ledger"; else rm -f "$ledger"; fi
	for path in "$folder" /var/cache/rtpengine-role; do test ! -d "$path" || rmdir --ignore-fail-on-non-empty "$path"; done
}

verb=$1
shift
keeps=\${1-} log_file=\${2-} stays=\${3-}
case $verb in
begin | settle | note | written | limits) "$verb" "$@" ;;
others-ports) others_ports ;;
limits-plan) limits_back ;;
limits-back) limits_back "do" ;;
modules) echo $(modules) ;;
remove-modules) remove_modules ;;
leaving) sort_out && echo $leaving ;;
remove) remove ;;
kept) kept ;;
restore-plan) restore ;;
restore) restored ;;
stays) stays ;;
purgeable) echo $(purgeable) ;;
purge)
	names=$(purgeable)
	test -z "$names" || get purge -- $names
	;;
accounts) echo $(accounts) ;;
delete-accounts) delete_accounts ;;
finish) finish ;;
esac
`.trimStart();

/** Words that have the ledger's script do something. */
export function ledger(verb: string, ...words: readonly string[]): string[] {
  return ["sh", "-c", "{{ __rtpengine_ledger }}", "sh", verb, ...words];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
