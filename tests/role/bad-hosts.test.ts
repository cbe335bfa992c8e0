import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { undo } from "../../src/role/apply/journal.ts";
import type { Host as RoleHost } from "../../src/role/host/host.ts";
import { SshHost } from "../../src/role/host/ssh.ts";
import type { HalfDoneError } from "../../src/role/resources/kind.ts";
import { APT_OPTIONS, changingPackages, knownPackages } from "../../src/role/resources/packages.ts";
import { startCall } from "../role-vm/support/call.ts";
import type { Host } from "./support/host.ts";
import { namespaceFile } from "./support/namespaces.ts";
import { projectPackages } from "./support/project-packages.ts";
import { Rig } from "./support/rig.ts";
import { DEBIAN_DAEMON, playbook, roleCommand, type Variables } from "./support/role.ts";
import { ownFolder } from "./support/run-folder.ts";

const MINUTES_MS = 600_000;

/** What dpkg and apt note down for themselves, in whatever order they came to it. */
const BOOKS = /^\/var\/lib\/(?:dpkg\/(?:status|available)|apt\/extended_states|ucf\/.*)$/;

/** Files, and which packages are there in which state: what a host is to be again. */
async function stateOf(host: Host): Promise<object> {
  return {
    files: host.changedFiles().filter(({ path }) => !BOOKS.test(path)),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a format of dpkg-query
    packages: await host.run("dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\n' | sort"),
    audit: await host.run("dpkg --audit"),
  };
}

