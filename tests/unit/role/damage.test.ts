import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { undo } from "../../../src/role/apply/journal.ts";
import { isTrue, render } from "../../../src/role/expression.ts";
import { RECIPE } from "../../../src/role/recipe/recipe.ts";
import { resolve, withDerived } from "../../../src/role/resolve.ts";
import type { Resource } from "../../../src/role/resource.ts";
import { absent } from "../../../src/role/resources/absent.ts";
import { debFile, findDeb } from "../../../src/role/resources/deb-file.ts";
import { directory } from "../../../src/role/resources/directory.ts";
import { readTemplates } from "../../../src/role/templates.ts";
import { readVariables } from "../../../src/role/variables/read.ts";
import { FakeHost } from "../../support/fake-host.ts";
import { DEBIAN } from "../../support/role-facts.ts";
import { HERE, ME, temporaryFolder } from "../../support/role-workplace.ts";

const contextOf = (given: Record<string, unknown>) =>
  withDerived(readVariables(given, DEBIAN).values, RECIPE.derived);

const declared = (name: string): Resource => {
  const found = RECIPE.sections.flatMap(({ resources }) => resources).find((entry) => entry.name === name);
  expect(found, name).toBeDefined();
  return found!;
};

const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

describe("the build of a source", () => {
  const scriptFor = (folder: string): string => {
    const script = join(folder, "build.sh");
    const context = contextOf({
      rtpengine_build_dir: join(folder, "work"),
      rtpengine_git_repo: join(folder, "repository"),
      rtpengine_version: "main",
    });
    writeFileSync(script, render(readTemplates().get("rtpengine-build.sh.j2")!, context));
    return script;
  };
  const repository = (folder: string): string => {
    const path = join(folder, "repository");
    mkdirSync(join(path, "daemon"), { recursive: true });
    writeFileSync(join(path, "daemon/Makefile"), "rtpengine:\n\techo built > rtpengine\n");
    const git = (...words: string[]): string =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", "-C", path, ...words], {
        encoding: "utf8",
      }).trim();
    git("init", "--quiet", "--initial-branch=main");
    git("add", ".");
    git("commit", "--quiet", "-m", "first");
    return git("rev-parse", "HEAD");
  };

  it("deletes nothing in a folder that others use", () => {
    const folder = temporaryFolder(onTestFinished);
    const commit = repository(folder);
    mkdirSync(join(folder, "work"));
    writeFileSync(join(folder, "work/thesis"), "years");
    const { status, stderr } = spawnSync("sh", [scriptFor(folder), commit, join(folder, "release")], {
      encoding: "utf8",
    });
    expect(status).not.toBe(0);
    expect(stderr).toContain("its files would be deleted");
    expect(readFileSync(join(folder, "work/thesis"), "utf8")).toBe("years");
  });

  it("happens in a new folder, and in that again", () => {
    const folder = temporaryFolder(onTestFinished);
    const commit = repository(folder);
    for (const release of ["one", "two"]) {
      const built = spawnSync("sh", [scriptFor(folder), commit, join(folder, release)], { encoding: "utf8" });
      expect(built.status, built.stderr).toBe(0);
      expect(readFileSync(join(folder, release, "bin/rtpengine"), "utf8")).toBe("built\n");
    }
  });

  it("takes no word of the variables for an option of git", () => {
    const found = declared("Look up the commit");
    const argv = found.kind === "probe" ? found.argv : [];
    const folder = temporaryFolder(onTestFinished);
    spawnSync(argv[0]!, [...argv.slice(1, -2), `--upload-pack=touch>${folder}/owned;`, "main"]);
    expect(existsSync(join(folder, "owned"))).toBe(false);
    expect(argv.join(" ")).toContain("git ls-remote --");
  });
});

