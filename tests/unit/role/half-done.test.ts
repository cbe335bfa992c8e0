import { describe, expect, it } from "vitest";
import { LocalHost } from "../../../src/role/host/local.ts";
import type { HalfDoneError } from "../../../src/role/resources/kind.ts";
import {
  apt,
  changingPackages,
  knownPackages,
  removeInstallation,
  undoInstallation,
} from "../../../src/role/resources/packages.ts";
import { FakeHost } from "../../support/fake-host.ts";

describe("an installation that fails half way", () => {
  /** dpkg's list before and after; what is neither installed nor gone is `iU`, `iF`. */
  const host = (after: string): FakeHost => {
    let isOver = false;
    return new FakeHost((command) => {
      if (command.startsWith("dpkg-query")) return isOver ? after : "ii |tzdata|1\nrc |old|1\n";
      if (!/ install /.test(command)) return undefined;
      isOver = true;
      return { code: 100, stderr: "E: Sub-process /usr/bin/dpkg returned an error code (1)" };
    });
  };

  it("leaves what takes back all that it had unpacked and installed", async () => {
    const failing = host("ii |tzdata|1\nrc |old|1\nii |new|2\niU |unpacked|2\niF |unconfigured|2\n");
    const before = await knownPackages(failing);
    const error = await changingPackages(failing, before, ["install", "--", "new"]).catch((cause) => cause);
    const [step] = (error as HalfDoneError).steps;
    expect(step).toMatchObject({ kind: "packages", installed: ["new", "unpacked", "unconfigured"] });
    await undoInstallation(failing, step as Parameters<typeof undoInstallation>[1]);
    expect(failing.ran.some((command) => / remove .* new unpacked unconfigured$/.test(command))).toBe(true);
  });

  it("is finished as far as it goes where dpkg was ended, which else lets nobody do anything", async () => {
    let isFinished = false;
    const host = new FakeHost((command) => {
      if (command.startsWith("dpkg-query")) return "iU |new|2\n";
      if (command.startsWith("dpkg ")) isFinished = true;
      else if (/ remove -y/.test(command) && !isFinished)
        return { code: 100, stderr: "E: dpkg was interrupted, you must manually run 'dpkg --configure -a'" };
      return undefined;
    });
    expect(await undoInstallation(host, { kind: "packages", installed: ["new"] })).toEqual([]);
    expect(host.ran.filter((command) => / remove -y/.test(command))).toHaveLength(2);
  });
});

describe("a package that dpkg was killed over", () => {
  it("is purged by force, with what else the installation has brought", async () => {
    let isPurged = false;
    const host = new FakeHost((command) => {
      if (command.includes("--purge")) isPurged = true;
      return command.startsWith("dpkg-query")
        ? `ii |other|1\n${isPurged ? "" : "iHR|broken|2\n"}iU |new|2\n`
        : undefined;
    });
    expect(await undoInstallation(host, { kind: "packages", installed: ["new", "broken"] })).toEqual([]);
    expect(host.ran.filter((command) => /--purge|purge -y|remove /.test(command))).toEqual([
      "dpkg --force-remove-reinstreq,depends --purge -- broken",
      expect.stringMatching(/--simulate -q remove -- new$/),
      expect.stringMatching(/remove -y -q -- new$/),
      expect.stringMatching(/purge -y -q -- new$/),
    ]);
  });

  it("is not purged where that would delete an account, before it is known that nothing belongs to it", async () => {
    let isGone = false;
    const host = new FakeHost((command) => {
      if (command.includes("postrm")) return "daemon\n";
      if (/^dpkg .*--remove/.test(command)) isGone = true;
      return command.startsWith("dpkg-query") ? (isGone ? "rc |daemon|2\n" : "iHR|daemon|2\n") : undefined;
    });
    const { leaves } = await removeInstallation(host, { kind: "packages", installed: ["daemon"] });
    expect(leaves).toEqual(["daemon"]);
    expect(host.ran.filter((command) => /--purge|purge -y|--remove/.test(command))).toEqual([
      "dpkg --force-remove-reinstreq,depends --remove -- daemon",
    ]);
  });

  it("is not taken for one that waits for triggers, which is as good as installed", async () => {
    const host = new FakeHost((command) =>
      command.startsWith("dpkg-query") ? "it |libc-bin|1\niW |man-db|1\n" : undefined,
    );
    const { installed, unfinished } = await knownPackages(host);
    expect([...installed.keys()]).toEqual(["libc-bin", "man-db"]);
    expect(unfinished.size).toBe(0);
  });
});

describe("what apt complains about", () => {
  const complaint = (stdout: string, stderr: string): Promise<string> =>
    apt(new FakeHost(() => ({ code: 100, stdout, stderr })), ["install", "--", "x"]).then(
      () => "",
      ({ message }: Error) => message,
    );

  it("is passed on with dpkg's reason, which stands a line further down", async () => {
    const text = [
      "dpkg: error processing archive /var/cache/apt/archives/x_1_all.deb (--unpack):",
      " cannot copy extracted data for './usr/x' to '/usr/x.dpkg-new': failed to write (No space left on device)",
      "E: Sub-process /usr/bin/dpkg returned an error code (1)",
    ].join("\n");
    expect(await complaint("", text)).toContain("No space left on device");
  });

  it("comes with the command that releases packages that are held", async () => {
    const list =
      "The following held packages will be changed:\n  x y\nThe following packages will be upgraded:\n";
    const said = await complaint(list, "E: Held packages were changed and -y was used without it.");
    expect(said).toContain("→ apt-mark unhold x y");
  });

  it("names what cannot be had, where apt calls it held broken packages", async () => {
    const list =
      "The following packages have unmet dependencies:\n x : Depends: y (>= 2) but it is not installable\n";
    const said = await complaint(list, "E: Unable to correct problems, you have held broken packages.");
    expect(said).toContain("x : Depends: y (>= 2) but it is not installable");
    expect(said).not.toContain("unhold");
  });

  it("begins with errors: of a repository that is down there are many warnings", async () => {
    const warnings = Array.from({ length: 9 }, (_, at) => `W: ${at}`).join("\n");
    expect(await complaint("", `${warnings}\nE: the reason`)).toMatch(
      /^apt-get install: E: the reason\nW: 0/,
    );
  });
});

describe("a command that takes longer than it has", () => {
  const host = new LocalHost(true);

  it("is ended with all it has started, and that is said", async () => {
    const mark = `${Date.now() % 100_000}.${process.pid}`;
    const late = host.run(["sh", "-c", `sleep ${mark} & sleep ${mark}`], { timeoutMs: 300 });
    await expect(late).rejects.toThrow("no end after 0.3 s: it was ended");
    expect((await host.run(["pgrep", "-f", `^sleep ${mark}`])).stdout).toBe("");
  });

  it("is not taken for one that says 124 by itself", async () => {
    expect(await host.run(["sh", "-c", "exit 124"], { timeoutMs: 60_000 })).toMatchObject({ code: 124 });
  });
});
