import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  conffiles,
  controlFile,
  debianChangelog,
  debianVersion,
  installedKilobytes,
  md5sums,
} from "../../../scripts/deb/control.ts";
import { isIntact, lockedPackage, packageFolder, run } from "../../../scripts/deb/fetch.ts";
import {
  ARCHITECTURES,
  type Architecture,
  ASSETS,
  type Entry,
  EXECUTABLES,
  forArchitecture,
  linkTarget,
  RUNTIME_PACKAGES,
} from "../../../scripts/deb/layout.ts";
import {
  closureOf,
  emitJavaScript,
  emitLauncher,
  entryOf,
  requestsOf,
} from "../../../scripts/deb/modules.ts";
import { temporaryFolder } from "../../support/role-workplace.ts";

const ROOT = join(import.meta.dirname, "../../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const programs = readdirSync(join(ROOT, "bin"));

describe("emitted JavaScript", () => {
  it("keeps every line and column, so that stack traces read as those of the sources", () => {
    const source = [
      'import { type A, b } from "./b.ts";',
      "interface C {\n  readonly d: number;\n}",
      "const e = <T>(f: T, g?: A): T => (f as T)!;",
      'throw new URL("./worker.ts", import.meta.url);',
    ].join("\n");
    const emitted = emitJavaScript(source);
    expect(emitted.split("\n")).toHaveLength(source.split("\n").length);
    for (const word of ["b }", "const e", "=> (f", "throw", "import.meta"]) {
      expect(emitted.indexOf(word)).toBe(source.indexOf(word));
    }
    expect(emitted).toContain('from "./b.js"');
    expect(emitted).toContain('new URL("./worker.js"');
  });

  it("asks for what it asked for, types apart", () => {
    const source = [
      'import type { A } from "./a.ts";',
      'import {\n  b,\n} from "../b.ts";',
      'import c from "@d/e/f";',
      'import { g } from "node:fs";',
      "const text = 'from \"', more = ' from \"x\"';",
      'await import("h");',
    ].join("\n");
    expect(requestsOf("src/x/y.ts", emitJavaScript(source))).toEqual({
      modules: ["src/b.ts"],
      packages: ["@d/e", "h"],
    });
  });
});

describe("the programs", () => {
  it("are all packaged", () => {
    const names = EXECUTABLES.map(({ name }) => name);
    expect(programs.filter((name) => !names.includes(name))).toEqual([]);
  });

  it.each(programs)("%s brings everything it runs", (name) => {
    const { modules, packages } = closureOf(entryOf(read(`bin/${name}`)), read);
    expect([...packages].filter((one) => !Object.hasOwn(RUNTIME_PACKAGES, one))).toEqual([]);
    // Whoever looks for files beside itself has them named.
    const readers = [...modules].filter(([, text]) => /import\.meta\.(?:url|dirname|filename)/.test(text));
    const unnamed = readers.filter(([path, text]) => {
      const others = text.match(
        /import\.meta\.dirname|new URL\("[^"]*(?<!\.js|package\.json)", import\.meta\.url/g,
      );
      return others !== null && !Object.hasOwn(ASSETS, path);
    });
    expect(unnamed.map(([path]) => path)).toEqual([]);
  });

  it.each(programs)("%s starts with the same environment from a package", (name) => {
    const launcher = read(`bin/${name}`);
    const entry = entryOf(launcher);
    expect(emitLauncher(launcher)).toBe(launcher.replace(entry, entry.replace(/ts$/, "js")));
  });
});

describe("what is shipped of npm packages", () => {
  it.each(Object.keys(ARCHITECTURES) as Architecture[])("is in the lock file for %s", (architecture) => {
    for (const name of Object.keys(RUNTIME_PACKAGES)) {
      expect(lockedPackage(read("package-lock.json"), forArchitecture(name, architecture)).version).toMatch(
        /^\d/,
      );
    }
  });

  it("exists in what is installed here", () => {
    const own = process.arch === "arm64" ? "arm64" : "amd64";
    for (const [name, { files }] of Object.entries(RUNTIME_PACKAGES)) {
      for (const file of files) {
        const path = forArchitecture(`node_modules/${name}/${file}`, own);
        expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
      }
    }
  });

  it("is what the lock file says, or is not used", () => {
    const integrity =
      "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";
    expect(isIntact(new Uint8Array(), integrity)).toBe(true);
    expect(isIntact(new Uint8Array(1), integrity)).toBe(false);
    const lock = (entry: object): string => JSON.stringify({ packages: { "node_modules/x": entry } });
    expect(() => lockedPackage(lock({ version: "1.0.0", integrity: "sha1-abc" }), "x")).toThrow("SHA-512");
    expect(() => lockedPackage(lock({}), "y")).toThrow("SHA-512");
  });
});

describe("an npm package that somebody has changed", () => {
  const changedRoot = (): { root: string; cache: string; tarball: string } => {
    const root = temporaryFolder(onTestFinished);
    const cache = join(root, "cache");
    for (const folder of ["package", "node_modules/x", "cache"])
      mkdirSync(join(root, folder), { recursive: true });
    const tarball = join(cache, "x-1.0.0.tgz");
    writeFileSync(join(root, "package/index.js"), "genuine");
    run("tar", ["-czf", tarball, "-C", root, "package"]);
    const hash = createHash("sha512").update(readFileSync(tarball)).digest("base64");
    const lock = { packages: { "node_modules/x": { version: "1.0.0", integrity: `sha512-${hash}` } } };
    writeFileSync(join(root, "package-lock.json"), JSON.stringify(lock));
    writeFileSync(join(root, "node_modules/x/package.json"), '{"version":"1.0.0"}');
    writeFileSync(join(root, "node_modules/x/index.js"), "changed");
    return { root, cache, tarball };
  };

  it("is shipped as the lock file has it, whatever is installed", () => {
    const { root, cache } = changedRoot();
    expect(readFileSync(join(packageFolder(root, cache, "x"), "index.js"), "utf8")).toBe("genuine");
  });

  it("is not shipped when its tarball was changed", () => {
    const { root, cache, tarball } = changedRoot();
    writeFileSync(tarball, "changed");
    expect(() => packageFolder(root, cache, "x")).toThrow("not what package-lock.json says");
    expect(existsSync(tarball)).toBe(false);
  });
});

describe("control data", () => {
  const entries: Entry[] = [
    { path: "etc/x/x.conf", mode: 0o644, content: new Uint8Array(1), isConfiguration: true },
    { path: "usr/bin/x", target: "../lib/x" },
    { path: "usr/lib/x", mode: 0o755, content: new Uint8Array(1025) },
  ];

  it("names the version as Debian does", () => {
    expect(debianVersion("0.1.0")).toBe("0.1.0-1");
    expect(debianVersion("0.2.0-rc.1")).toBe("0.2.0~rc.1-1");
  });

  it("says what it needs and what it cannot be beside", () => {
    const text = controlFile("rtpengine-ts", "0.1.0-1", "arm64", 7);
    expect(text).toMatch(/^Package: rtpengine-ts\nVersion: 0\.1\.0-1\nArchitecture: arm64\n/);
    expect(text).toMatch(/^Depends: rtpengine-ts-tools \(= 0\.1\.0-1\), .*libbpf1/m);
    for (const field of ["Conflicts", "Replaces"]) {
      expect(text).toMatch(new RegExp(`^${field}: .*\\brtpengine-daemon\\b`, "m"));
    }
    expect(text.endsWith("\n")).toBe(true);
    // Goes onto hosts of upstream's engine.
    expect(controlFile("rtpengine-ts-tools", "1", "amd64", 7)).not.toMatch(/Conflicts|Replaces/);
  });

  it("counts, sums and keeps files", () => {
    // etc, etc/x, usr, usr/bin, usr/lib; the link; 1 and 2 kB.
    expect(installedKilobytes(entries)).toBe(5 + 1 + 1 + 2);
    expect(md5sums(entries)).toMatch(/^[0-9a-f]{32} {2}usr\/lib\/x\n$/);
    expect(conffiles(entries)).toBe("/etc/x/x.conf\n");
    expect(conffiles([])).toBeUndefined();
  });

  it("has the time of the commit", () => {
    expect(debianChangelog("rtpengine-ts", "0.1.0-1", 0)).toContain("Thu, 01 Jan 1970 00:00:00 +0000");
  });

  it("links as Debian wants it", () => {
    expect(linkTarget("usr/bin/x", "usr/lib/y/bin/x")).toBe("../lib/y/bin/x");
    expect(linkTarget("etc/x", "usr/lib/x")).toBe("/usr/lib/x");
  });
});
