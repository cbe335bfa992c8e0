import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { inventory } from "./support/ansible.ts";
import { execute } from "./support/command.ts";
import { Rig } from "./support/rig.ts";
import { ownFolder, removeFolder } from "./support/run-folder.ts";

const CLI = fileURLToPath(new URL("../../src/cli/rtpengine-role.ts", import.meta.url));

it("rtpengine-role takes hosts, variables and ways to them from the inventory that Ansible uses", async () => {
  await using rig = await Rig.open();
  const host = await rig.startHost();
  const folder = ownFolder("inventory");
  try {
    const file = join(folder, "hosts");
    const more = ["", "[media_servers]", "media-1", "[media_servers:vars]", "rtpengine_timeout=75"];
    // The options of Ansible's `ssh` come as words of one text, the key among them.
    const [, key] = /-i (\S+)/.exec(host.sshOptions.join(" ")) ?? [];
    writeFileSync(
      file,
      inventory([host]).replace("\n", ` ansible_ssh_private_key_file=${key}\n`) + more.join("\n"),
    );
    mkdirSync(join(folder, "host_vars"));
    writeFileSync(
      join(folder, "host_vars", "media-1.yml"),
      "rtpengine_apt_source: debian\nrtpengine_tools: false\n",
    );
    const argv = [process.execPath, CLI, "plan", "-i", file, "--diff", "-e", "rtpengine_kernel_module=false"];
    const plan = await execute(rig.network.inNamespace("devstack", argv));
    expect(plan, plan.stdout + plan.stderr).toMatchObject({ code: 0 });
    expect(plan.stdout).toContain("+timeout=75");
    expect(plan.stdout).toContain("+table=-1");
    expect(plan.stdout).toContain("rtpengine-daemon, rtpengine-utils installed");
  } finally {
    removeFolder(folder);
  }
});
