import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Architecture } from "../../role/support/base-root.ts";
import { ENVIRONMENT } from "../../role/support/command.ts";

/** What an emulated machine is made of. */
export interface Hardware {
  readonly architecture: Architecture;
  readonly kernel: string;
  readonly initrd: string;
  /** A qcow2 file that the machine writes to. */
  readonly disk: string;
  /** A tap in the network namespace that the emulator runs in. */
  readonly tap: string;
  /** Where the machine's serial console goes. */
  readonly console: string;
  /** A state to go on from (`Emulator.save`) instead of booting. */
  readonly state?: string;
}

/** Simple processors and few devices: what is not there takes no time to be found. */
const MACHINES: Readonly<Record<Architecture, readonly string[]>> = {
  amd64: ["qemu-system-x86_64", "-machine", "q35", "-cpu", "Nehalem"],
  arm64: ["qemu-system-aarch64", "-machine", "virt", "-cpu", "cortex-a57"],
};
const CONSOLES: Readonly<Record<Architecture, string>> = { amd64: "ttyS0", arm64: "ttyAMA0" };

/** Command line of an emulator. It emulates every instruction, so that it runs wherever the tests run. */
export function commandLine(hardware: Hardware): string[] {
  const { architecture, kernel, initrd, disk, tap, console, state } = hardware;
  const parameters = ["root=/dev/vda", "rw", `console=${CONSOLES[architecture]}`, "net.ifnames=0"];
  parameters.push("mitigations=off", "systemd.show_status=0", "quiet");
  return [
    ...MACHINES[architecture],
    ...["-accel", "tcg,thread=multi", "-smp", "2", "-m", "1536"],
    ...["-nodefaults", "-display", "none", "-no-reboot"],
    ...["-kernel", kernel, "-initrd", initrd, "-append", parameters.join(" ")],
    ...["-drive", `file=${disk},if=none,id=disk,format=qcow2,cache=unsafe`],
    ...["-device", "virtio-blk-pci,drive=disk"],
    ...["-netdev", `tap,id=net,ifname=${tap},script=no,downscript=no`],
    ...["-device", "virtio-net-pci,netdev=net,romfile="],
    ...["-device", "virtio-rng-pci"],
    ...["-serial", `file:${console}`],
    ...["-qmp", "stdio"],
    ...(state === undefined ? [] : ["-incoming", `exec:cat ${state}`]),
  ];
}

/** A running emulator, steered by QMP on its standard input and output. It dies with this process. */
export class Emulator {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<unknown>;
  readonly #replies: ((reply: { return?: unknown; error?: { desc: string } }) => void)[] = [];
  #errors = "";

  /** @param inNamespace puts a command line into the network namespace that has the tap */
  constructor(hardware: Hardware, inNamespace: (argv: readonly string[]) => string[]) {
    const argv = ["setpriv", "--pdeathsig", "KILL", ...inNamespace(commandLine(hardware))];
    this.#process = spawn(argv[0]!, argv.slice(1), { stdio: "pipe", env: ENVIRONMENT });
    this.#ended = once(this.#process, "close");
    this.#process.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#errors += text;
    });
    this.#process.stdin.on("error", () => {});
    createInterface(this.#process.stdout).on("line", (line) => {
      const message = JSON.parse(line);
      // The rest are its greeting, and events.
      if ("return" in message || "error" in message) this.#replies.shift()?.(message);
    });
    void this.#execute("qmp_capabilities").catch(() => undefined);
  }

  get isOver(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** What it has complained of. */
  get errors(): string {
    return this.#errors;
  }

  /** Writes memory and devices to a file; the machine goes no further. Its disk is as it was at that moment. */
  async save(file: string): Promise<void> {
    await this.#execute("migrate-set-parameters", { "max-bandwidth": 1 << 30 });
    await this.#execute("migrate", { uri: `exec:cat > ${file}` });
    for (;;) {
      const { status, ...rest } = (await this.#execute("query-migrate")) as { status: string };
      if (status === "completed") break;
      if (status === "failed") throw new Error(`The state cannot be saved: ${JSON.stringify(rest)}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await this.#execute("quit");
    await this.#ended;
  }

  /** As if the plug were pulled. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#ended;
  }

  #execute(command: string, values: object = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      void this.#ended.then(() => reject(new Error(`The emulator has ended: ${this.#errors}`)));
      this.#replies.push(({ return: value, error }) => {
        if (error === undefined) resolve(value);
        else reject(new Error(`${command}: ${error.desc}`));
      });
      this.#process.stdin.write(`${JSON.stringify({ execute: command, arguments: values })}\n`);
    });
  }
}
