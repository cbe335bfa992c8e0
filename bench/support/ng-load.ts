import { createSocket, type Socket } from "node:dgram";
import { bindSocket, openUdpSocket, setBufferSizes } from "../../src/platform/socket.ts";
import { TextSender } from "../../src/platform/text-sender.ts";
import { encodeBencodeText } from "../../src/wire/bencode.ts";
import type { NgDictionary } from "../../src/wire/ng/value.ts";

/** An SDP as a phone sends it. */
export function phoneSdp(address: string, port: number): string {
  return [
    "v=0",
    `o=- 1 1 IN IP4 ${address}`,
    "s=-",
    `c=IN IP4 ${address}`,
    "t=0 0",
    `m=audio ${port} RTP/AVP 0 8 101`,
    "a=rtpmap:0 PCMU/8000",
    "a=rtpmap:8 PCMA/8000",
    "a=rtpmap:101 telephone-event/8000",
    "a=sendrecv",
    "",
  ].join("\r\n");
}

/** NG requests over UDP with as little of its own as possible: it must not be what is measured. */
export class NgLoad {
  readonly #socket: Socket;
  readonly #sender: TextSender;
  readonly #port: number;
  readonly #pending: Map<string, (reply: string) => void> = new Map();
  /** Cookies differ between runs: a stored reply would measure the cookie cache. */
  readonly #prefix: string = `${process.pid}-${process.hrtime.bigint().toString(36)}-`;
  #count = 0;

  private constructor(socket: Socket, sender: TextSender, port: number) {
    this.#socket = socket;
    this.#sender = sender;
    this.#port = port;
    socket.on("message", (datagram) => {
      const text = datagram.toString("latin1");
      const cookie = text.slice(0, text.indexOf(" "));
      const settle = this.#pending.get(cookie);
      this.#pending.delete(cookie);
      settle?.(text);
    });
  }

  static async open(port: number): Promise<NgLoad> {
    const fd = openUdpSocket(4);
    setBufferSizes(fd, 4 << 20, 4 << 20);
    bindSocket(fd, { family: 4, address: "127.0.0.1", port: 0 });
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind({ fd }, resolve));
    return new NgLoad(socket, new TextSender(fd, 4), port);
  }

  /**
   * @returns the reply as it came
   * @throws Error when it is no `ok`
   */
  async ask(request: NgDictionary): Promise<string> {
    const cookie = this.#prefix + this.#count++;
    const text = `${cookie} ${encodeBencodeText(request)}`;
    const reply = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${String(request.command)}`)), 10_000);
      this.#pending.set(cookie, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.#sender.send(text, "127.0.0.1", this.#port);
    });
    if (!reply.includes("6:result2:ok")) throw new Error(`refused: ${reply}`);
    return reply;
  }

  close(): void {
    this.#socket.close();
  }
}

/** An offer and its answer: one established call. */
export async function establish(
  load: NgLoad,
  callId: string,
  address: string,
  ports: [number, number],
): Promise<[string, string]> {
  const keys = { "call-id": callId, "from-tag": `from-${callId}`, ICE: "remove" };
  const offer = await load.ask({ command: "offer", ...keys, sdp: phoneSdp(address, ports[0]) });
  const answer = await load.ask({
    command: "answer",
    ...keys,
    "to-tag": `to-${callId}`,
    sdp: phoneSdp(address, ports[1]),
  });
  return [offer, answer];
}
