import type { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { decodeNgMessage } from "../../../../src/wire/ng/message.ts";
import type { NgDictionary } from "../../../../src/wire/ng/value.ts";
import { type CapturedDatagram, readPcap } from "../../../support/pcap.ts";
import { type Child, eventually } from "../../../support/processes/child.ts";
import type { Namespace } from "../../../support/processes/namespace.ts";
import { FRAME_BYTES } from "./audio.ts";

/** Where the engine takes NG. */
export const NG_PORT = 2223;

const END = "end of capture";

/** An RTP packet on the wire. */
export interface CapturedRtp {
  readonly seconds: number;
  readonly from: string;
  readonly to: string;
  readonly sequenceNumber: number;
  /** 20 ms of audio. */
  readonly payload: Buffer;
}

/** A SIP message on the wire. */
export interface CapturedSip {
  readonly seconds: number;
  readonly from: string;
  readonly to: string;
  /** `INVITE`, or `200 INVITE` of a response. */
  readonly title: string;
  /** Of its Vias, the uppermost first. */
  readonly branches: readonly string[];
  readonly tags: { readonly from: string; readonly to: string };
  readonly sdp: string;
}

/** An NG request on the wire, with what the engine replied. */
export interface CapturedNg {
  readonly seconds: number;
  readonly command: string;
  readonly keys: NgDictionary;
  readonly reply: NgDictionary;
}

/** Everything that went over a namespace's loopback. */
export class Capture {
  readonly #child: Child;
  readonly #file: string;

  private constructor(child: Child, file: string) {
    this.#child = child;
    this.#file = file;
  }

  static async start(namespace: Namespace, file: string): Promise<Capture> {
    // Without a limit of its own each packet takes 256 kB of the kernel's buffer, which then holds next to none.
    const room = ["-s", "16384", "-B", "65536"];
    const args = ["-i", "lo", "-Z", "root", "--immediate-mode", "-U", ...room, "-w", file, "udp"];
    const child = namespace.start("tcpdump", args);
    await child.says(/listening on/);
    return new Capture(child, file);
  }

  /**
   * Ends the capture and reads it.
   *
   * @param mark sends something that holds this text, after all that is of interest
   */
  async finish(mark: (text: string) => Promise<unknown>): Promise<Traffic> {
    await mark(END);
    await eventually(() => readFileSync(this.#file).includes(END), 5000);
    await this.#child.stop("SIGINT");
    if (!/^0 packets dropped by kernel/m.test(this.#child.output)) throw new Error(this.#child.output);
    return new Traffic(readPcap(readFileSync(this.#file)));
  }
}

/** What was captured, sorted by protocol. */
export class Traffic {
  readonly sip: readonly CapturedSip[];
  readonly rtp: readonly CapturedRtp[];
  readonly ng: readonly CapturedNg[];

  constructor(datagrams: readonly CapturedDatagram[]) {
    this.ng = readNg(datagrams);
    this.sip = datagrams.map(readSip).filter((message) => message !== undefined);
    this.rtp = datagrams.map(readRtp).filter((packet) => packet !== undefined);
  }

  /** The first SIP message of a title that came from or went to a host. @throws when there is none */
  message(title: string, where: { from?: string; to?: string } = {}, index = 0): CapturedSip {
    const found = this.sip.filter(
      (one) => one.title === title && isAt(one.from, where.from) && isAt(one.to, where.to),
    )[index];
    if (found) return found;
    throw new Error(
      `No ${title} was captured: ${this.sip.map(({ from, to, title: t }) => `${from} ${t} ${to}`).join("\n")}`,
    );
  }

  /** What Kamailio asked of the engine, in order. */
  requests(command: "offer" | "answer" | "delete"): CapturedNg[] {
    return this.ng.filter((one) => one.command === command);
  }

  /** RTP from or to a host, in a stretch of time. */
  audio(where: { from?: string; to?: string; after?: number; before?: number }): CapturedRtp[] {
    const { from, to, after = 0, before = Number.POSITIVE_INFINITY } = where;
    return this.rtp.filter(
      (one) => isAt(one.from, from) && isAt(one.to, to) && one.seconds > after && one.seconds < before,
    );
  }
}

const hostOf = (endpoint: string): string => endpoint.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");

const isAt = (endpoint: string, host: string | undefined): boolean =>
  host === undefined || hostOf(endpoint) === host;

function readSip({ seconds, from, to, payload }: CapturedDatagram): CapturedSip | undefined {
  if (!from.endsWith(":5060") && !to.endsWith(":5060")) return undefined;
  const text = payload.toString("latin1");
  const [head, sdp = ""] = text.split("\r\n\r\n", 2) as [string, string?];
  const status = /^SIP\/2\.0 (\d+)/.exec(head)?.[1];
  const method = /^CSeq:\s*\d+\s+(\w+)/im.exec(head)?.[1];
  if (method === undefined) return undefined;
  const title = status === undefined ? method : `${status} ${method}`;
  const branches = [...head.matchAll(/^Via:.*;branch=([^;\s]+)/gim)].map(([, branch]) => branch!);
  const tagIn = (name: string): string =>
    new RegExp(`^${name}:.*;tag=([^;\\s]+)`, "im").exec(head)?.[1] ?? "";
  return { seconds, from, to, title, branches, tags: { from: tagIn("From"), to: tagIn("To") }, sdp };
}

/** Requests that were answered; a cookie ties a reply to its request. */
function readNg(datagrams: readonly CapturedDatagram[]): CapturedNg[] {
  const replies = new Map<string, NgDictionary>();
  const requests = new Map<string, Pick<CapturedNg, "seconds" | "keys">>();
  for (const { seconds, from, to, payload } of datagrams) {
    if (!from.endsWith(`:${NG_PORT}`) && !to.endsWith(`:${NG_PORT}`)) continue;
    const { cookie, body } = decodeNgMessage(payload);
    if (from.endsWith(`:${NG_PORT}`)) replies.set(cookie, body);
    else if (!requests.has(cookie)) requests.set(cookie, { seconds, keys: body });
  }
  const answered = [...requests].flatMap(([cookie, { seconds, keys }]) => {
    const reply = replies.get(cookie);
    return reply ? [{ seconds, command: String(keys.command), keys, reply }] : [];
  });
  // A SIP request that a busy machine made its sender repeat is asked about again, under another cookie. Replies may
  // well be alike: a 200 says what the 183 said.
  const seen = new Set<string>();
  return answered.filter(({ command, keys }) => {
    const text = JSON.stringify(keys);
    return command === "answer" || (!seen.has(text) && seen.add(text));
  });
}

function readRtp({ seconds, from, to, payload }: CapturedDatagram): CapturedRtp | undefined {
  if (payload.length !== 12 + FRAME_BYTES || payload[0] !== 0x80 || (payload[1]! & 0x7f) !== 8)
    return undefined;
  return { seconds, from, to, sequenceNumber: payload.readUInt16BE(2), payload: payload.subarray(12) };
}

/** The media address of an SDP, as `address:port` of its audio, and every address that it names. */
export function describeSdp(sdp: string): { audio: string; addresses: string[]; direction: string } {
  const addresses = [...sdp.matchAll(/IN IP[46] (\S+)/g)].map(([, address]) => address!);
  const port = /^m=audio (\d+)/m.exec(sdp)?.[1];
  const host = addresses.at(-1) ?? "";
  const direction = /^a=(sendrecv|sendonly|recvonly|inactive)/m.exec(sdp)?.[1] ?? "sendrecv";
  return { audio: `${host.includes(":") ? `[${host}]` : host}:${port}`, addresses, direction };
}