describe("a host that is not as it should be", () => {
  let rig: Rig;

  beforeAll(async () => {
    rig = await Rig.open();
  });
  afterAll(() => rig?.close());

  describe("for want of systemd", () => {
    let host: Host;

    beforeAll(async () => {
      host = await rig.startHost({ init: "sshd" });
    });
    afterAll(() => host?.stop());

    it("is refused and left alone by both back ends", async () => {
      const apply = await roleCommand(rig.network, host, ["apply"], DEBIAN_DAEMON);
      expect(apply.code).toBe(1);
      expect(apply.stdout).toContain("The host has to run systemd; process 1 is sshd");
      const play = await playbook(rig.network, host, DEBIAN_DAEMON);
      expect(play.code).not.toBe(0);
      expect(play.stdout).toContain("The host has to run systemd; process 1 is sshd");
      expect(host.changedFiles()).toEqual([]);
    });
  });

  describe("for being of another system", () => {
    let host: Host;

    beforeAll(async () => {
      host = await rig.startHost();
    });
    afterAll(() => host?.stop());

    it("is refused and left alone by both back ends", async () => {
      await host.run(
        "sed -i 's/^VERSION_ID=.*/VERSION_ID=\"11\"/' /etc/os-release && echo 11.9 >/etc/debian_version",
      );
      const before = host.changedFiles();
      const sentence = "The role knows Debian 12, Debian 13 and Ubuntu 24; this host is Debian 11";
      const apply = await roleCommand(rig.network, host, ["apply"], DEBIAN_DAEMON);
      expect(apply.code).toBe(1);
      expect(apply.stdout).toContain(sentence);
      const play = await playbook(rig.network, host, DEBIAN_DAEMON);
      expect(play.code).not.toBe(0);
      expect(play.stdout).toContain(sentence);
      expect(host.changedFiles()).toEqual(before);
    });
  });

  describe("by rtpengine-role", () => {
    let host: Host;
    const apply = (more: Variables = {}) =>
      roleCommand(rig.network, host, ["apply"], { ...DEBIAN_DAEMON, ...more });

    beforeAll(async () => {
      host = await rig.startHost();
    });
    afterAll(() => host?.stop());

    /** Fails with this sentence, and leaves nothing behind. */
    async function failsWith(sentence: string | RegExp, more: Variables = {}): Promise<void> {
      const before = await stateOf(host);
      const { code, stdout } = await apply(more);
      expect(code, stdout).toBe(1);
      expect(stdout).toMatch(sentence);
      expect(stdout).toContain("the host is as it was");
      expect(await stateOf(host)).toEqual(before);
      expect(before).toMatchObject({ audit: "" });
    }

    /** Puts a file system of so many kilobytes over a folder while something is done. */
    async function full(folder: string, kilobytes: number, work: () => Promise<void>): Promise<void> {
      await host.run(`mkdir -p ${folder} && mount -t tmpfs -o size=${kilobytes}k tmpfs ${folder}
        head -c ${kilobytes}K /dev/zero >${folder}/full || true`);
      try {
        await work();
      } finally {
        await host.run(`umount ${folder}; rmdir --ignore-fail-on-non-empty ${folder}`);
      }
    }

    it(
      "is as it was when there is no room for the configuration",
      async () => {
        await full("/etc/rtpengine", 64, () =>
          failsWith(
            /failed +Write the daemon's configuration: \/etc\/rtpengine\/rtpengine\.conf cannot be written: .*No space left on device/,
          ),
        );
      },
      MINUTES_MS,
    );

    it(
      "is as it was when there is no room for the packages' files",
      async () => {
        await full("/var/cache/apt/archives", 64, () =>
          failsWith(
            /failed +Install the daemon: apt-get install: .*enough free space in \/var\/cache\/apt\/archives/,
          ),
        );
      },
      MINUTES_MS,
    );

    it(
      "is as it was when there is no room for what is in the packages",
      async () => {
        await full("/usr/share/doc", 64, () =>
          failsWith(/failed +Install the daemon: apt-get install: [\s\S]*No space left on device/),
        );
      },
      MINUTES_MS,
    );

    it(
      "is as it was when there is no room for the role's own notes",
      async () => {
        await full("/var/lib/rtpengine-role", 64, () =>
          failsWith(
            /failed .*\/var\/lib\/rtpengine-role\/ledger cannot be written: .*No space left on device/,
          ),
        );
      },
      MINUTES_MS,
    );

    it(
      "is as it was when a package is held",
      async () => {
        await host.run("apt-get -q update && apt-mark hold rtpengine-daemon");
        try {
          await failsWith(
            /failed +Install the daemon: apt-get install: [\s\S]*apt-mark unhold rtpengine-daemon/,
          );
        } finally {
          await host.run("apt-mark unhold rtpengine-daemon");
        }
      },
      MINUTES_MS,
    );

    it(
      "is as it was when the repository is down, or nowhere",
      async () => {
        rig.serve("/debian", "down");
        try {
          await failsWith(/failed +Install the daemon: apt-get update: [\s\S]*Failed to fetch[\s\S]*503/);
        } finally {
          rig.serve("/debian", rig.debian);
        }
        await host.run(
          "ip route add unreachable 192.168.64.77/32; sed -i.kept s/192.168.64.1/192.168.64.77/ /etc/apt/sources.list",
        );
        try {
          await failsWith(/failed +Install the daemon: apt-get update: [\s\S]*192\.168\.64\.77/);
        } finally {
          await host.run(
            "mv /etc/apt/sources.list.kept /etc/apt/sources.list; ip route del unreachable 192.168.64.77/32",
          );
        }
      },
      MINUTES_MS,
    );

    it(
      "is as it was when this project's packages are for other machines",
      async () => {
        const folder = join(ownFolder("foreign"), "dist");
        mkdirSync(folder, { recursive: true });
        const packages = await projectPackages();
        const tools = readdirSync(packages).find((name) => name.startsWith("rtpengine-ts-tools_"))!;
        writeFileSync(join(folder, tools.replace("_amd64", "_arm64")), "");
        const variables = { rtpengine_tools: true, rtpengine_deb_dir: folder };
        await failsWith("has no rtpengine-ts-tools_VERSION_amd64.deb: run `npm run build:deb`", variables);
        // Named for this machine, and for another one inside.
        const arm = await projectPackages("arm64");
        copyFileSync(join(arm, tools.replace("_amd64", "_arm64")), join(folder, tools));
        await failsWith(
          /failed +Install the tools: .* is for arm64, whatever its name says; this host is amd64/,
          variables,
        );
      },
      MINUTES_MS,
    );

    it(
      "ends an apt that takes too long, and is as it was",
      async () => {
        const file = namespaceFile(rig.network.namespace("devstack"));
        const options = [...host.sshOptions, "-o", `ProxyCommand=nsenter --net=${file} nc %h %p`];
        const there = await SshHost.connect({ destination: host.address, user: "voip", options });
        const fresh = await stateOf(host);
        try {
          await there.run(["apt-get", "-q", "update"]);
          const hasty: RoleHost = {
            name: "hasty",
            run: (argv, more) =>
              there.run(argv, argv.includes("install") ? { ...more, timeoutMs: 6000 } : more),
            hold: (argv) => there.hold(argv),
            close: () => there.close(),
          };
          const before = await knownPackages(there);
          const install = ["install", ...APT_OPTIONS, "--", "rtpengine-daemon"];
          const error = await changingPackages(hasty, before, install).catch((cause: unknown) => cause);
          expect(String(error)).toContain("no end after 6 s: it was ended");
          expect(await host.run("pgrep -x 'apt-get|dpkg' || true")).toBe("");
          const { steps } = error as HalfDoneError;
          expect(await undo(there, { steps, activeUnits: [] })).toEqual([]);
          expect(await stateOf(host)).toEqual(fresh);
        } finally {
          await there.close();
        }
      },
      MINUTES_MS,
    );

    it(
      "goes on with its calls when a change is made, and when one fails",
      async () => {
        expect(await apply()).toMatchObject({ code: 0 });
        const call = await startCall(rig.network, 45);
        const change = await apply({ rtpengine_timeout: 120 });
        expect(change, change.stdout).toMatchObject({ code: 0 });
        await host.run("apt-mark hold rtpengine-recording-daemon");
        await Promise.all([
          call.outcome,
          failsWith("apt-mark unhold", {
            rtpengine_timeout: 120,
            rtpengine_tos: 96,
            rtpengine_apt_packages: ["rtpengine-daemon", "rtpengine-recording-daemon"],
          }),
        ]);
        const { directions } = await call.outcome;
        for (const { sent, received } of directions) {
          expect(sent).toBeGreaterThan(1000);
          expect(received).toBe(sent);
        }
      },
      MINUTES_MS,
    );
  });

  describe("by ansible-playbook", () => {
    let host: Host;

    beforeAll(async () => {
      host = await rig.startHost();
    });
    afterAll(() => host?.stop());

    it(
      "fails the play, with the reason, when a package is held, the disk is full or the repository is down",
      async () => {
        await host.run("apt-get -q update && apt-mark hold rtpengine-daemon");
        const held = await playbook(rig.network, host, DEBIAN_DAEMON);
        expect(held.code).not.toBe(0);
        expect(held.stdout).toMatch(/Held packages were changed/i);
        await host.run(
          "apt-mark unhold rtpengine-daemon; mount -t tmpfs -o size=64k tmpfs /var/cache/apt/archives",
        );
        const full = await playbook(rig.network, host, DEBIAN_DAEMON);
        expect(full.code).not.toBe(0);
        expect(full.stdout).toMatch(/enough free space in \/var\/cache\/apt\/archives/);
        await host.run("umount /var/cache/apt/archives");
        rig.serve("/debian", "down");
        const down = await playbook(rig.network, host, DEBIAN_DAEMON);
        rig.serve("/debian", rig.debian);
        expect(down.code).not.toBe(0);
        expect(down.stdout).toMatch(/Failed to (update apt cache|fetch)/i);
        const good = await playbook(rig.network, host, DEBIAN_DAEMON);
        expect(good.stdout).toMatch(/^media-1 +: .*failed=0/m);
      },
      MINUTES_MS,
    );

    it(
      "is restarted by the next play when one has failed between a change and its handler",
      async () => {
        const tos = { ...DEBIAN_DAEMON, rtpengine_tos: 96 };
        const more = { ...tos, rtpengine_apt_packages: ["rtpengine-daemon", "no-such-package"] };
        const before = await host.run("systemctl show -p MainPID --value rtpengine");
        const broken = await playbook(rig.network, host, more);
        expect(broken.code).not.toBe(0);
        expect(await host.run("grep ^tos /etc/rtpengine/rtpengine.conf")).toBe("tos=96");
        expect(await host.run("systemctl show -p MainPID --value rtpengine")).toBe(before);
        const plan = await roleCommand(rig.network, host, ["plan"], tos);
        expect(plan.stdout).toMatch(/changed=1 .*handlers: reconfigure rtpengine$/m);
        const next = await playbook(rig.network, host, tos);
        expect(next.stdout).toMatch(/^media-1 +: .*failed=0/m);
        expect(await host.run("systemctl show -p MainPID --value rtpengine")).not.toBe(before);
        const last = await playbook(rig.network, host, tos);
        expect(last.stdout).toMatch(/^media-1 +: .*changed=0 .*failed=0/m);
      },
      MINUTES_MS,
    );
  });
});
