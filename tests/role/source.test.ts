import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { valuesOfSystem } from "../../src/role/systems.ts";
import { guestKernel } from "../role-vm/support/kernel.ts";
import { Child } from "../support/processes/child.ts";
import { DEBIAN } from "../support/role-facts.ts";
import { baseRoot } from "./support/base-root.ts";
import type { Host } from "./support/host.ts";
import { ADDRESSES } from "./support/network.ts";
import { ngPing } from "./support/ng-ping.ts";
import { debianRepository, Rig } from "./support/rig.ts";
import { playbook, roleCommand, type Variables } from "./support/role.ts";
import { type UpstreamSource, upstreamSource } from "./support/upstream-source.ts";

const BUILD_MS = 900_000;

describe("upstream's daemon from its source", () => {
  let rig: Rig;
  let source: UpstreamSource;
  let server: Child;
  /** Of a kernel of Debian's: containers run this machine's, which has none. */
  let headers: string;
  let host: Host;

  const variables = (more: Variables = {}): Variables => ({
    rtpengine_install_method: "source",
    rtpengine_git_repo: `git://${ADDRESSES.devstack}/rtpengine.git`,
    rtpengine_version: source.ref,
    rtpengine_kernel_module: false,
    rtpengine_tools: false,
    ...more,
  });
  const role = (words: string[], more: Variables = {}) =>
    roleCommand(rig.network, host, words, variables(more));

  beforeAll(async () => {
    const base = await baseRoot();
    source = await upstreamSource(base);
    headers = `linux-headers-${(await guestKernel(base)).version}`;
    const needed = [...valuesOfSystem(DEBIAN).__rtpengine_build_packages!, "dkms", headers];
    rig = await Rig.open(await debianRepository(base, needed));
    const daemon = ["git", "daemon", "--export-all", "--reuseaddr", "--verbose"];
    const where = [`--base-path=${source.folder}`, `--listen=${ADDRESSES.devstack}`];
    const [command, ...args] = rig.network.inNamespace("devstack", [...daemon, ...where]);
    server = new Child(command!, args);
    await server.says(/Ready to rumble/);
    host = await rig.startHost();
  }, BUILD_MS);
  afterAll(async () => {
    await rig?.close();
    await server?.stop();
  });

  it(
    "is refused with a sentence when the repository has no such version",
    async () => {
      const { code, stdout } = await role(["apply"], { rtpengine_version: "mr99.9" });
      expect(code).toBe(1);
      expect(stdout).toContain("cannot be reached from here, or has no mr99.9");
      expect(stdout).toContain("the host is as it was");
    },
    BUILD_MS,
  );

  it(
    "is compiled, started, and answers a proxy's ping",
    async () => {
      const { code, stdout } = await role(["apply"]);
      expect(code, stdout).toBe(0);
      expect(await host.run("readlink /opt/rtpengine/current")).toBe(`/opt/rtpengine/${source.commit}`);
      expect(await host.run("systemctl is-active rtpengine")).toBe("active");
      expect(await ngPing(rig.network, "sip-1", host.address)).toEqual({ result: "pong" });
    },
    BUILD_MS,
  );

  it(
    "is not compiled again while the version stands for the same commit, by whatever name",
    async () => {
      const log = await host.run("stat -c %Y /usr/local/src/rtpengine/build.log");
      expect((await role(["apply"])).stdout).toMatch(/changed=0 .*failed=0/);
      const byCommit = await role(["plan"], { rtpengine_version: source.commit });
      expect(byCommit.stdout).not.toContain("Build the daemon");
      expect(await host.run("stat -c %Y /usr/local/src/rtpengine/build.log")).toBe(log);
      const play = await playbook(rig.network, host, variables());
      expect(play.stdout).toMatch(/^media-1 +: .*changed=0 .*failed=0/m);
    },
    BUILD_MS,
  );

  it(
    "registers its module with DKMS, and goes on in user space while there are no headers",
    async () => {
      const more = { rtpengine_kernel_module: true };
      const plan = await role(["plan"], more);
      expect(plan.code, plan.stdout).toBe(0);
      expect(plan.stdout).toMatch(/would +Have DKMS build the source's module/);
      expect(plan.stdout).toMatch(
        /no kernel module for kernel .*, and its headers are in no repository .*user space/,
      );
      const apply = await role(["apply"], more);
      expect(apply.code, apply.stdout).toBe(0);
      const name = `rtpengine-source/${source.commit.slice(0, 12)}`;
      expect(await host.run("dkms status")).toBe(`${name}: added`);
      expect(await ngPing(rig.network, "sip-1", host.address)).toEqual({ result: "pong" });
      expect((await role(["apply"], more)).stdout).toMatch(/changed=0 .*failed=0/);
      const play = await playbook(rig.network, host, variables(more));
      expect(play.stdout).toMatch(/^media-1 +: .*changed=0 .*failed=0/m);
    },
    BUILD_MS,
  );

  it(
    "has its module built and signed by DKMS where a kernel's headers are",
    async () => {
      await host.run(`apt-get install -y -q --no-install-recommends ${headers}`, { timeoutMs: BUILD_MS });
      const kernel = headers.replace("linux-headers-", "");
      const build = `/usr/local/sbin/rtpengine-build-module`;
      // The package of headers has had DKMS build what is registered.
      expect((await host.ssh(`${build} check ${source.commit} ${kernel}`)).code).toBe(0);
      expect(await host.run(`${build} install ${source.commit} ${kernel}`, { timeoutMs: BUILD_MS })).toBe("");
      expect(await host.run("dkms status")).toMatch(
        new RegExp(`^rtpengine-source/${source.commit.slice(0, 12)}, ${kernel}, .*: installed`, "m"),
      );
      const found = await host.run(
        `find /lib/modules/${kernel} -name '*rtpengine*.ko*' -o -name '*RTPENGINE.ko*'`,
      );
      expect(found).toMatch(/^\/lib\/modules\/.*\/updates\/dkms\/(nft_rtpengine|xt_RTPENGINE)\.ko$/);
      expect(await host.run(`modinfo -F vermagic ${found}`)).toContain(kernel);
      await host.run(`${build} remove ${source.commit}`);
      expect(await host.run(`dkms status; find /lib/modules /usr/src -iname '*rtpengine*'`)).toBe("");
    },
    BUILD_MS,
  );
});
