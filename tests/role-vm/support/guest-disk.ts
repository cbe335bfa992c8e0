import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type BaseRoot, emulation } from "../../role/support/base-root.ts";
import { cached } from "../../role/support/cache.ts";
import { ENVIRONMENT, succeed } from "../../role/support/command.ts";
import { ADDRESSES } from "../../role/support/network.ts";
import { mountOverlay } from "../../role/support/overlay.ts";
import { downloadPackages } from "../../role/support/packages.ts";
import { nowDoing } from "../../role/support/progress.ts";
import type { GuestKernel } from "./kernel.ts";

/** A disk that guests start from, and the kernel that it is for. */
export interface GuestDisk {
  readonly base: BaseRoot;
  readonly kernel: GuestKernel;
  /** An ext4 file system, raw. Nobody writes to it. */
  readonly file: string;
  readonly key: string;
}

/** What a disk has beside the base root. */
export interface DiskContents {
  /** Debian packages whose dependencies it has; they themselves are left to what is tested, but for `installed`. */
  readonly packages: readonly string[];
  /** Names of packages, of those that are fetched, that are installed. */
  readonly leftOut: readonly string[];
  /** Module sources (`dkms`) that are compiled for the guest's kernel: an emulator would take its time. */
  readonly isModuleBuilt: boolean;
}

const FILES: Readonly<Record<string, string>> = {
  "etc/hostname": "media-1\n",
  "etc/hosts": "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 media-1\n",
  "etc/systemd/network/10-eth0.network": `[Match]\nName=eth0\n\n[Network]\nAddress=${ADDRESSES["media-1"]}/24\nIPv6AcceptRA=no\nLinkLocalAddressing=no\n`,
};

/** Housekeeping that begins when the clock moves, in an emulator for minutes. */
const MASKED = [
  ...["e2scrub_all.timer", "e2scrub_reap.service", "fstrim.timer", "logrotate.timer", "man-db.timer"],
  ...["dpkg-db-backup.timer", "systemd-tmpfiles-clean.timer"],
];

/** Run in the disk's root before it becomes a disk; `$KERNEL`: the guest's, where a module is to be built for it. */
const CUSTOMIZE = `
set -eu
test ! -d /root/packages || apt-get -qq -y -o APT::Sandbox::User=root -o DPkg::Options::=--force-unsafe-io \\
  --no-install-recommends install /root/packages/*.deb > /tmp/apt.log 2>&1 || {
  grep -A 3 -E '^(E:|dpkg:|Error)' /tmp/apt.log >&2
  exit 1
}
rm -rf /root/packages
test -z "$KERNEL" || dkms autoinstall --kernelver "$KERNEL" >&2
test -z "$KERNEL" || depmod "$KERNEL"
systemctl --quiet enable systemd-networkd
systemctl --quiet mask ${MASKED.join(" ")}
rm -rf /tmp/*
`;

const MEGABYTES = 5000;

/** Gives a disk; makes it when no run before has. */
export async function guestDisk(
  base: BaseRoot,
  kernel: GuestKernel,
  { packages, leftOut, isModuleBuilt }: DiskContents,
): Promise<GuestDisk> {
  const downloads = packages.length === 0 ? undefined : await downloadPackages(base, packages);
  const files = downloads === undefined ? [] : readdirSync(downloads);
  const installed = files.filter((file) => !leftOut.includes(file.split("_")[0]!));
  const parts = [base.key, kernel.key, installed, isModuleBuilt];
  const key = createHash("sha256")
    .update(JSON.stringify([...parts, FILES, CUSTOMIZE, MEGABYTES, "2"]))
    .digest("hex")
    .slice(0, 16);
  const title = `Disk of a guest, ${base.architecture}`;
  const fill = async (root: string, file: string): Promise<void> => {
    nowDoing("modules");
    const modules = join("lib/modules", kernel.version);
    mkdirSync(join(root, "usr/lib/modules"), { recursive: true });
    await succeed(["cp", "-a", join(kernel.modulesRoot, modules), join(root, "usr", modules)]);
    nowDoing(isModuleBuilt ? "packages, and the module's compilation" : "packages");
    if (downloads !== undefined) mkdirSync(join(root, "root/packages"));
    for (const name of installed) copyFileSync(join(downloads!, name), join(root, "root/packages", name));
    await inRoot(root, base, isModuleBuilt ? kernel.version : "");
    nowDoing("file system");
    await succeed(["mkfs.ext4", "-q", "-F", "-d", root, file, `${MEGABYTES}M`], {
      timeoutMs: 10 * 60_000,
    });
  };
  const folder = await cached(`guest-disk-${key}`, title, async (partial) => {
    const overlay = mountOverlay(base, partial, FILES);
    try {
      await fill(overlay.path, join(partial, "disk.raw"));
    } finally {
      execFileSync("umount", [overlay.path], { env: ENVIRONMENT });
    }
    for (const name of ["root", "upper", "work", "born"]) rmSync(join(partial, name), { recursive: true });
  });
  return { base, kernel, file: join(folder, "disk.raw"), key };
}

/** Runs `CUSTOMIZE` with mounts and processes of its own: if it is killed, nothing of it stays. */
async function inRoot(root: string, { architecture }: BaseRoot, kernel: string): Promise<void> {
  const mounts = `mount --make-rprivate / && mount -t proc proc "$1/proc" && mount -t tmpfs tmpfs "$1/tmp"
    mount --rbind /dev "$1/dev"; exec chroot "$1" /bin/sh -c "$CUSTOMIZE"`;
  await succeed(
    [
      ...["unshare", "--mount", "--pid", "--fork", "--kill-child"],
      ...emulation(architecture),
      ...["sh", "-c", mounts, "sh", root],
    ],
    {
      timeoutMs: 30 * 60_000,
      env: { CUSTOMIZE, KERNEL: kernel, PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    },
  );
}
