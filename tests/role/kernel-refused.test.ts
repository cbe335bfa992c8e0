import { release } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "./support/host.ts";
import { projectPackages } from "./support/project-packages.ts";
import { Rig } from "./support/rig.ts";
import {
  changedFilesOf,
  debianDaemonWithTools,
  playbook,
  roleCommand,
  type Variables,
} from "./support/role.ts";

/** Says what a kernel with Secure Boot says; containers have no kernel of their own to say it. */
const MODPROBE = `#!/bin/sh
echo "modprobe: ERROR: could not insert 'xt_RTPENGINE': Key was rejected by service" >&2
exit 1
`;
const REASON = "could not insert 'xt_RTPENGINE': Key was rejected by service";

describe("a kernel that refuses the module", () => {
  let rig: Rig;
  let host: Host;
  let variables: Variables;
  const role = (words: string[]) => roleCommand(rig.network, host, words, variables);

  beforeAll(async () => {
    rig = await Rig.open();
    variables = { ...debianDaemonWithTools(await projectPackages()), rtpengine_kernel_module: true };
    host = await rig.startHost();
    await host.run("cat >/usr/local/sbin/modprobe && chmod 0755 /usr/local/sbin/modprobe", {
      stdin: MODPROBE,
    });
    const folder = `/lib/modules/${release()}/updates/dkms`;
    await host.run(`mkdir -p ${folder} && echo unsigned >${folder}/xt_RTPENGINE.ko`);
  });
  afterAll(() => rig?.close());

  it("is told of with the reason and what mends it, and the daemon carries calls in user space", async () => {
    const { code, stdout } = await role(["apply"]);
    expect(code, stdout).toBe(0);
    expect(stdout).toContain(
      `xt_RTPENGINE is there and cannot be loaded: ${REASON} (mokutil --import /var/lib/dkms/mok.pub, then boot and confirm). Until then the daemon carries media in user space`,
    );
    expect(stdout).toMatch(
      /warning +the kernel forwards: .*the kernel refuses the module: .*Key was rejected/,
    );
    expect(await host.run("systemctl is-active rtpengine")).toBe("active");
  });

  it("is not asked again and again, and is told of by every run and plan of both back ends", async () => {
    for (const word of ["apply", "plan"]) {
      const again = await role([word]);
      expect(again.stdout).toMatch(/changed=0 .*failed=0/);
      expect(again.stdout).toContain(REASON);
    }
    const play = await playbook(rig.network, host, variables);
    expect(play.stdout).toMatch(/^media-1 +: .*changed=0 .*failed=0/m);
    expect(play.stdout).toContain(REASON);
  });

  it("is known to the doctor, and to verify", async () => {
    const doctor = await role(["doctor"]);
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toMatch(
      /fail +kernel path +the module is built, but not loaded: the kernel refuses it: .*Key was rejected by service; media stay in user space\n +→ mokutil --import/,
    );
    const verify = await role(["verify"]);
    expect(verify.code, verify.stdout).toBe(0);
    expect(verify.stdout).toMatch(
      /warn +the kernel forwards +none here: table=0 is wanted, and the kernel refuses/,
    );
  });

  it("is asked anew after a boot", async () => {
    const before = changedFilesOf(host);
    await host.reboot();
    const { stdout } = await role(["apply"]);
    expect(stdout).toMatch(/changed=1 .*handlers: restart rtpengine$/m);
    expect(stdout).toContain(REASON);
    expect(changedFilesOf(host)).toEqual(before);
  });
});
