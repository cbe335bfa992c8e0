import { expect, it } from "vitest";
import { missingRequirements } from "../role/support/requirements.ts";
import { GUEST_PROGRAMS } from "./support/requirements.ts";

it("names what guests take, each with the command that brings it", () => {
  const here = {
    isRoot: true,
    has: (name: string) => !name.startsWith("qemu"),
    fileSystems: "cgroup2 overlay",
  };
  expect(missingRequirements(here, GUEST_PROGRAMS)).toEqual([
    expect.stringContaining("apt-get install --no-install-recommends qemu-user-static"),
    expect.stringContaining("apt-get install --no-install-recommends qemu-utils"),
    expect.stringContaining("apt-get install --no-install-recommends qemu-system-arm"),
    expect.stringContaining("apt-get install --no-install-recommends qemu-system-x86"),
  ]);
});
