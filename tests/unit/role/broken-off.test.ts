import { describe, expect, it } from "vitest";
import { converge } from "../../../src/role/apply/converge.ts";
import type { ApplyEvent } from "../../../src/role/apply/events.ts";
import { changesIn, loadJournal, undo } from "../../../src/role/apply/journal.ts";
import type { Recipe, Resource } from "../../../src/role/resource.ts";
import { undoInstallation } from "../../../src/role/resources/packages.ts";
import { FakeHost } from "../../support/fake-host.ts";

const UNFINISHED = "/var/lib/rtpengine-role/unfinished.json";

const file = (path: string): Resource => ({
  kind: "template",
  name: `Write ${path}`,
  template: "text",
  path,
  owner: "root",
  group: "root",
  mode: "0644",
  notifies: ["restart rtpengine"],
});

const recipe = (...resources: Resource[]): Recipe => ({
  derived: { __rtpengine_unit: "rtpengine.service" },
  sections: [{ name: "all", title: "All", resources }],
  handlers: {
    "reload systemd": [],
    "apply sysctl": [],
    "reload kernel module": [],
    "restart rsyslog": [],
    "restart rtpengine": [{ kind: "restart", name: "restart rtpengine", unit: "rtpengine.service" }],
    "reconfigure rtpengine": [],
    "restart rtpengine recording": [],
  },
});

async function run(
  host: FakeHost,
  what: Recipe,
  options: { keepsFailure?: boolean; isCheck?: boolean } = {},
) {
  const events: ApplyEvent[] = [];
  const recap = await converge({
    recipe: what,
    variables: {},
    workplace: { host, templateText: () => "new" },
    isCheck: false,
    keepsFailure: false,
    ...options,
    onEvent: (event) => events.push(event),
    now: () => 1700000000,
  }).catch((error: Error) => error);
  return { recap, events };
}

const restarts = (host: FakeHost): number =>
  host.ran.filter((command) => command === "systemctl restart rtpengine.service").length;

describe("a run that was broken off", () => {
  it("after a change and before its handler is finished by the next one", async () => {
    const host = new FakeHost((command) => {
      if (command.includes("/second")) host.isReachable = false;
      return undefined;
    });
    await run(host, recipe(file("/first"), file("/second")));
    expect(restarts(host)).toBe(0);
    host.isReachable = true;
    const plan = await run(host, recipe(file("/first")), { isCheck: true });
    expect(plan.recap).toMatchObject({ changed: 0, handlers: ["restart rtpengine"] });
    expect(restarts(host)).toBe(0);
    const next = await run(host, recipe(file("/first")));
    expect(next.recap).toMatchObject({ changed: 0, failed: 0, handlers: ["restart rtpengine"] });
    expect(restarts(host)).toBe(1);
    expect(host.files.has(UNFINISHED)).toBe(false);
    await run(host, recipe(file("/first")));
    expect(restarts(host)).toBe(1);
  });

  it("can be taken back, and so can the one that finished it", async () => {
    const host = new FakeHost((command) => {
      if (command.startsWith("stat") && command.includes("/second")) host.isReachable = false;
      return undefined;
    });
    host.files.set("/first", "old");
    await run(host, recipe(file("/first"), file("/second")));
    host.isReachable = true;
    expect((await loadJournal(host)).steps).toMatchObject([{ kind: "path", path: "/first" }]);
    await run(host, recipe(file("/third")));
    const journal = await loadJournal(host);
    expect(journal.steps).toHaveLength(2);
    await undo(host, journal);
    expect(host.files.get("/first")).toBe("old");
    expect(host.files.has("/third")).toBe(false);
  });

  it("is kept for a rollback where its failure is kept", async () => {
    const host = new FakeHost((command) =>
      command.includes("cat >") && command.includes("/second") ? { code: 1, stderr: "disk full" } : undefined,
    );
    await run(host, recipe(file("/first"), file("/second")), { keepsFailure: true });
    expect((await loadJournal(host)).steps).toHaveLength(1);
  });
});

describe("a run that changed nothing that could be taken back", () => {
  it("leaves no handler to the next one", async () => {
    const host = new FakeHost();
    const command: Resource = {
      kind: "command",
      name: "Do it",
      argv: ["true"],
      notifies: ["restart rtpengine"],
    };
    expect((await run(host, recipe(command))).recap).toMatchObject({ changed: 1, failed: 0 });
    expect(restarts(host)).toBe(1);
    expect(host.files.has(UNFINISHED)).toBe(false);
    expect((await run(host, recipe())).recap).toMatchObject({ handlers: [] });
  });
});

