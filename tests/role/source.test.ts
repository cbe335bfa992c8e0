import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { INSTALL_SOURCE } from "../../src/role/recipe/source.ts";
import type { Finding } from "../../src/role/verify/finding.ts";
import { Child } from "../support/processes/child.ts";
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
    const needed = INSTALL_SOURCE.resources.flatMap((entry) =>
      entry.kind === "packages" ? entry.packages : [],
    );
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
    "has no codecs unless they are wanted, and then is compiled with them",
    async () => {
      const wanted = { rtpengine_transcode_enabled: true };
      const verify = async (): Promise<unknown> => {
        const { stdout } = await role(["verify", "--json"], wanted);
        const [{ findings }] = JSON.parse(stdout) as [{ findings: Finding[] }];
        return findings.find(({ check }) => check === "codecs");
      };
      const binary = "/opt/rtpengine/current/bin/rtpengine";
      expect(await verify()).toMatchObject({
        outcome: "fail",
        evidence: `${binary} --codecs names none: it was built without transcoding`,
      });
      const { code, stdout } = await role(["apply", "--verbose"], wanted);
      expect(code, stdout).toBe(0);
      expect(stdout).toMatch(/Verified that it transcodes: .*opus, .*PCMA, PCMU/);
      expect(await host.run("readlink /opt/rtpengine/current")).toBe(
        `/opt/rtpengine/${source.commit}-codecs`,
      );
      expect(await verify()).toMatchObject({ outcome: "ok" });
    },
    BUILD_MS,
  );
});
