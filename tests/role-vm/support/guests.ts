import { baseRoot } from "../../role/support/base-root.ts";
import { RTPENGINE_PACKAGES } from "../../role/support/repository.ts";
import { type BootedGuest, bootedGuest } from "./guest.ts";
import { guestDisk } from "./guest-disk.ts";
import { guestKernel } from "./kernel.ts";

/** The module, compiled for the guest: what takes longest in an emulator is done before. */
const MODULE = "rtpengine-kernel-dkms";

/** Debian 12 with Debian's kernel, and all that rtpengine's packages depend on but they themselves. */
export async function amd64Guest(): Promise<BootedGuest> {
  const base = await baseRoot("amd64");
  const kernel = await guestKernel(base);
  const disk = await guestDisk(base, kernel, {
    packages: [...RTPENGINE_PACKAGES, `linux-headers-${kernel.version}`],
    leftOut: RTPENGINE_PACKAGES.filter((name) => name !== MODULE),
    isModuleBuilt: true,
  });
  return bootedGuest(disk);
}

/** Debian 12 as it is, for the other architecture. */
export async function arm64Guest(): Promise<BootedGuest> {
  const base = await baseRoot("arm64");
  const kernel = await guestKernel(base);
  return bootedGuest(await guestDisk(base, kernel, { packages: [], leftOut: [], isModuleBuilt: false }));
}