describe("a folder", () => {
  const wanted = (path: string) =>
    ({ kind: "directory", name: "Make it", path, ...ME, mode: "0770" }) as const;

  it("is made with its owner and mode, and taken back", async () => {
    const path = join(temporaryFolder(onTestFinished), "a/b");
    const change = await directory.plan(wanted(path), HERE);
    const steps = await change!.apply();
    expect(modeOf(path)).toBe("770");
    expect(await directory.plan(wanted(path), HERE)).toBeUndefined();
    const changed = await directory.plan({ ...wanted(path), mode: "0750" }, HERE);
    const [step] = await changed!.apply();
    expect(modeOf(path)).toBe("750");
    await undo(HERE.host, { steps: [step!], activeUnits: [] });
    expect(modeOf(path)).toBe("770");
    expect(steps).toHaveLength(1);
  });

  it("that has become a link meanwhile gives nothing away of what the link leads to", async () => {
    const folder = temporaryFolder(onTestFinished);
    mkdirSync(join(folder, "etc"), { mode: 0o755 });
    const change = await directory.plan(wanted(join(folder, "recordings")), HERE);
    symlinkSync(join(folder, "etc"), join(folder, "recordings"));
    await expect(change!.apply()).rejects.toThrow("recordings");
    expect(modeOf(join(folder, "etc"))).toBe("755");
  });

  it("that has become a link gives nothing away in a rollback either", async () => {
    const folder = temporaryFolder(onTestFinished);
    mkdirSync(join(folder, "etc"), { mode: 0o755 });
    const path = join(folder, "recordings");
    mkdirSync(path);
    const change = await directory.plan(wanted(path), HERE);
    const steps = await change!.apply();
    execFileSync("rmdir", [path]);
    symlinkSync(join(folder, "etc"), path);
    await undo(HERE.host, { steps, activeUnits: [] }).catch(() => undefined);
    expect(modeOf(join(folder, "etc"))).toBe("755");
  });

  it("is not followed by Ansible where it is a link", () => {
    const task = directory.task(wanted("/var/spool/x"));
    expect(task).toMatchObject({ "ansible.builtin.file": { follow: false } });
  });

  it.each(["rtpengine_config_dir", "rtpengine_recording_dir"])(
    "that belongs to other packages is not taken over as %s",
    (name) => {
      const check = declared(`The folder ${name} is the role's alone`);
      const that = check.kind === "check" ? check.that : "";
      const probe = declared(`Look whose ${name} is`);
      const argv = resolve(probe as Extract<Resource, { kind: "probe" }>, {
        ...contextOf({}),
        [name]: "/tmp",
      }).argv;
      const register = probe.kind === "probe" ? probe.register : "";
      expect(argv.at(-1)).toBe("/tmp");
      expect(isTrue(that, { [register]: { rc: 0, stdout: "base-files" } })).toBe(false);
      expect(isTrue(that, { [register]: { rc: 0, stdout: "" } })).toBe(true);
    },
  );
});

describe("an account that is there already", () => {
  it("keeps group, home and shell with both back ends", () => {
    const made = declared("Make the service user");
    expect(made.when).toEqual(["__rtpengine_account.rc != 0"]);
  });
});

describe("a file", () => {
  it("that is too large to be kept whole is not replaced", async () => {
    const path = join(temporaryFolder(onTestFinished), "large");
    writeFileSync(path, "");
    truncateSync(path, 9 << 20);
    const change = await absent.plan({ kind: "absent", name: "Remove it", path }, HERE);
    await expect(change!.apply()).rejects.toThrow("too large to be kept for a rollback");
    expect(existsSync(path)).toBe(true);
  });
});

describe("this project's packages", () => {
  it.each(["ii ", "hi "])("are left alone when they are there, held or not: %j", async (status) => {
    const folder = temporaryFolder(onTestFinished);
    writeFileSync(join(folder, "rtpengine-ts_1.0-1_amd64.deb"), "");
    const host = new FakeHost((command) =>
      command.startsWith("dpkg-query")
        ? `${status}|1.0-1`
        : command.startsWith("dpkg --print")
          ? "amd64"
          : undefined,
    );
    const wanted = { kind: "deb-file", name: "Install it", packageName: "rtpengine-ts", folder } as const;
    expect(await debFile.plan(wanted, { ...HERE, host })).toBeUndefined();
  });

  it("are taken in their newest version, and a release before what led to it", () => {
    const folder = temporaryFolder(onTestFinished);
    const newest = (...versions: string[]): string => {
      for (const version of versions) writeFileSync(join(folder, `rtpengine-ts_${version}_amd64.deb`), "");
      return findDeb(folder, "rtpengine-ts", "amd64").version;
    };
    expect(newest("0.9.0-1", "0.10.0~rc.1-1")).toBe("0.10.0~rc.1-1");
    expect(newest("0.10.0-1")).toBe("0.10.0-1");
    expect(newest("0.10.0-10", "0.10.0-9")).toBe("0.10.0-10");
  });
});

describe("a module that cannot be loaded", () => {
  it("does not leave the daemon down", () => {
    const folder = temporaryFolder(onTestFinished);
    const [handler] = RECIPE.handlers["reload kernel module"];
    const script = handler?.kind === "command" ? handler.argv[2]! : "";
    const log = join(folder, "log");
    const stub = [
      `systemctl() { echo "systemctl $*" >>${log}; test "$1" != is-active || echo active; }`,
      `modprobe() { echo "modprobe $*" >>${log}; test "$1" = -r; }`,
    ].join("\n");
    writeFileSync(join(folder, "modules"), "xt_RTPENGINE 1 0\n");
    const text = `${stub}\n${script.replace("/proc/modules", join(folder, "modules"))}`;
    const { status } = spawnSync("sh", ["-c", text, "sh", "xt_RTPENGINE", "rtpengine.service"]);
    expect(status).not.toBe(0);
    expect(readFileSync(log, "utf8").trim().split("\n").at(-1)).toBe("systemctl start rtpengine.service");
  });
});
