import { copyFileSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ansible } from "./support/ansible.ts";
import type { Outcome } from "./support/command.ts";
import type { Host } from "./support/host.ts";
import { projectPackages } from "./support/project-packages.ts";
import { Rig } from "./support/rig.ts";
import { ROLES, roleCommand, type Variables } from "./support/role.ts";
import { ownFolder, removeFolder } from "./support/run-folder.ts";

/** The playbooks and variables of the role's document, word for word. */
const SEED = fileURLToPath(new URL("./seed", import.meta.url));

/** Which repository this network has, and (below) which folder with this project's packages; all else is the role's default. */
const INVENTORY = { rtpengine_apt_source: "debian" };

describe("the document's own playbooks, with the rig's inventory", () => {
  let rig: Rig;
  let host: Host;
  let packages: string;

  /** @param words after the playbook's name */
  const play = async (name: string, words: readonly string[] = []): Promise<Outcome> => {
    const folder = ownFolder("seed");
    try {
      symlinkSync(ROLES, join(folder, "roles"));
      copyFileSync(join(SEED, `${name}.yml`), join(folder, "site.yml"));
      return await ansible(rig.network, [host], ["ansible-playbook", "site.yml", ...words], {
        cwd: folder,
        timeoutMs: 600_000,
        group: "media_servers",
        variables: { ...INVENTORY, rtpengine_deb_dir: packages },
      });
    } finally {
      removeFolder(folder);
    }
  };
  const recapOf = ({ stdout }: Outcome): string => /^media-1 +: .*$/m.exec(stdout)?.[0] ?? stdout;

  beforeAll(async () => {
    packages = await projectPackages();
    rig = await Rig.open();
    host = await rig.startHost();
  });
  afterAll(() => rig?.close());

  it("Basic Usage: the host carries calls, and is told what it lacks of a kernel module", async () => {
    const basic = await play("basic-usage");
    expect(recapOf(basic), basic.stdout).toMatch(/failed=0/);
    expect(basic.stdout).toContain("There is no kernel module for kernel");
    expect(await host.run("systemctl is-active rtpengine")).toBe("active");
    expect(await host.run("rtpengine-ctl list interfaces")).toContain("192.168.64.20");
    expect(recapOf(await play("basic-usage"))).toMatch(/changed=0 .*failed=0/);
  });

  it("With External Interface: calls pass between both", async () => {
    const external = await play("with-external-interface");
    expect(recapOf(external), external.stdout).toMatch(/failed=0/);
    const verify = await host.run("rtpengine-role verify");
    expect(verify).toMatch(
      /a call is heard +internal 192\.168\.64\.20 ↔ external 203\.0\.113\.20: heard both ways/,
    );
  });

  it("With Recording: stops before anything is touched, since a container has no kernel module", async () => {
    const before = host.changedFiles();
    const recording = await play("with-recording");
    expect(recording.code).not.toBe(0);
    expect(recapOf(recording)).toMatch(/changed=0 .*failed=1/);
    expect(recording.stdout.replace(/\s+/g, " ")).toContain(
      "rtpengine_recording_method proc takes the media from the kernel module, which a container cannot load",
    );
    const variables = { ...INVENTORY, rtpengine_deb_dir: packages, rtpengine_recording_enabled: true };
    const byApplier = await roleCommand(rig.network, host, ["apply"], variables);
    expect(byApplier.code).toBe(1);
    expect(byApplier.stdout).toContain("which a container cannot load");
    expect(host.changedFiles()).toEqual(before);
  });

  it("Tuning: the daemon has those values, by the applier for once", async () => {
    const tuning = parse(readFileSync(join(SEED, "tuning.yml"), "utf8")) as Variables;
    const variables = { ...INVENTORY, rtpengine_deb_dir: packages, ...tuning };
    const { code, stdout } = await roleCommand(rig.network, host, ["apply"], variables);
    expect(code, stdout).toBe(0);
    expect(await host.run("rtpengine-ctl list maxsessions")).toContain("5000");
    expect(await host.run("rtpengine-ctl list timeout")).toContain("120");
    expect(await host.run("rtpengine-ctl list silenttimeout")).toContain("60");
    expect(await host.run("rtpengine-ctl list interfaces")).toContain("60000");
  });
});
