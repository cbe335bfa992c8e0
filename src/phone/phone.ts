import type { Micros } from "../base/brand.ts";
import { type Address, type Endpoint, formatEndpoint } from "../base/endpoint.ts";
import { ProxyError } from "../base/errors.ts";
import { DatagramKind, demux } from "../wire/demux.ts";
import { decodeRtp } from "../wire/rtp.ts";
import { type Direction, reverseDirection } from "../wire/sdp/attributes.ts";
import type { CryptoAttribute } from "../wire/sdp/attributes-security.ts";
import { type PhoneClock, systemPhoneClock } from "./clock.ts";
import type { G711Law } from "./g711.ts";
import { Listener, type ListenerReading } from "./listener.ts";
import { MediaSecurity } from "./media-security.ts";
import { type Component, dgramSockets, type MediaSockets, type OpenMediaSockets } from "./media-sockets.ts";
import { type RtcpReading, RtcpSession } from "./rtcp-session.ts";
import { isSecureProtocol, type RemoteMedia, readRemoteMedia, writePhoneSdp } from "./session-description.ts";
import { Talker } from "./talker.ts";

/** A phone to be. */
export interface PhoneOptions {
  /** For the SDP and the canonical name; ASCII, no spaces. */
  readonly name: string;
  /** Where its ports are. */
  readonly local: Address;
  /** The tone it says. */
  readonly toneHz: number;
  /** The tone it expects to hear. */
  readonly expectedToneHz: number;
  /** First choice first; default µ-law, then A-law. */
  readonly laws?: readonly G711Law[];
  /** Whether it offers and accepts RTP and RTCP on one port (RFC 5761); default not. */
  readonly rtcpMux?: boolean;
  /**
   * Crypto suites of SDES, first choice first: it offers SRTP (RTP/SAVP), and takes it when offered. Default none: it
   * offers RTP/AVP, and refuses SRTP.
   */
  readonly cryptoSuites?: readonly string[];
  /** What its SDP shows instead of its ports, as of a phone behind NAT; RTCP is one port above. */
  readonly advertised?: Endpoint;
  /** Begins silent, until it is picked up; else it talks as soon as it knows where to. */
  readonly isOnHook?: boolean;
  /** Mean time between RTCP reports; default 5000 (RFC 3550 §6.2). */
  readonly rtcpIntervalMs?: number;
  readonly clock?: PhoneClock;
  /** Numbers from 0 up to but not including 1. */
  readonly random?: () => number;
  readonly openSockets?: OpenMediaSockets;
}

/** Datagrams that came from one endpoint. */
export interface SourceCount {
  rtp: number;
  rtcp: number;
}

/** What a phone has sent and heard so far. */
export interface PhoneReading extends ListenerReading {
  readonly packetsSent: number;
  /** Payloads only. */
  readonly octetsSent: number;
  readonly rtcp: RtcpReading;
  /** By `ADDRESS:PORT`. */
  readonly from: ReadonlyMap<string, Readonly<SourceCount>>;
  /** Datagrams that are neither RTP nor RTCP. */
  readonly strays: number;
  /** Datagrams that are not protected as agreed; 0 without SRTP. */
  readonly refused: number;
}

const MAX_SOURCES = 64;

/**
 * The synthetic phone: one audio stream, a tone out, a tone expected in.
 *
 * `offer` and `answer` make its SDP, `accept` takes the other side's answer; then it talks as both directions
 * allow. Whoever opened it closes it.
 */
export class Phone {
  readonly name: string;
  readonly #options: PhoneOptions;
  readonly #clock: PhoneClock;
  readonly #openSockets: OpenMediaSockets;
  readonly #talker: Talker;
  readonly #listener: Listener;
  readonly #rtcp: RtcpSession;
  readonly #from: Map<string, SourceCount> = new Map();
  readonly #sessionId: number;
  /** What it can protect media with; undefined: with nothing. */
  readonly #ownSecurity: MediaSecurity | undefined;
  /** The same while media are protected. */
  #security: MediaSecurity | undefined;
  #version = 0;
  #sockets!: MediaSockets;
  #remote: RemoteMedia | undefined;
  /** What this side wants; what it does is narrowed by the other side. */
  #wanted: Direction = "sendrecv";
  #direction: Direction = "sendrecv";
  #isOffHook: boolean;
  #strays = 0;
  #refused = 0;
  #cancelTimer: (() => void) | undefined;

