import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
// @ts-expect-error: plain JavaScript, for any Node
import { enabledServices } from "../../../scripts/services.mjs";

const root = mkdtempSync(join(tmpdir(), "services-"));
afterAll(() => rmSync(root, { recursive: true }));

it("finds what systemd and what SysV start with the host", () => {
  const wants = join(root, "etc/systemd/system/multi-user.target.wants");
  mkdirSync(wants, { recursive: true });
  mkdirSync(join(root, "etc/rc3.d"));
  symlinkSync("/lib/systemd/system/kamailio.service", join(wants, "kamailio.service"));
  symlinkSync("/lib/systemd/system/remote-fs.target", join(wants, "remote-fs.target"));
  writeFileSync(join(root, "etc/rc3.d/S01rtpengine-daemon"), "");
  writeFileSync(join(root, "etc/rc3.d/K01nginx"), "");
  expect(enabledServices(root)).toEqual(new Set(["kamailio", "rtpengine-daemon"]));
  expect(enabledServices(join(root, "nothing"))).toEqual(new Set());
});
