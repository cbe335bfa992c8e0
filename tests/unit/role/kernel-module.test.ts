import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { isTrue, render } from "../../../src/role/expression.ts";
import { KERNEL } from "../../../src/role/recipe/kernel.ts";
import { temporaryFolder } from "../../support/role-workplace.ts";

const named = (name: string) => KERNEL.resources.find((entry) => entry.name === name)!;
const scriptOf = (name: string): string => {
  const found = named(name);
  return found.kind === "probe" || found.kind === "command" ? found.argv[2]! : "";
};

/** A host whose module has been built, and whose kernel is asked with these words. */
class Machine {
  readonly folder = temporaryFolder(onTestFinished);
  readonly note = join(this.folder, "note");
  readonly module = join(this.folder, "modules/6.1/updates/dkms/xt_RTPENGINE.ko");
  /** What modprobe says; empty: it loads. */
  refusal = "";
  lockdown = "[none] integrity confidentiality";
  signer = "";
  loaded = "";

  constructor() {
    mkdirSync(join(this.module, ".."), { recursive: true });
    writeFileSync(this.module, "");
    utimesSync(this.module, 1000, 1000);
  }

  run(name: string): { status: number | null; stdout: string } {
    writeFileSync(join(this.folder, "lockdown"), this.lockdown);
    writeFileSync(join(this.folder, "proc-modules"), this.loaded);
    writeFileSync(join(this.folder, "refusal"), this.refusal);
    const stub = [
      `modprobe() { test -s ${this.folder}/refusal || return 0; cat ${this.folder}/refusal >&2; return 1; }`,
      `modinfo() { echo "${this.signer}"; }`,
      "",
    ].join("\n");
    const script = scriptOf(name)
      .replaceAll("/proc/modules", join(this.folder, "proc-modules"))
      .replaceAll("/sys/kernel/security/lockdown", join(this.folder, "lockdown"))
      .replaceAll("/sys/firmware/efi/efivars", join(this.folder, "no-efi"))
      .replaceAll('"/lib/modules/$3"', `"${this.folder}/modules/$3"`);
    const words = ["sh", "xt_RTPENGINE", this.note, "6.1"];
    const { status, stdout, stderr } = spawnSync("sh", ["-c", stub + script, ...words], { encoding: "utf8" });
    expect(stderr).toBe("");
    return { status, stdout: stdout.trim() };
  }

  look = () => this.run("See what the kernel says to the module");
  load = () => this.run("Try to load the module");
}

describe("a kernel module that is there", () => {
  it("is to be tried where nobody has, and is no trouble once it is loaded", () => {
    const machine = new Machine();
    expect(machine.look()).toEqual({ status: 3, stdout: "" });
    expect(machine.load()).toEqual({ status: 0, stdout: "" });
    machine.loaded = "xt_RTPENGINE 61440 2 - Live 0x0\n";
    expect(machine.look()).toEqual({ status: 0, stdout: "" });
  });

  it.each([
    ["modprobe: ERROR: could not insert 'xt_RTPENGINE': Key was rejected by service\n", "mokutil --import"],
    ["modprobe: ERROR: could not insert 'xt_RTPENGINE': Required key not available\n", "mokutil --import"],
    ["modprobe: ERROR: could not insert 'xt_RTPENGINE': Operation not permitted\n", "mokutil --import"],
    ["modprobe: ERROR: could not insert 'xt_RTPENGINE': Exec format error\n", "dkms autoinstall --force"],
    ["modprobe: ERROR: could not insert 'xt_RTPENGINE': Cannot allocate memory\n", "dmesg | tail"],
  ])("is refused, with the reason and what mends it, and not tried again: %s", (refusal, fix) => {
    const machine = new Machine();
    machine.refusal = refusal;
    expect(machine.load().status).toBe(0);
    const { status, stdout } = machine.look();
    expect(status).toBe(0);
    expect(stdout).toContain(refusal.trim().replace("modprobe: ERROR: ", ""));
    expect(stdout).toContain(fix);
    expect(readFileSync(machine.note, "utf8")).toBe(refusal);
  });

  it("is tried again when it has been built anew", () => {
    const machine = new Machine();
    machine.refusal = "modprobe: ERROR: could not insert 'xt_RTPENGINE': Exec format error\n";
    machine.load();
    utimesSync(machine.module, new Date(), new Date(Date.now() + 5000));
    expect(machine.look()).toEqual({ status: 3, stdout: "" });
  });

  it("is expected to be refused where the kernel is locked down and it has no signature, and tried all the same", () => {
    const machine = new Machine();
    machine.lockdown = "none [integrity] confidentiality";
    expect(machine.look()).toEqual({
      status: 3,
      stdout: expect.stringContaining(
        "the kernel takes signed modules alone (Secure Boot), and it is not signed",
      ),
    });
    machine.signer = "DKMS module signing key";
    expect(machine.look()).toEqual({ status: 3, stdout: "" });
  });

  it("and refused is a warning that says where media go meanwhile", () => {
    const check = named("The kernel takes the module");
    const context = {
      __rtpengine_module: "xt_RTPENGINE",
      __rtpengine_loadable: { rc: 0, stdout: "Key was rejected by service (mokutil --import x)" },
    };
    expect(check.kind === "check" && check.isWarning && !isTrue(check.that, context)).toBe(true);
    expect(check.kind === "check" && render(check.message, context)).toBe(
      "xt_RTPENGINE is there and cannot be loaded: Key was rejected by service (mokutil --import x). Until then the daemon carries media in user space",
    );
  });
});
