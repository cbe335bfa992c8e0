import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { valuesOfSystem } from "../../src/role/systems.ts";
import type { Finding } from "../../src/role/verify/finding.ts";
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
  /** A commit whose module can be built for that kernel. */
  let genuine: string;
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
    const needed = [...Object.values(valuesOfSystem(DEBIAN)).flat(), "dkms", headers];
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

  it(
    "says that there is no module where a kernel has no headers, and goes on in user space",
    async () => {
      const more = { rtpengine_kernel_module: true };
      for (const word of ["plan", "apply"]) {
        const { code, stdout } = await role([word], more);
        expect(code, stdout).toBe(0);
        expect(stdout).toMatch(
          /no kernel module for kernel .*, and its headers are in no repository .*user space/,
        );
      }
      expect(await host.run("dkms status")).toBe("");
      expect(await ngPing(rig.network, "sip-1", host.address)).toEqual({ result: "pong" });
      expect((await role(["apply"], more)).stdout).toMatch(/changed=0 .*failed=0/);
      const play = await playbook(rig.network, host, variables(more));
      expect(play.stdout).toMatch(/^media-1 +: .*changed=0 .*failed=0/m);
    },
    BUILD_MS,
  );

  it(
    "has its module built by DKMS where a kernel has headers, and is no burden to kernels where it cannot be",
    async () => {
      await host.run(`apt-get install -y -q --no-install-recommends ${headers}`, { timeoutMs: BUILD_MS });
      const kernel = headers.replace("linux-headers-", "");
      const build = (word: string, commit: string): Promise<string> =>
        host.run(`/usr/local/sbin/rtpengine-build-module ${word} ${commit} ${kernel}`, {
          timeoutMs: BUILD_MS,
        });
      const modules = `find /lib/modules/${kernel} -name 'xt_RTPENGINE.ko' -o -name 'nft_rtpengine.ko'`;
      // Debian's own module in the source's place: that it can be built for Debian's kernel is known.
      genuine = await host.run(
        [
          "cd /tmp && apt-get download -q rtpengine-kernel-dkms >/dev/null && dpkg -x rtpengine-kernel-dkms_*.deb dkms",
          "cd /usr/local/src/rtpengine && git checkout -q --orphan genuine && git rm -rfq . && mkdir kernel-module",
          "cp /tmp/dkms/usr/src/*/* kernel-module && git add kernel-module",
          "git -c user.name=a -c user.email=a@example.org commit -qm genuine && git rev-parse HEAD",
        ].join(" && "),
      );
      expect((await host.ssh(`/usr/local/sbin/rtpengine-build-module check ${genuine} ${kernel}`)).code).toBe(
        1,
      );
      expect(await build("install", genuine)).toBe("");
      expect(await build("failed", genuine)).toBe("");
      expect(await build("check", genuine)).toBe("");
      expect(await host.run("dkms status")).toMatch(
        new RegExp(`^rtpengine-source/${genuine.slice(0, 12)}, ${kernel}, .*: installed`, "m"),
      );
      expect(await host.run(`modinfo -F vermagic "$(${modules})"`)).toContain(kernel);
      await build("remove", genuine);
      expect(
        await host.run(`dkms status; ${modules}; ls -d /usr/src/rtpengine-source-* 2>/dev/null || true`),
      ).toBe("");

      const broken = await host.run(
        "cd /usr/local/src/rtpengine && echo '#error no such kernel' >>kernel-module/xt_RTPENGINE.c && git -c user.name=a -c user.email=a@example.org commit -qam broken && git rev-parse HEAD",
      );
      await build("install", broken);
      expect(await build("failed", broken)).toMatch(/no such kernel \(.*rtpengine-source\.log\)$/);
      expect(await build("check", broken)).toBe("");
      expect(await host.run("dkms status")).toBe("");
    },
    BUILD_MS,
  );

  it(
    "is taken away, with its builds, its module and the account",
    async () => {
      const kernel = headers.replace("linux-headers-", "");
      await host.run(`/usr/local/sbin/rtpengine-build-module install ${genuine} ${kernel}`, {
        timeoutMs: BUILD_MS,
      });
      const version = genuine.slice(0, 12);
      expect((await role(["uninstall", "--check"])).stdout).toContain(`removed from DKMS: ${version}`);
      expect(await host.run("dkms status")).toContain(version);
      const { code, stdout } = await role(["uninstall"]);
      expect(code, stdout).toBe(0);
      // Somebody has installed them, and they need a compiler.
      expect(stdout).toMatch(/other packages need them by now, so they stay: .*gcc/);
      expect(await host.run(`dpkg -l ${headers} | tail -n 1`)).toMatch(/^ii/);
      const rest = [
        "ls -d /opt/rtpengine* /usr/local/src/rtpengine* /usr/local/sbin/rtpengine* /usr/src/rtpengine*",
        "ls -d /etc/rtpengine* /etc/*/rtpengine* /etc/*/*rtpengine.* /var/lib/dkms/rtpengine*",
        "grep -v '^package ' /var/lib/rtpengine-role/ledger",
        "find /etc/systemd /lib/modules -iname '*rtpengine*'; getent passwd rtpengine; getent group rtpengine",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a format of dpkg-query
        "dpkg-query -W -f '${Package}\\n' dkms libspandsp-dev libpcap0.8-dev",
      ];
      expect((await host.ssh(rest.join("; "))).stdout).toBe("");
      const again = await playbook(rig.network, host, variables({ rtpengine_state: "absent" }));
      expect(again.stdout).toMatch(/^media-1 +: .*changed=0 .*failed=0/m);
    },
    BUILD_MS,
  );
});