describe("taking back", () => {
  it("goes on behind a step that cannot be taken back, says so, and starts what ran", async () => {
    const host = new FakeHost((command) => {
      if (command.startsWith("userdel")) return { code: 8, stderr: "user x is used by process 7" };
      if (command.startsWith("systemctl is-active")) return { code: 3 };
      return undefined;
    });
    host.files.set("/first", "new");
    const problems = await undo(host, {
      steps: [
        { kind: "path", path: "/first" },
        { kind: "account", user: "x" },
      ],
      activeUnits: [{ unit: "rtpengine.service", invocation: "1" }],
    });
    expect(problems).toEqual([expect.stringContaining("is used by process 7")]);
    expect(host.files.has("/first")).toBe(false);
    expect(restarts(host)).toBe(1);
  });

  it("does not cut the calls of a daemon that the run had not touched", async () => {
    const host = new FakeHost((command) => {
      if (command.startsWith("systemctl show")) return "1\n";
      if (command.includes("cat >") && command.includes("/second")) return { code: 1, stderr: "disk full" };
      return undefined;
    });
    const { events } = await run(host, recipe(file("/first"), file("/second")));
    expect(events.at(-1)).toEqual({ kind: "rolled-back", steps: 1, problems: [] });
    expect(restarts(host)).toBe(0);
    expect(host.files.has("/first")).toBe(false);
    expect(host.files.has(UNFINISHED)).toBe(false);
  });

  it("starts a daemon anew that has taken up the new configuration without a restart", async () => {
    const host = new FakeHost((command) => (command.startsWith("systemctl show") ? "1\n" : undefined));
    const journal = {
      steps: [{ kind: "path", path: "/first" }],
      activeUnits: [{ unit: "rtpengine.service", invocation: "1" }],
      handlers: ["reconfigure rtpengine"],
    } as const;
    await undo(host, { ...journal, hasActivated: false });
    expect(restarts(host)).toBe(0);
    await undo(host, { ...journal, hasActivated: true });
    expect(restarts(host)).toBe(1);
  });

  it("does not say that the host is as it was when it has been lost", async () => {
    const host = new FakeHost((command) => {
      if (command.startsWith("stat") && command.includes("/second")) host.isReachable = false;
      return undefined;
    });
    const { recap, events } = await run(host, recipe(file("/first"), file("/second")));
    expect(recap).toMatchObject({ name: "ConvergeError" });
    expect(events.at(-1)).toMatchObject({ kind: "rolled-back", problems: ["fake: connection lost"] });
  });
});

describe("the account of a first run that is taken back", () => {
  const steps = [
    { kind: "account", group: "rtpengine" },
    { kind: "account", user: "rtpengine" },
    { kind: "packages", installed: ["rtpengine-daemon", "libglib"] },
  ] as const;
  const hostWhere = (belongs: string) =>
    new FakeHost((command) => {
      if (command.startsWith("dpkg-query")) return "ii |rtpengine-daemon|1\nii |libglib|1";
      if (command.includes("--simulate")) return "";
      if (command.includes(".postrm")) return "rtpengine-daemon\n";
      if (command.includes("find /")) return belongs;
      return undefined;
    });
  const deleted = (host: FakeHost): string[] =>
    host.ran.filter((command) => /^(userdel|groupdel)|purge .*rtpengine/.test(command));

  it("goes, with the package that would delete it, when nothing belongs to it", async () => {
    const host = hostWhere("");
    expect(await undo(host, { steps, activeUnits: [] })).toEqual([]);
    expect(deleted(host)).toEqual([
      expect.stringMatching(/purge -y -q -- rtpengine-daemon$/),
      "userdel rtpengine",
      "groupdel rtpengine",
    ]);
  });

  it("stays while a recording belongs to it, and so does what the package would delete it with", async () => {
    const host = hostWhere("/srv/calls/one.wav\n");
    expect(await undo(host, { steps, activeUnits: [] })).toEqual([
      "rtpengine stays: /srv/calls/one.wav belongs to it",
      "rtpengine-daemon removed, but not purged, which would delete its account",
    ]);
    expect(deleted(host)).toEqual([]);
    expect(host.ran.some((command) => /purge .*libglib/.test(command))).toBe(true);
  });

  it("is not deleted by a package when it was there before", async () => {
    const host = hostWhere("");
    await undo(host, { steps: steps.slice(2), activeUnits: [] });
    expect(deleted(host)).toEqual([]);
  });
});

