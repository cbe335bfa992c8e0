import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { baseRoot } from "./support/base-root.ts";
import type { Host } from "./support/host.ts";
import { projectPackages } from "./support/project-packages.ts";
import { debianRepository, Rig } from "./support/rig.ts";
import { DEBIAN_DAEMON, playbook, roleCommand, type Variables } from "./support/role.ts";

const PORTS = "/proc/sys/net/ipv4/ip_local_reserved_ports";
const RECORDER = "rtpengine-recording-daemon.service";

// Several plays a test.
vi.setConfig({ testTimeout: 600_000 });

/** What a host is left with by what was switched off or taken back. */
describe("a host", () => {
  let rig: Rig;

  beforeAll(async () => {
    rig = await Rig.open(await debianRepository(await baseRoot(), ["libbpf1"]));
  });
  afterAll(() => rig?.close());

  const changesNothing = (stdout: string): void => expect(stdout).toMatch(/changed=0 .*failed=0/);

  describe("of upstream's daemon", () => {
    let host: Host;
    const role = (words: string[], more: Variables = {}) =>
      roleCommand(rig.network, host, words, { ...DEBIAN_DAEMON, ...more });
    const RECORDING = {
      rtpengine_recording_enabled: true,
      rtpengine_recording_method: "all",
      rtpengine_recording_dir: "/srv/calls",
    };

    beforeAll(async () => {
      host = await rig.startHost();
      await host.run(`echo 5060,9999 > ${PORTS}`);
    });
    afterAll(() => host?.stop());

    it("has after a rollback what the kernel was told before, and no account where nothing belongs to it", async () => {
      expect(await role(["apply"])).toMatchObject({ code: 0 });
      expect(await host.run(`cat ${PORTS}`)).toBe("5060,9999-20000");
      const { code, stdout } = await role(["rollback"]);
      expect(code, stdout).toBe(0);
      expect(await host.run(`cat ${PORTS}`)).toBe("5060,9999");
      expect(
        await host.run("getent passwd rtpengine; getent group rtpengine; dpkg -l | grep rtpengine; true"),
      ).toBe("");
      expect((await host.ssh("test -e /var/lib/rtpengine-role")).code).not.toBe(0);
    });

    it("keeps the account of recordings that were made meanwhile", async () => {
      expect(await role(["apply"])).toMatchObject({ code: 0 });
      await host.run(
        "install -d -o rtpengine /srv/calls && install -o rtpengine /dev/null /srv/calls/one.wav",
      );
      const { code, stdout } = await role(["rollback"]);
      expect(code).toBe(1);
      expect(stdout).toMatch(/rtpengine stays: \/srv\/calls\S* belongs to it/);
      expect(await host.run("stat -c %U /srv/calls/one.wav")).toBe("rtpengine");
    });

    it.each(["rtpengine-role", "Ansible"])(
      "stops a recording daemon that is wanted no more, by %s",
      async (backend) => {
        const bring = async (more: Variables): Promise<string> => {
          const outcome =
            backend === "Ansible"
              ? await playbook(rig.network, host, { ...DEBIAN_DAEMON, ...more })
              : await role(["apply"], more);
          expect(outcome.code, outcome.stdout).toBe(0);
          return outcome.stdout;
        };
        // The daemon itself needs a module, which containers have none of, and are refused for.
        await host.run(
          "printf '#!/bin/sh\\nexit 1\\n' >/usr/local/bin/systemd-detect-virt && chmod +x /usr/local/bin/systemd-detect-virt",
        );
        const fragment = "[Service]\nType=simple\nExecStart=\nExecStart=/bin/sleep infinity\n";
        await host.run(
          `install -d /etc/systemd/system/${RECORDER}.d && cat > /etc/systemd/system/${RECORDER}.d/zz.conf`,
          {
            stdin: fragment,
          },
        );
        await bring(RECORDING);
        expect(await host.run(`systemctl is-active ${RECORDER}; systemctl is-enabled ${RECORDER}`)).toBe(
          "active\nenabled",
        );
        await host.run("install -o rtpengine /dev/null /srv/calls/recordings/two.wav");
        await bring({});
        expect(
          (await host.ssh(`systemctl is-active ${RECORDER}; systemctl is-enabled ${RECORDER}`)).stdout,
        ).toBe("inactive\ndisabled\n");
        expect(await host.run("stat -c %U /srv/calls/recordings/two.wav")).toBe("rtpengine");
        changesNothing(await bring({}));
      },
    );
  });

  describe.each(["rtpengine-role", "Ansible"])("of this engine that is not enabled, by %s", (backend) => {
    let host: Host;
    beforeAll(async () => {
      host = await rig.startHost();
    });
    afterAll(() => host?.stop());

    it("never starts it, not even while its package is installed; and does once it is enabled", async () => {
      const bring = async (isEnabled: boolean): Promise<string> => {
        const variables = {
          rtpengine_install_method: "node",
          rtpengine_deb_dir: await projectPackages(),
          rtpengine_enabled: isEnabled,
        };
        const outcome =
          backend === "Ansible"
            ? await playbook(rig.network, host, variables)
            : await roleCommand(rig.network, host, ["apply"], variables);
        expect(outcome.code, outcome.stdout).toBe(0);
        return outcome.stdout;
      };
      await bring(false);
      expect(await host.run("journalctl -q -u rtpengine")).toBe("");
      expect((await host.ssh("systemctl is-active rtpengine; systemctl is-enabled rtpengine")).stdout).toBe(
        "inactive\ndisabled\n",
      );
      changesNothing(await bring(false));
      await bring(true);
      expect(await host.run("systemctl is-active rtpengine; systemctl is-enabled rtpengine")).toBe(
        "active\nenabled",
      );
    });
  });
});
