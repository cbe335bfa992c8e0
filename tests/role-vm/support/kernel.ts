import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { BaseRoot } from "../../role/support/base-root.ts";
import { cached } from "../../role/support/cache.ts";
import { succeed } from "../../role/support/command.ts";
import { downloadPackages } from "../../role/support/packages.ts";
import { nowDoing } from "../../role/support/progress.ts";

/** Debian's kernel for a guest: what the emulator starts, and the modules that belong to it. */
export interface GuestKernel {
  /** `6.1.0-56-amd64`. */
  readonly version: string;
  readonly image: string;
  readonly initrd: string;
  /** Root with `lib/modules/VERSION`. */
  readonly modulesRoot: string;
  readonly key: string;
}

/** What has to be there before the disk can be read; the network card too, so that nothing waits for udev. */
const EARLY_MODULES = ["virtio_pci", "virtio_blk", "virtio_net", "crc32c_generic", "ext4"];

const INIT = `#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
while read -r module; do /bin/busybox insmod "/modules/$module"; done < /modules/order
until test -b /dev/vda; do /bin/busybox sleep 0.1; done
/bin/busybox mount -t ext4 -o rw /dev/vda /root
/bin/busybox mount -o move /dev /root/dev
exec /bin/busybox switch_root /root /sbin/init
`;

/** Gives Debian's own kernel, with the smallest initrd that finds a disk of virtio's. */
export async function guestKernel(base: BaseRoot): Promise<GuestKernel> {
  const { architecture } = base;
  const downloads = await downloadPackages(base, [`linux-image-${architecture}`, "busybox-static"]);
  const file = (pattern: RegExp): string => join(downloads, only(downloads, pattern));
  const image = file(/^linux-image-\d.*\.deb$/);
  const [, version] = /^linux-image-(.+?)_/.exec(basename(image))!;
  const key = createHash("sha256")
    .update(JSON.stringify([basename(downloads), EARLY_MODULES, INIT, "1"]))
    .digest("hex")
    .slice(0, 16);
  const folder = await cached(`kernel-${key}`, `Kernel ${version}`, async (partial) => {
    nowDoing("unpacking");
    await succeed(["dpkg", "-x", image, join(partial, "kernel")]);
    await succeed(["dpkg", "-x", file(/^busybox-static_/), join(partial, "busybox")]);
    await succeed(["depmod", "--basedir", join(partial, "kernel"), version!]);
    await writeInitrd(partial, version!);
  });
  return {
    version: version!,
    image: join(folder, "kernel/boot", `vmlinuz-${version}`),
    initrd: join(folder, "initrd"),
    modulesRoot: join(folder, "kernel"),
    key,
  };
}

async function writeInitrd(folder: string, version: string): Promise<void> {
  const tree = join(folder, "tree");
  for (const name of ["bin", "dev", "root", "modules"]) mkdirSync(join(tree, name), { recursive: true });
  copyFileSync(join(folder, "busybox/bin/busybox"), join(tree, "bin/busybox"));
  const order = new Set<string>();
  for (const name of EARLY_MODULES) {
    const words = ["--dirname", join(folder, "kernel"), "--set-version", version, "--show-depends", name];
    const lines = (await succeed(["modprobe", ...words])).split("\n");
    for (const [, path] of lines.flatMap((line) => [/^insmod (\S+)/.exec(line) ?? []])) {
      if (path === undefined) continue;
      order.add(basename(path));
      copyFileSync(path, join(tree, "modules", basename(path)));
    }
  }
  writeFileSync(join(tree, "modules/order"), `${[...order].join("\n")}\n`);
  writeFileSync(join(tree, "init"), INIT);
  chmodSync(join(tree, "init"), 0o755);
  const command = 'cd "$1" && find . | cpio --quiet --create --format=newc --owner=0:0 > "$2"';
  await succeed(["sh", "-c", command, "sh", tree, join(folder, "initrd")]);
}

function only(folder: string, pattern: RegExp): string {
  const [name, ...others] = readdirSync(folder).filter((entry) => pattern.test(entry));
  if (name !== undefined && others.length === 0) return name;
  throw new Error(`Of ${pattern} there is to be one in ${folder}: ${[name, ...others].join(" ")}`);
}
