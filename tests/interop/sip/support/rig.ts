import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Child } from "../../../support/processes/child.ts";
import { eventually, run } from "../../../support/processes/child.ts";
import { type RunningDaemon, startDaemon } from "../../../support/processes/daemon.ts";
import { Namespace } from "../../../support/processes/namespace.ts";
import type { NgJson } from "../../../support/processes/ng.ts";
import { glidingTone } from "./audio.ts";
import { Capture, NG_PORT, type Traffic } from "./capture.ts";
import { kamailioConfig, type ViaBranch } from "./kamailio-config.ts";
import { inUri, type Party, type Scenario } from "./scenario.ts";

const UDP_PROBE = fileURLToPath(new URL("../../../support/processes/udp-probe.mjs", import.meta.url));
const NG_ASK = fileURLToPath(new URL("../../../support/processes/ng-ask.mjs", import.meta.url));

/** Addresses by IP version: the caller's network (`inside`) and the callees' (`outside`). */
export const HOSTS = {
  4: {
    engineInside: "10.77.0.1",
    engineOutside: "10.77.1.1",
    proxy: "10.77.0.5",
    caller: "10.77.0.2",
    callee: "10.77.1.3",
    second: "10.77.1.4",
  },
  6: {
    engineInside: "fd77::1",
    engineOutside: "fd77:1::1",
    proxy: "fd77::5",
    caller: "fd77::2",
    callee: "fd77:1::3",
    second: "fd77:1::4",
  },
} as const;

export interface RigOptions {
  readonly backend: "sockets" | "steered";
  readonly callerFamily: 4 | 6;
  readonly calleeFamily: 4 | 6;
  /** How Kamailio names the branches of a call. */
  readonly viaBranch?: ViaBranch;
}

/** Kamailio, the engine and room for phones in a namespace of their own. */
export class Rig {
  readonly #folder: string = mkdtempSync(join(tmpdir(), "rts-sip-"));
  readonly #namespace: Namespace;
  readonly #options: RigOptions;
  readonly caller: Party;
  readonly callee: Party;
  readonly second: Party;
  #daemon!: RunningDaemon;
  #kamailio!: Child;

  private constructor(options: RigOptions) {
    this.#options = options;
    this.#namespace = new Namespace([...Object.values(HOSTS[4]), ...Object.values(HOSTS[6])]);
    this.caller = this.#party("caller", HOSTS[options.callerFamily].caller, 300, 900);
    this.callee = this.#party("callee", HOSTS[options.calleeFamily].callee, 1200, 1800);
    this.second = this.#party("second", HOSTS[options.calleeFamily].second, 2100, 2700);
  }

  static async start(options: RigOptions): Promise<Rig> {
    const rig = new Rig(options);
    try {
      await rig.#startEngine();
      await rig.#startKamailio();
      return rig;
    } catch (error) {
      await rig.close();
      throw error;
    }
  }

  /** What callers dial: one phone, or `both`. */
  uri(user: "callee" | "second" | "both"): string {
    return `sip:${user}@${inUri((user === "second" ? this.second : this.callee).address)}:5060`;
  }

