import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { debianSources } from "./support/mirror.ts";
import { missingRequirements } from "./support/requirements.ts";

describe("requirements", () => {
  const all = { isRoot: true, has: () => true, fileSystems: "nodev\tcgroup2\nnodev\toverlay\n" };

  it("are met where all is there", () => {
    expect(missingRequirements(all)).toEqual([]);
  });

  it("are named one by one, each with the command that meets it", () => {
    const here = { isRoot: false, has: (name: string) => name !== "systemd-nspawn", fileSystems: "cgroup2" };
    expect(missingRequirements(here)).toEqual([
      expect.stringContaining("sudo npm run test:role"),
      expect.stringContaining("apt-get install --no-install-recommends systemd-container"),
      expect.stringContaining("modprobe overlay"),
    ]);
  });
});

describe("the machine's own mirror", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "role-rig-"));
    mkdirSync(join(folder, "sources.list.d"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const signed = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]";

  it("is read from stanzas, without the sources of others", () => {
    const stanzas = [
      "Types: deb\n# a comment\nURIs: http://mirror.invalid/debian\nSuites: bookworm bookworm-updates\nComponents: main",
      "Types: deb\nURIs: http://mirror.invalid/security\nSuites: bookworm-security\nComponents: main contrib",
      "Types: deb\nURIs: http://other.invalid/\nSuites: nodistro\nComponents: main",
      "Types: deb\nEnabled: no\nURIs: http://off.invalid/\nSuites: bookworm\nComponents: main",
      "Types: deb-src\nURIs: http://mirror.invalid/debian\nSuites: bookworm\nComponents: main",
    ];
    writeFileSync(join(folder, "sources.list.d/debian.sources"), stanzas.join("\n\n"));
    expect(debianSources(folder)).toEqual([
      `deb ${signed} http://mirror.invalid/debian bookworm main`,
      `deb ${signed} http://mirror.invalid/debian bookworm-updates main`,
      `deb ${signed} http://mirror.invalid/security bookworm-security main`,
    ]);
  });

  it("is read from lines", () => {
    const lines = [
      "# deb http://off.invalid/ bookworm main",
      "deb http://mirror.invalid/debian bookworm main contrib",
      "deb [arch=amd64] http://mirror.invalid/security bookworm-security contrib main",
      "deb-src http://mirror.invalid/debian bookworm main",
      "deb http://other.invalid/ bookworm stable",
    ];
    writeFileSync(join(folder, "sources.list"), lines.join("\n"));
    expect(debianSources(folder)).toEqual([
      `deb ${signed} http://mirror.invalid/debian bookworm main`,
      `deb ${signed} http://mirror.invalid/security bookworm-security main`,
    ]);
  });

  it("is asked for where there is none", () => {
    expect(() => debianSources(folder)).toThrow(/add "deb URI bookworm main"/);
  });
});
