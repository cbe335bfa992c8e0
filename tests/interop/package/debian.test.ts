import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { homedir, hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../support/processes/child.ts";

const ROOT = join(import.meta.dirname, "../../..");
const ARCHITECTURE = process.arch === "arm64" ? "arm64" : "amd64";
const EPOCH = 1_700_000_000;
const IS_ROOT = process.getuid?.() === 0;

const folder = mkdtempSync(join(tmpdir(), "rtpengine-packages-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Builds this host's packages, quickly and large. */
function build(out: string): string[] {
  const args = ["--disable-warning=ExperimentalWarning", join(ROOT, "scripts/deb/build.ts")];
  args.push("--arch", ARCHITECTURE, "--out", join(folder, out), "--level", "1");
  execFileSync(process.execPath, args, { env: { ...process.env, SOURCE_DATE_EPOCH: String(EPOCH) } });
  return readdirSync(join(folder, out)).sort();
}

const digest = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

const field = (name: string, wanted: string): string =>
  execFileSync("dpkg-deb", ["--field", packagePath(name), wanted], { encoding: "utf8" }).trim();

const packagePath = (name: string): string =>
  join(folder, "first", `${name}_${version()}_${ARCHITECTURE}.deb`);

function version(): string {
  return `${JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).version}-1`;
}

const NAMES = ["rtpengine-ts", "rtpengine-ts-tools"];

/** Lines of `dpkg-deb --contents`, taken apart. */
function contents(name: string): { mode: string; owner: string; path: string; target: string | undefined }[] {
  const env = { ...process.env, TZ: "UTC" };
  const list = execFileSync("dpkg-deb", ["--contents", packagePath(name)], { encoding: "utf8", env });
  return list
    .trim()
    .split("\n")
    .map((line) => {
      const [mode, owner, , date, time, path, , target] = line.split(/ +/);
      expect(`${date} ${time}`).toBe("2023-11-14 22:13");
      return { mode: mode!, owner: owner!, path: path!.slice(1), target };
    });
}

function filesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

beforeAll(() => {
  expect(build("first")).toEqual(NAMES.map((name) => `${name}_${version()}_${ARCHITECTURE}.deb`).sort());
  for (const name of NAMES) {
    execFileSync("dpkg-deb", ["--raw-extract", packagePath(name), join(folder, name)]);
  }
}, 120_000);

describe("the Debian packages", () => {
  it("are the same bytes from the same sources", () => {
    for (const file of build("second")) {
      expect(digest(join(folder, "second", file))).toBe(digest(join(folder, "first", file)));
    }
  });

  it.each(NAMES)("%s says what it is", (name) => {
    expect(field(name, "Architecture")).toBe(ARCHITECTURE);
    expect(field(name, "Version")).toBe(version());
    expect(Number(field(name, "Installed-Size"))).toBeGreaterThan(300);
  });

  it.each(NAMES)("%s belongs to root, and nobody else may write to it", (name) => {
    for (const { mode, owner, path, target } of contents(name)) {
      expect([path, owner]).toEqual([path, "root/root"]);
      const isProgram = /\/bin\/[^/]+$/.test(path);
      const wanted = target !== undefined ? "lrwxrwxrwx" : path.endsWith("/") ? "drwxr-xr-x" : undefined;
      expect([path, mode]).toEqual([path, wanted ?? (isProgram ? "-rwxr-xr-x" : "-rw-r--r--")]);
    }
  });

  it("have no file in common, and none out of place", () => {
    const places =
      /^\/(usr\/lib\/rtpengine-ts\/|usr\/bin\/rtpengine(-ctl|-role)?$|usr\/share\/doc\/|etc\/rtpengine\/rtpengine\.conf$|lib\/systemd\/system\/rtpengine\.service$)/;
    const all = NAMES.flatMap((name) => contents(name).filter(({ path }) => !path.endsWith("/")));
    expect(all.filter(({ path }) => !places.test(path))).toEqual([]);
    expect(new Set(all.map(({ path }) => path)).size).toBe(all.length);
    expect(all.filter(({ path }) => /\.ts$|\.map$|\/tests?\/|\.gitignore/.test(path))).toEqual([]);
    // Hosts of upstream's engine have a rtpengine-ctl of Debian's.
    expect(contents("rtpengine-ts-tools").map(({ path }) => path)).not.toContain("/usr/bin/rtpengine-ctl");
  });

  it("tell nothing of the machine that built them", () => {
    const words = [ROOT, homedir(), folder, tmpdir()].filter((word) => word.length > 4);
    if (hostname().length > 4) words.push(hostname());
    for (const path of NAMES.flatMap((name) => filesBelow(join(folder, name)))) {
      // Node's own build is not ours.
      if (path.endsWith("/bin/node") || path.endsWith("koffi.node")) continue;
      const text = readFileSync(path, "latin1");
      expect([path, words.filter((word) => text.includes(word))]).toEqual([path, []]);
    }
  });

  it.each(NAMES)("%s has the sums of its files", (name) => {
    const sums = readFileSync(join(folder, name, "DEBIAN/md5sums"), "utf8")
      .trim()
      .split("\n");
    for (const line of sums) {
      const [sum, path] = line.split("  ");
      const actual = createHash("md5")
        .update(readFileSync(join(folder, name, path!)))
        .digest("hex");
      expect([path, actual]).toEqual([path, sum]);
    }
    const isCounted = (path: string): boolean => !/\/DEBIAN\/|\/etc\//.test(path);
    expect(sums).toHaveLength(filesBelow(join(folder, name)).filter(isCounted).length);
  });

  it("bring the license of everything they bring", () => {
    let seen = 0;
    // The engine shares the tools' packages.
    for (const name of NAMES) {
      const modules = join(folder, name, "usr/lib/rtpengine-ts/node_modules");
      const copyright = readFileSync(join(folder, name, `usr/share/doc/${name}/copyright`), "utf8");
      const entries = existsSync(modules) ? readdirSync(modules) : [];
      for (const one of entries.filter((entry) => !entry.startsWith("@"))) {
        expect(copyright).toContain(`/node_modules/${one}:\n`);
        seen++;
      }
    }
    expect(seen).toBeGreaterThan(4);
  });

  it.each(["postinst", "prerm", "postrm"])("have a %s that the shell can read", (script) => {
    const path = join(folder, "rtpengine-ts/DEBIAN", script);
    expect(statSync(path).mode & 0o777).toBe(0o755);
    expect(spawnSync("sh", ["-n", path]).status).toBe(0);
  });

  it("pass lintian, but for what is known", (context) => {
    if (spawnSync("lintian", ["--version"]).error !== undefined)
      return context.skip("lintian is not installed");
    const known = [
      // Of Node: it is shipped as its authors build it, with their licenses.
      "copyright-file-contains-full-apache-2-license",
      "embedded-library",
      "hardening-no-pie",
      "old-fsf-address-in-copyright-file",
      "unstripped-binary-or-object",
      // An eBPF object is for the kernel's own machine.
      "binary-from-other-architecture",
      // Debian 12's dpkg reads zstd, its lintian does not know that.
      "malformed-deb-archive",
      "initial-upload-closes-no-bugs",
      "no-manual-page",
      // Templates of the role: they become scripts on the hosts they are written to.
      "script-not-executable",
    ];
    const args = ["--allow-root", "--suppress-tags", known.join(","), ...NAMES.map(packagePath)];
    const { stdout } = spawnSync("lintian", args, { encoding: "utf8" });
    expect(stdout).toBe("");
  }, 60_000);
});

describe("the service", () => {
  const unit = (): string => join(folder, "rtpengine-ts/lib/systemd/system/rtpengine.service");

  it("exposes no more than 2.2 as systemd counts", () => {
    const args = ["security", "--offline=true", "--threshold=22", "--no-pager", unit()];
    const { status, stdout, stderr, error } = spawnSync("systemd-analyze", args, { encoding: "utf8" });
    expect(error, "systemd-analyze is missing").toBeUndefined();
    expect([status, stderr, stdout.split("\n").at(-2)]).toEqual([
      0,
      "",
      expect.stringMatching(/exposure level/),
    ]);
  });

  it("has every exposure that is left argued", () => {
    const args = ["security", "--offline=true", "--no-pager", unit()];
    const { stdout } = spawnSync("systemd-analyze", args, { encoding: "utf8" });
    const left = [...stdout.matchAll(/^✗ (\S+)/gm)].map(([, name]) => name!);
    const page = readFileSync(join(ROOT, "docs/hardening.md"), "utf8").replaceAll("\\|", "|");
    expect(left.length).toBeGreaterThan(5);
    expect(left.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});

describe.skipIf(!IS_ROOT)("installed on a copy of this host", () => {
  const sections = new Map<string, string>();
  const section = (name: string): string => sections.get(name) ?? "";

  beforeAll(async () => {
    copyFileSync(join(ROOT, "tests/support/processes/ng-ask.mjs"), join(folder, "first/ng-ask.mjs"));
    const service = readFileSync(join(ROOT, "deploy/debian/rtpengine.service"), "utf8");
    const names = /^AmbientCapabilities=(.*)$/m.exec(service)![1]!.split(" ");
    const capabilities = ["-all", ...names.map((name) => `+${name.slice(4).toLowerCase()}`)].join(",");
    const script = join(import.meta.dirname, "on-a-copy.sh");
    const args = ["--mount", "--net", "--pid", "--fork", "--kill-child", "sh", script];
    args.push(join(folder, "first"), capabilities);
    const { output } = await run("unshare", args, { withinMs: 90_000 });
    for (const part of output.split(/^# /m)) {
      const end = part.indexOf("\n");
      sections.set(part.slice(0, end), part.slice(end + 1));
    }
    expect(sections.has("end"), output).toBe(true);
  }, 100_000);

  it("they replace Debian's engine, make an account and enable the service", () => {
    expect(section("install")).toContain("Setting up rtpengine-ts (");
    expect(section("account")).toMatch(/^rtpengine:.*:\/nonexistent:\/usr\/sbin\/nologin$/m);
    expect(section("enabled")).toBe("/lib/systemd/system/rtpengine.service\n");
  });

  it("the programs run from there", () => {
    expect(section("programs")).toContain(`Version: ${version().replace("-1", "")}\n`);
    expect(section("programs")).toContain("/usr/lib/rtpengine-ts/bin/rtpengine-ctl\n");
  });

  it("the daemon serves as a user of its own, steered, with the service's capabilities and no other", () => {
    expect(section("daemon")).toContain('{"result":"pong"}');
    // 12 network administration, 13 raw sockets, 23 scheduling, 39 eBPF.
    expect(section("environment")).toMatch(/^CapEff:\t0000008000803000$/m);
    expect(section("environment")).not.toMatch(/^Uid:\t0/m);
    expect(section("daemon")).not.toContain("without real-time priority");
    expect(section("ctl")).toContain("Backend: steered\n");
  });

  it("the daemon has the memory settings of the checkout's launcher", () => {
    expect(section("environment")).toContain("MALLOC_MMAP_THRESHOLD_=131072\n");
    expect(section("environment")).toContain("--max-semi-space-size=8");
  });

  it("nothing is left when they are purged", () => {
    expect(section("stop")).toMatch(/exit 0\n$/);
    expect(section("left")).toBe("");
  });
});