  /**
   * Lets phones play their scenarios, callees first, and captures what passes.
   *
   * @throws with the phone's own words when one does not come to its end
   */
  async play(
    phones: readonly (readonly [Party, Scenario])[],
    during?: () => Promise<void>,
  ): Promise<Traffic> {
    const capture = await Capture.start(this.#namespace, join(this.#folder, "capture.pcap"));
    const mark = (text: string): Promise<NgJson> => this.ask("query", { "call-id": text });
    const children: Child[] = [];
    try {
      for (const [party, scenario] of phones) {
        children.push(this.#startPhone(party, scenario));
        // The last one calls: nobody waits for it.
        if (children.length < phones.length) await this.#isListening(party.address, children.at(-1)!);
      }
      const ends = children.map(async (child) => {
        const status = await child.end(20_000);
        if (status !== 0) throw new Error(`A phone ended with ${status}:\n${child.output}\n${this.#words()}`);
      });
      // Whatever fails first speaks: the rest waits for it in vain.
      await Promise.all([during?.(), ...ends]);
    } catch (error) {
      for (const child of children) child.signal("SIGKILL");
      await capture.finish(mark);
      throw error;
    }
    return capture.finish(mark);
  }

  /** Asks the engine over NG. */
  async ask(command: string, keys: NgJson = {}): Promise<NgJson> {
    const request = JSON.stringify({ command, ...keys });
    const args = [NG_ASK, HOSTS[4].engineInside, String(NG_PORT), request];
    const { status, output } = await run(process.execPath, args, { namespace: this.#namespace.name });
    if (status !== 0) throw new Error(`${command}: ${output}`);
    return JSON.parse(output);
  }

  async callIds(): Promise<string[]> {
    return (await this.ask("list", { limit: 1000 })).calls;
  }

  /** Media ports that the engine says it holds, as `address:port`. */
  async heldMediaPorts(): Promise<string[]> {
    const { response } = await this.ask("cli", { body: "list ports" });
    return [...String(response).matchAll(/^\w+\/(\S+) call /gm)].map(([, endpoint]) => endpoint!);
  }

  /** The media ports that the engine holds as soon as they are so many. */
  async heldMediaPortsOnce(count: number): Promise<string[]> {
    let ports: string[] = [];
    await eventually(
      async () => {
        ports = await this.heldMediaPorts();
        return ports.length === count;
      },
      5000,
      () => `the ports are ${ports}`,
    );
    return ports;
  }

  /** Those of some ports that refuse a datagram: nobody has them, neither a socket nor an eBPF program. */
  async refusingPorts(ports: readonly string[]): Promise<string[]> {
    const { output } = await run(process.execPath, [UDP_PROBE, ...ports], {
      namespace: this.#namespace.name,
    });
    return output.split("\n").filter(Boolean);
  }

  /** Media ports that sockets are bound to, as `address:port`; tells of the `sockets` backend only. */
  async boundMediaPorts(): Promise<string[]> {
    const { output } = await run("ss", ["-Hlun"], { namespace: this.#namespace.name });
    return [...output.matchAll(/ (\S+:30\d{3}) /g)].map(([, endpoint]) => endpoint!);
  }

  async close(): Promise<void> {
    try {
      await this.#kamailio?.stop("SIGKILL");
      await this.#daemon?.stop();
    } finally {
      this.#namespace.close();
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }

  #party(name: string, address: string, fromHz: number, toHz: number): Party {
    const audio = glidingTone(fromHz, toHz);
    const audioFile = join(this.#folder, `${name}.al`);
    writeFileSync(audioFile, audio);
    return { address, audioFile, audio };
  }

  async #startEngine(): Promise<void> {
    const interfaces = ([4, 6] as const).flatMap((family) => [
      `--interface=inside/${HOSTS[family].engineInside}`,
      `--interface=outside/${HOSTS[family].engineOutside}`,
    ]);
    // The backends are what is tested; and what the kernel forwards on a loopback device is in no capture.
    const args = [
      `--listen-ng=${HOSTS[4].engineInside}:${NG_PORT}`,
      `--backend=${this.#options.backend}`,
      "--fastpath=off",
    ];
    this.#daemon = await startDaemon(
      [...interfaces, ...args, "--num-threads=1", "--port-min=30000", "--port-max=30999"],
      {
        namespace: this.#namespace.name,
      },
    );
  }

  async #startKamailio(): Promise<void> {
    const { callerFamily, calleeFamily } = this.#options;
    const family = callerFamily === calleeFamily ? "" : ` address-family=IP${calleeFamily}`;
    const rewrite = "replace-origin replace-session-connection";
    const file = join(this.#folder, "kamailio.cfg");
    const config = kamailioConfig({
      listen: [HOSTS[4].proxy, HOSTS[6].proxy],
      engine: `${HOSTS[4].engineInside}:${NG_PORT}`,
      offer: `${rewrite} direction=inside direction=outside${family}`,
      answer: rewrite,
      second: this.uri("second"),
      viaBranch: this.#options.viaBranch,
    });
    writeFileSync(file, config);
    const args = ["-f", file, "-DD", "-E", "-m", "32", "-M", "4", "-Y", this.#folder];
    // Kamailio is many processes: in a PID namespace they end together, however the first one ends.
    const together = ["--pid", "--fork", "--kill-child", "kamailio", ...args];
    this.#kamailio = this.#namespace.start("unshare", together, { cwd: this.#folder });
    await this.#isListening(HOSTS[6].proxy, this.#kamailio);
  }

  #startPhone({ address }: Party, scenario: Scenario): Child {
    const file = join(this.#folder, `${address.replaceAll(":", "_")}.xml`);
    writeFileSync(file, scenario.toXml());
    const proxy = HOSTS[address.includes(":") ? 6 : 4].proxy;
    const args = ["-sf", file, "-i", address, "-mi", address, "-p", "5060", "-m", "1", "-nostdin"];
    args.push(
      "-timeout",
      "15",
      "-timeout_error",
      "-trace_err",
      "-error_file",
      `${file}.err`,
      `${inUri(proxy)}:5060`,
    );
    return this.#namespace.start("sipp", args, { cwd: this.#folder });
  }

  /** Waits until something receives SIP on an address. */
  async #isListening(address: string, child: Child): Promise<void> {
    const socket = `${inUri(address)}:5060`;
    await eventually(
      async () => {
        if (child.isOver) throw new Error(`${socket}: ${child.output}`);
        const { output } = await run("ss", ["-Hlun", "sport", "=", ":5060"], {
          namespace: this.#namespace.name,
        });
        return output.includes(`${socket} `);
      },
      10_000,
      () => `Nobody listens on ${socket}:\n${child.output}`,
    );
  }

  #words(): string {
    return `Kamailio:\n${this.#kamailio.output}\nEngine:\n${this.#daemon.child.output}`;
  }
}