describe("a note", () => {
  const noting = (...more: Resource[]): Recipe =>
    recipe(
      {
        kind: "note",
        name: "Note",
        argv: ["note"],
        keeps: "/ledger",
        undo: ["set", "back"],
      },
      ...more,
    );

  it("is no change, and no reason to forget the last one", async () => {
    const host = new FakeHost();
    await run(host, recipe(file("/first")));
    expect((await run(host, noting())).recap).toMatchObject({ changed: 0 });
    expect((await loadJournal(host)).steps).toMatchObject([{ path: "/first" }]);
  });

  it("is taken back last, with the changes that it is about", async () => {
    const host = new FakeHost((command) => {
      if (command === "note") host.files.set("/ledger", "noted");
      return undefined;
    });
    const { recap } = await run(host, noting(file("/first")));
    expect(recap).toMatchObject({ changed: 1 });
    const journal = await loadJournal(host);
    expect(journal.steps).toHaveLength(3);
    expect(changesIn(journal.steps)).toBe(1);
    await undo(host, journal);
    expect(host.ran).toContain("set back");
    expect(host.files.has("/first") || host.files.has("/ledger")).toBe(false);
  });

  it("is taken back where the run fails before it changes anything", async () => {
    const host = new FakeHost((command) => {
      if (command === "note") host.files.set("/ledger", "noted");
      return undefined;
    });
    const impossible: Resource = {
      kind: "check",
      name: "No",
      that: "false",
      message: "no",
      isWarning: false,
    };
    const { events } = await run(host, noting(impossible));
    expect(events.at(-1)).toEqual({ kind: "rolled-back", steps: 0, problems: [] });
    expect(host.files.has("/ledger")).toBe(false);
  });

  it("is not made by a check", async () => {
    const host = new FakeHost();
    await run(host, noting(file("/first")), { isCheck: true });
    expect(host.ran).not.toContain("note");
  });
});

describe("an installation that is taken back", () => {
  const packagesHost = (needs: Readonly<Record<string, readonly string[]>>) => {
    const list = ["git", "gcc", "etckeeper"].map((name) => `ii |${name}|1.0`).join("\n");
    return new FakeHost((command) => {
      if (command.startsWith("dpkg-query")) return list;
      if (command.includes("--simulate")) {
        const names = command.split(" -- ")[1]!.split(" ");
        const others = Object.keys(needs).filter((name) => needs[name]!.some((need) => names.includes(need)));
        return [...names, ...others].map((name) => `Remv ${name} [1.0]\n`).join("");
      }
      if (command.startsWith("apt-cache depends")) {
        const names = command.split(" -- ")[1]!.split(" ");
        return [...names, ...names.flatMap((name) => needs[name] ?? [])]
          .map((name) => `${name}\n  Depends: libc6\n`)
          .join("");
      }
      return undefined;
    });
  };
  const changed = (host: FakeHost) =>
    host.ran.filter(
      (command) => /^apt-get .* (remove|purge|install) /.test(command) && !command.includes("--simulate"),
    );

  it("leaves what packages of others have come to need, and those", async () => {
    const host = packagesHost({ etckeeper: ["git"] });
    const problems = await undoInstallation(host, { kind: "packages", installed: ["git", "gcc"] });
    expect(changed(host).every((command) => / gcc$/.test(command))).toBe(true);
    expect(problems).toEqual(["other packages need git by now: left installed"]);
  });

  it("purges what it had brought, but no configuration that was there before", async () => {
    const host = packagesHost({});
    await undoInstallation(host, { kind: "packages", installed: ["git", "gcc"], knownBefore: ["git"] });
    expect(changed(host).filter((command) => command.includes("purge"))).toEqual([
      expect.stringMatching(/purge -y -q -- gcc$/),
    ]);
  });

  it("brings back what had to make room, and says what cannot be had back", async () => {
    const host = packagesHost({});
    const problems = await undoInstallation(host, {
      kind: "packages",
      installed: ["gcc"],
      removed: ["rtpengine-daemon=10.5"],
      replaced: ["git=0.9"],
    });
    expect(changed(host).at(-1)).toMatch(/install .*-- rtpengine-daemon=10\.5$/);
    expect(problems).toEqual(["git keeps its new version: it was 0.9"]);
  });
});
