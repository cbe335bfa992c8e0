import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cached } from "./cache.ts";
import { succeed } from "./command.ts";
import { aptOptions, debianSources, SUITE } from "./mirror.ts";
import { nowDoing } from "./progress.ts";

/** What a Debian 12 server has before anybody has chosen what it is for. */
const PACKAGES = [
  ...["systemd", "systemd-sysv", "init", "dbus", "libpam-systemd", "udev", "kmod", "procps"],
  ...["openssh-server", "sudo", "rsyslog", "logrotate", "ca-certificates", "gpgv"],
  ...["iproute2", "iptables", "nftables", "netcat-openbsd", "python3", "python3-apt"],
];

/** Run by mmdebstrap after the packages are there; `$1` is the root, `$PUBLIC_KEY` may log in. */
const CUSTOMIZE = `
set -eu
umask 022
chroot "$1" useradd --create-home --shell /bin/bash voip
echo 'voip ALL=(ALL:ALL) NOPASSWD: ALL' > "$1/etc/sudoers.d/voip"
chmod 0440 "$1/etc/sudoers.d/voip"
for home in root home/voip; do
  install -d -m 0700 "$1/$home/.ssh"
  printf '%s\\n' "$PUBLIC_KEY" > "$1/$home/.ssh/authorized_keys"
done
chroot "$1" chown -R voip:voip /home/voip/.ssh
# On a host without a past these run at once, and hold apt's lock while a test installs.
chroot "$1" systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer
# Comes with rtpengine-recording-daemon (nfs-common), and fails at boot where the kernel knows no NFS.
chroot "$1" systemctl --quiet mask run-rpc_pipefs.mount
# Made by a host's first boot; here, so that a fresh host has changed nothing.
install -d -m 0755 "$1/var/lib/systemd/linger"
echo 'LANG=C.UTF-8' > "$1/etc/default/locale"
# Each host gets its own.
rm -f "$1/etc/hostname" "$1/etc/resolv.conf" "$1/etc/hosts"
rm -f "$1/etc/apt/sources.list" "$1"/etc/apt/sources.list.d/*
: > "$1/etc/machine-id"
`;

const EMULATED = fileURLToPath(new URL("./emulated.sh", import.meta.url));

/**
 * Words before a command line that starts programs of an architecture; none for this machine's own.
 *
 * To be run in a mount namespace of its own.
 */
export function emulation(architecture: Architecture): string[] {
  return architecture === OWN_ARCHITECTURE ? [] : [EMULATED, architecture];
}

/** Debian's names of what the project is built for. */
export type Architecture = "amd64" | "arm64";

/** What this machine is. */
export const OWN_ARCHITECTURE: Architecture = process.arch === "arm64" ? "arm64" : "amd64";

/** The root file system that hosts start from, and what logs in to them. Read only. */
export interface BaseRoot {
  readonly path: string;
  /** As Debian names it: `amd64`. */
  readonly architecture: Architecture;
  /** Changes whenever the root is another one. */
  readonly key: string;
  /** Private key, accepted from users `root` and `voip`. */
  readonly identityFile: string;
  /** The key that every host made from this root shows. */
  readonly knownHostsFile: string;
}

/** How Node names what Debian names so. */
const NODE_NAMES = { amd64: "x64", arm64: "arm64" } as const;

/**
 * Gives the base root; builds it, for some minutes, when no run before has. Root only.
 *
 * @param architecture this machine's by default; another one's programs run in an emulator (qemu-user-static)
 */
export async function baseRoot(architecture: Architecture = OWN_ARCHITECTURE): Promise<BaseRoot> {
  const key = createHash("sha256")
    .update(JSON.stringify([SUITE, PACKAGES, CUSTOMIZE, NODE_NAMES[architecture]]))
    .digest("hex")
    .slice(0, 16);
  const title =
    architecture === OWN_ARCHITECTURE ? "Debian root for hosts" : `Debian root for hosts, ${architecture}`;
  const folder = await cached(`base-root-${key}`, title, (partial) => build(partial, architecture));
  return {
    architecture,
    path: join(folder, "root"),
    key,
    identityFile: join(folder, "identity"),
    knownHostsFile: join(folder, "known_hosts"),
  };
}

async function build(folder: string, architecture: Architecture): Promise<void> {
  const root = join(folder, "root");
  const identity = join(folder, "identity");
  await succeed(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "role-rig", "-f", identity]);
  const options = await aptOptions();
  await succeed(
    [
      // With mounts and processes of its own: if it is killed, nothing of it stays.
      ...["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"],
      ...emulation(architecture),
      "mmdebstrap",
      `--architectures=${architecture}`,
      "--mode=root",
      "--variant=minbase",
      "--components=main",
      `--include=${PACKAGES.join(",")}`,
      ...options.map((option) => `--aptopt=${option}`),
      // Stays in the root: hosts are thrown away, so what they install need not survive a power cut.
      "--dpkgopt=force-unsafe-io",
      `--customize-hook=${CUSTOMIZE}`,
      SUITE,
      root,
      ...debianSources(),
    ],
    {
      timeoutMs: 60 * 60_000,
      env: { PUBLIC_KEY: readFileSync(`${identity}.pub`, "utf8").trim() },
      onErrorLine: (line) => /^I: /.test(line) && nowDoing(line.slice(3)),
    },
  );
  const hostKey = readFileSync(join(root, "etc/ssh/ssh_host_ed25519_key.pub"), "utf8");
  writeFileSync(join(folder, "known_hosts"), `* ${hostKey.split(" ").slice(0, 2).join(" ")}\n`);
}