  private constructor(options: PhoneOptions) {
    const random = options.random ?? Math.random;
    this.name = options.name;
    this.#options = options;
    this.#clock = options.clock ?? systemPhoneClock();
    this.#openSockets = options.openSockets ?? dgramSockets(random);
    this.#isOffHook = !(options.isOnHook ?? false);
    const suites = options.cryptoSuites ?? [];
    this.#ownSecurity = suites.length === 0 ? undefined : new MediaSecurity(suites);
    this.#talker = new Talker({
      toneHz: options.toneHz,
      law: this.#laws[0]!,
      random,
      isForSrtp: suites.length > 0,
    });
    this.#listener = new Listener(options.expectedToneHz);
    this.#rtcp = new RtcpSession({
      ssrc: this.#talker.ssrc,
      cname: `${options.name}@${options.local.address}`,
      intervalMs: options.rtcpIntervalMs ?? 5000,
      random,
    });
    this.#sessionId = Math.floor(random() * 2 ** 31);
  }

  /** @throws ProxyError when no ports are free */
  static async open(options: PhoneOptions): Promise<Phone> {
    const phone = new Phone(options);
    await phone.#bind();
    return phone;
  }

  /** Where its RTP port is. */
  get rtp(): Endpoint {
    return this.#sockets.rtp;
  }

  /** Where its RTCP port is; not used while RTCP goes through the RTP port. */
  get rtcp(): Endpoint {
    return this.#sockets.rtcp;
  }

  /** Where it sends; undefined before an answer. */
  get remote(): RemoteMedia | undefined {
    return this.#remote;
  }

  /** Whether a tone goes out now. */
  get isTalking(): boolean {
    return this.#talker.dueAt !== undefined;
  }

  /** Whether media are protected: agreed on, or offered. */
  get isSecure(): boolean {
    return this.#security !== undefined;
  }

  /** An SDP offer of what it wants now. Each is a new version. */
  offer(): string {
    this.#security = this.#ownSecurity;
    const protocol = this.#security === undefined ? "RTP/AVP" : "RTP/SAVP";
    const crypto = this.#security?.offer() ?? [];
    return this.#describe(this.#wanted, this.#options.rtcpMux ?? false, protocol, crypto);
  }

  /**
   * Takes an offer and returns the answer; talks from then on.
   *
   * @throws ProxyError when there is no audio in it, or keys are missing
   */
  answer(offer: string): string {
    const remote = this.#read(offer);
    const { protocol } = remote;
    const crypto: CryptoAttribute[] = [];
    this.#security = isSecureProtocol(protocol) ? this.#ownSecurity : undefined;
    if (isSecureProtocol(protocol)) {
      const chosen = this.#ownSecurity?.answer(remote.crypto);
      if (chosen === undefined) throw this.#error(`was offered ${protocol} without a suite that it has`);
      crypto.push(chosen);
    }
    this.#setRemote(remote, narrow(this.#wanted, reverseDirection(remote.direction)));
    // Without SRTP an answer says what it always said, whatever the offer's variant.
    return this.#describe(
      this.#direction,
      this.#usesRtcpMux,
      crypto.length > 0 ? protocol : "RTP/AVP",
      crypto,
    );
  }

  /**
   * Takes the answer to its offer; talks from then on.
   *
   * @throws ProxyError when there is no audio in it, or keys are missing
   */
  accept(answer: string): void {
    const remote = this.#read(answer);
    if (
      isSecureProtocol(remote.protocol) !== this.isSecure ||
      this.#security?.accept(remote.crypto) === false
    ) {
      throw this.#error(`was answered ${remote.protocol} without a key for what it offered`);
    }
    this.#setRemote(remote, narrow(this.#wanted, reverseDirection(remote.direction)));
  }

  /** Wants the other side to be silent (RFC 3264 §8.4); takes effect with the next offer. */
  hold(): void {
    this.#wanted = "sendonly";
  }

  /** Wants both directions again; takes effect with the next offer. */
  resume(): void {
    this.#wanted = "sendrecv";
  }

  /** Moves to other ports; say so with an offer. */
  async move(): Promise<void> {
    const before = this.#sockets;
    await this.#bind();
    await before.close();
  }

  /** Talks from now on, as both directions allow; undoes `fallSilent` and `hangUp`. */
  pickUp(): void {
    this.#isOffHook = true;
    if (this.#remote !== undefined) this.#setRemote(this.#remote, this.#direction);
  }

  /** Stops sending without a word, as if the line were cut. */
  fallSilent(): void {
    this.#isOffHook = false;
    this.#talker.stop();
    this.#rtcp.stop();
  }

  /** Sends a packet of any payload type in the stream of its tone. */
  sendPayload(payloadType: number, payload: Uint8Array, marker = false): void {
    if (this.#remote === undefined) return;
    this.#sendRtp(this.#talker.packet(payloadType, payload, marker), this.#remote.rtp);
  }

  /** Stops sending, and says goodbye by RTCP. */
  hangUp(): void {
    const wasOnHook = !this.#isOffHook;
    this.fallSilent();
    if (wasOnHook || this.#remote === undefined) return;
    const now = this.#clock.now();
    const heard = this.#listener.current;
    this.#sendRtcp(this.#rtcp.bye(this.#senderState(), heard, now, this.#clock.unixMicros(now)));
  }

  read(): PhoneReading {
    return {
      ...this.#listener.read(),
      packetsSent: this.#talker.packetsSent,
      octetsSent: this.#talker.octetsSent,
      rtcp: this.#rtcp.read(),
      from: new Map([...this.#from].map(([source, count]) => [source, { ...count }])),
      strays: this.#strays,
      refused: this.#refused,
    };
  }

  /** Stops at once and gives its ports back. */
  async close(): Promise<void> {
    this.fallSilent();
    this.#cancelTimer?.();
    await this.#sockets.close();
  }

  get #laws(): readonly G711Law[] {
    return this.#options.laws ?? ["mu-law", "a-law"];
  }

  get #usesRtcpMux(): boolean {
    return (this.#options.rtcpMux ?? false) && (this.#remote?.rtcpMux ?? false);
  }

  async #bind(): Promise<void> {
    this.#sockets = await this.#openSockets(this.#options.local, (component, bytes, from) =>
      this.#receive(component, bytes, from),
    );
  }

  #describe(
    direction: Direction,
    rtcpMux: boolean,
    protocol: string,
    crypto: readonly CryptoAttribute[],
  ): string {
    const { advertised } = this.#options;
    const rtp = advertised ?? this.rtp;
    return writePhoneSdp({
      name: this.name,
      sessionId: this.#sessionId,
      version: ++this.#version,
      rtp,
      rtcp: { ...rtp, port: rtcpMux ? rtp.port : rtp.port + 1 },
      laws: this.#laws,
      direction,
      rtcpMux,
      protocol,
      crypto,
    });
  }

  #read(sdp: string): RemoteMedia {
    const remote = readRemoteMedia(sdp);
    if (remote === undefined) throw this.#error("was sent an SDP without audio");
    return remote;
  }

  #error(what: string): ProxyError {
    return new ProxyError("E_PHONE_SDP", `${this.name} ${what}`);
  }

  #setRemote(remote: RemoteMedia, direction: Direction): void {
    this.#remote = remote;
    this.#direction = direction;
    const law = this.#laws.find((one) => remote.laws.includes(one));
    if (law !== undefined) this.#talker.law = law;
    const now = this.#clock.now();
    const mayTalk =
      this.#isOffHook && law !== undefined && (direction === "sendrecv" || direction === "sendonly");
    if (mayTalk) this.#talker.start(now);
    else this.#talker.stop();
    if (this.#isOffHook) this.#rtcp.start(now);
    this.#work();
  }

  /** Sends what is due and sets the timer for what comes next. */
  #work(): void {
    const { now, remote } = { now: this.#clock.now(), remote: this.#remote };
    if (remote === undefined) return;
    for (let packet = this.#talker.take(now); packet !== undefined; packet = this.#talker.take(now)) {
      this.#sendRtp(packet, remote.rtp);
    }
    const unixMicros = this.#clock.unixMicros(now);
    const report = this.#rtcp.take(this.#senderState(), this.#listener.current, now, unixMicros);
    if (report !== undefined) this.#sendRtcp(report);
    const due = [this.#talker.dueAt, this.#rtcp.dueAt].filter((at) => at !== undefined);
    this.#cancelTimer?.();
    this.#cancelTimer =
      due.length === 0 ? undefined : this.#clock.callAt(Math.min(...due) as Micros, () => this.#work());
  }

  #sendRtp(packet: Uint8Array, to: Endpoint): void {
    const bytes = this.#security === undefined ? packet : this.#security.protectRtp(packet);
    if (bytes !== undefined) this.#sockets.send("rtp", bytes, to);
  }

  #sendRtcp(packet: Uint8Array): void {
    const bytes = this.#security === undefined ? packet : this.#security.protectRtcp(packet);
    if (this.#remote === undefined || bytes === undefined) return;
    if (this.#usesRtcpMux) this.#sockets.send("rtp", bytes, this.#remote.rtp);
    else this.#sockets.send("rtcp", bytes, this.#remote.rtcp);
  }

  #senderState(): { packetCount: number; octetCount: number; rtpTimestamp: number } {
    const { packetsSent, octetsSent, timestamp } = this.#talker;
    return { packetCount: packetsSent, octetCount: octetsSent, rtpTimestamp: timestamp };
  }

  #receive(component: Component, datagram: Uint8Array, from: Endpoint): void {
    const kind = demux(datagram);
    const bytes = this.#security === undefined ? datagram : this.#unprotected(kind, datagram);
    if (bytes === undefined) {
      this.#refused++;
      return;
    }
    const now = this.#clock.now();
    const packet = kind === DatagramKind.Rtp && component === "rtp" ? decodeRtp(bytes) : undefined;
    if (packet !== undefined) this.#listener.receive(packet, now);
    else if (kind === DatagramKind.Rtcp) this.#rtcp.receive(bytes, now, this.#clock.unixMicros(now));
    else {
      this.#strays++;
      return;
    }
    const source = formatEndpoint(from);
    let count = this.#from.get(source);
    if (count === undefined) {
      if (this.#from.size === MAX_SOURCES) return;
      count = { rtp: 0, rtcp: 0 };
      this.#from.set(source, count);
    }
    count[packet === undefined ? "rtcp" : "rtp"]++;
  }

  /** What is neither RTP nor RTCP stays what it is. */
  #unprotected(kind: DatagramKind, bytes: Uint8Array): Uint8Array | undefined {
    if (kind === DatagramKind.Rtp) return this.#security?.unprotectRtp(bytes);
    return kind === DatagramKind.Rtcp ? this.#security?.unprotectRtcp(bytes) : bytes;
  }
}

/** What both want. */
function narrow(a: Direction, b: Direction): Direction {
  const sends = (direction: Direction): boolean => direction === "sendrecv" || direction === "sendonly";
  const receives = (direction: Direction): boolean => direction === "sendrecv" || direction === "recvonly";
  const [isSending, isReceiving] = [sends(a) && sends(b), receives(a) && receives(b)];
  if (isSending) return isReceiving ? "sendrecv" : "sendonly";
  return isReceiving ? "recvonly" : "inactive";
}
