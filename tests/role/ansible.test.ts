import { expect, it } from "vitest";
import { ansible } from "./support/ansible.ts";
import { Rig } from "./support/rig.ts";

it("Ansible reaches a host as voip and becomes root", async () => {
  await using rig = await Rig.open();
  const host = await rig.startHost();
  const ping = await ansible(rig.network, [host], ["ansible", "all", "-m", "ansible.builtin.ping"]);
  expect(ping).toMatchObject({ code: 0, stdout: expect.stringContaining("media-1 | SUCCESS") });
  const who = await ansible(rig.network, [host], ["ansible", "all", "-a", "id -un"]);
  expect(who).toMatchObject({ code: 0, stdout: "media-1 | CHANGED | rc=0 >>\nroot\n" });
});
