import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { baseRoot } from "./support/base-root.ts";
import type { Host } from "./support/host.ts";
import type { Repository } from "./support/repository.ts";
import { debianRepository, Rig, urlOf } from "./support/rig.ts";
import { playbook, roleCommand, type Variables } from "./support/role.ts";
import { vendorRepository } from "./support/vendor-packages.ts";

describe("upstream's daemon from the vendor's repository", () => {
  let rig: Rig;
  let vendor: Repository;
  let host: Host;

  const variables = (more: Variables = {}): Variables => ({
    rtpengine_apt_url: urlOf("/vendor"),
    rtpengine_apt_key_url: urlOf("/vendor/key.asc"),
    rtpengine_kernel_module: false,
    rtpengine_tools: false,
    ...more,
  });
  const apply = (more: Variables = {}) => roleCommand(rig.network, host, ["apply"], variables(more));

  beforeAll(async () => {
    rig = await Rig.open(await debianRepository(await baseRoot(), ["gpg"]));
    vendor = await vendorRepository(rig.base);
    host = await rig.startHost();
  });
  afterAll(() => rig?.close());
  beforeEach(() => rig.serve("/vendor", vendor));

  it("is not installed when the repository is down: a sentence says so, and the host is as it was", async () => {
    rig.serve("/vendor", "down");
    const down = await apply();
    expect(down.code).toBe(1);
    expect(down.stdout).toContain(`${urlOf("/vendor/key.asc")} cannot be fetched from`);
    expect(down.stdout).toContain("503");
    expect(down.stdout).toContain("the host is as it was");
    expect((await host.ssh("test -e /etc/rtpengine")).code).not.toBe(0);
  });

  it("is not installed when the key is another one than the fingerprint names", async () => {
    const { code, stdout } = await apply({ rtpengine_apt_key_fingerprint: rig.debian.fingerprint });
    expect(code).toBe(1);
    expect(stdout).toContain("is not the one key that rtpengine_apt_key_fingerprint names");
    expect((await host.ssh("test -e /etc/apt/keyrings/rtpengine.asc")).code).not.toBe(0);
  });

  it("is not installed when the repository is signed with another key", async () => {
    rig.serve("/other", rig.debian);
    const { code, stdout } = await apply({ rtpengine_apt_key_url: urlOf("/other/key.asc") });
    expect(code).toBe(1);
    expect(stdout).toMatch(/apt-get update: [\s\S]*NO_PUBKEY/);
    expect(stdout).toContain("the host is as it was");
  });

  it("is installed, with a warning that shows the fingerprint to pin", async () => {
    const { code, stdout } = await apply();
    expect(code, stdout).toBe(0);
    expect(stdout).toContain(`any key is taken; the one that is there now: ${vendor.fingerprint}`);
    expect(await host.run("systemctl is-active rtpengine ngcp-rtpengine-daemon")).toBe("active\nactive");
    const pinned = await apply({ rtpengine_apt_key_fingerprint: vendor.fingerprint });
    expect(pinned.stdout).not.toContain("any key is taken");
    expect(pinned.stdout).toMatch(/changed=0 .*failed=0/);
  });

  it("is what Ansible makes of it, too", async () => {
    const check = await playbook(rig.network, host, variables(), ["--check"]);
    expect(check.stdout).toMatch(/^media-1 +: .*changed=0 .*failed=0/m);
    expect(check.stdout).toContain(`the one that is there now: ${vendor.fingerprint}`);
  });

  it("has the key that its address names, when that changes", async () => {
    rig.serve("/other", rig.debian);
    const key = (): Promise<string> => host.run("cat /etc/apt/keyrings/rtpengine.asc");
    const before = await key();
    const other = { rtpengine_apt_key_url: urlOf("/other/key.asc") };
    const plan = await roleCommand(rig.network, host, ["plan"], variables(other));
    expect(plan.stdout).toContain("/etc/apt/keyrings/rtpengine.asc fetched");
    expect(await key()).toBe(before);
    expect(await apply(other)).toMatchObject({ code: 0 });
    expect(await key()).not.toBe(before);
    expect((await apply(other)).stdout).toMatch(/changed=0 /);
    const play = await playbook(rig.network, host, variables());
    expect(play.stdout).toMatch(/^media-1 +: .*failed=0/m);
    expect(await key()).toBe(before);
    expect((await playbook(rig.network, host, variables())).stdout).toMatch(/changed=0 .*failed=0/);
  });
});
