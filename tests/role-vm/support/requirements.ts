import { PROGRAMS } from "../../role/support/requirements.ts";

/** Programs that guests take beside what hosts take, and the Debian package that brings each. */
export const GUEST_PROGRAMS: Readonly<Record<string, string>> = {
  ...PROGRAMS,
  "arch-test": "arch-test",
  cpio: "cpio",
  depmod: "kmod",
  dpkg: "dpkg",
  "mkfs.ext4": "e2fsprogs",
  modprobe: "kmod",
  "qemu-aarch64-static": "qemu-user-static",
  "qemu-img": "qemu-utils",
  "qemu-system-aarch64": "qemu-system-arm",
  "qemu-system-x86_64": "qemu-system-x86",
};
