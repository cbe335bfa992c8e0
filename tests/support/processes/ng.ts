import { createSocket, type Socket } from "node:dgram";

/** An NG message or reply as JSON has it. */
// biome-ignore lint/suspicious/noExplicitAny: replies are looked into freely.
export type NgJson = Record<string, any>;

const REPEAT_MS = 1000;

/** A SIP proxy's side of NG over UDP, in JSON: many requests at a time, repeated until answered. */
export class Ng {
  readonly #socket: Socket;
  readonly #pending = new Map<string, (reply: NgJson) => void>();
  readonly #prefix = `${process.pid.toString(36)}${Math.floor(Math.random() * 1e9).toString(36)}`;
  #count = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (bytes) => {
      const text = bytes.toString();
      const space = text.indexOf(" ");
      const resolve = this.#pending.get(text.slice(0, space));
      if (!resolve) return;
      this.#pending.delete(text.slice(0, space));
      resolve(JSON.parse(text.slice(space + 1)));
    });
    // A daemon that is not there yet, or no more.
    socket.on("error", () => {});
  }

  static async open(address: string, port: number): Promise<Ng> {
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    await new Promise<void>((resolve) => socket.connect(port, address, resolve));
    socket.setRecvBufferSize(4 << 20);
    return new Ng(socket);
  }

  /** One request. @throws when nothing answers within 5 s. */
  ask(command: string, keys: NgJson = {}): Promise<NgJson> {
    const cookie = `${this.#prefix}_${this.#count++}`;
    const datagram = `${cookie} ${JSON.stringify({ command, ...keys })}`;
    return new Promise((resolve, reject) => {
      let repeats = 0;
      const repeat = setInterval(() => {
        if (++repeats < 5) return this.#socket.send(datagram);
        clearInterval(repeat);
        this.#pending.delete(cookie);
        reject(new Error(`No reply to ${command}`));
      }, REPEAT_MS);
      this.#pending.set(cookie, (reply) => {
        clearInterval(repeat);
        resolve(reply);
      });
      this.#socket.send(datagram);
    });
  }

  close(): void {
    this.#socket.close();
  }
}

/** Does something `count` times, `width` at a time. */
export async function inParallel(
  count: number,
  width: number,
  task: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await task(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

/** A plain audio SDP, G.711. */
export function audioSdp(address: string, port: number, more: readonly string[] = []): string {
  const family = address.includes(":") ? "IP6" : "IP4";
  return [
    "v=0",
    `o=- 1 1 IN ${family} ${address}`,
    "s=-",
    `c=IN ${family} ${address}`,
    "t=0 0",
    `m=audio ${port} RTP/AVP 8 0`,
    "a=rtpmap:8 PCMA/8000",
    "a=rtpmap:0 PCMU/8000",
    ...more,
    "",
  ].join("\r\n");
}
