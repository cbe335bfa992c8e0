import { type Endpoint, parseAddress } from "../base/endpoint.ts";
import {
  type Direction,
  directionOf,
  findAttribute,
  isZeroConnection,
  parseRtcp,
  writeRtcp,
} from "../wire/sdp/attributes.ts";
import { type CryptoAttribute, parseCrypto, writeCrypto } from "../wire/sdp/attributes-security.ts";
import type { Attribute, Connection, MediaDescription } from "../wire/sdp/model.ts";
import { parseSdp } from "../wire/sdp/parse.ts";
import { writeSdp } from "../wire/sdp/write.ts";
import { G711_PAYLOAD_TYPES, type G711Law } from "./g711.ts";

/** Comfort noise (RFC 3389), and the number that most give to telephone events (RFC 4733). */
export const COMFORT_NOISE = 13;
export const TELEPHONE_EVENT = 101;

/** What a phone says of itself in SDP. */
export interface LocalMedia {
  readonly name: string;
  readonly sessionId: number;
  readonly version: number;
  readonly rtp: Endpoint;
  readonly rtcp: Endpoint;
  /** The first one is sent. */
  readonly laws: readonly G711Law[];
  readonly direction: Direction;
  readonly rtcpMux: boolean;
  /** `RTP/AVP`, `RTP/SAVP` and the like. */
  readonly protocol: string;
  /** Keys of SRTP; empty without. */
  readonly crypto: readonly CryptoAttribute[];
}

/** What the other side's SDP says. */
export interface RemoteMedia {
  readonly rtp: Endpoint;
  readonly rtcp: Endpoint;
  /** What the other side does, in its own words. */
  readonly direction: Direction;
  readonly rtcpMux: boolean;
  /** What it can hear, first choice first. */
  readonly laws: readonly G711Law[];
  readonly payloadTypes: readonly number[];
  /** As written. */
  readonly protocol: string;
  /** Every `a=crypto` that is one. */
  readonly crypto: readonly CryptoAttribute[];
}

/** Whether media under that protocol are SRTP (RFC 3711 §12, RFC 5124 §4). */
export function isSecureProtocol(protocol: string): boolean {
  return /\/SAVPF?$/i.test(protocol);
}

const RTPMAPS: ReadonlyMap<number, string> = new Map([
  [0, "PCMU/8000"],
  [8, "PCMA/8000"],
  [COMFORT_NOISE, "CN/8000"],
  [TELEPHONE_EVENT, "telephone-event/8000"],
]);

/** Writes the SDP of a phone: one audio section. */
export function writePhoneSdp(local: LocalMedia): string {
  const { rtp, rtcp } = local;
  const connection = connectionOf(rtp);
  const payloadTypes = [...local.laws.map((law) => G711_PAYLOAD_TYPES[law]), COMFORT_NOISE, TELEPHONE_EVENT];
  return writeSdp({
    version: "0",
    origin: {
      username: local.name,
      sessionId: String(local.sessionId),
      sessionVersion: String(local.version),
      ...connection,
    },
    sessionName: "-",
    connection,
    bandwidths: [],
    lines: [{ type: "t", value: "0 0" }],
    attributes: [],
    media: [
      {
        type: "audio",
        port: rtp.port,
        portCount: undefined,
        protocol: local.protocol,
        formats: payloadTypes.map(String),
        connection: undefined,
        bandwidths: [],
        lines: [],
        attributes: [
          ...payloadTypes.map((payloadType) =>
            attribute("rtpmap", `${payloadType} ${RTPMAPS.get(payloadType)}`),
          ),
          attribute("fmtp", `${TELEPHONE_EVENT} 0-15`),
          attribute("ptime", "20"),
          attribute(local.direction),
          attribute("rtcp", writeRtcp({ port: rtcp.port, connection: undefined })),
          ...(local.rtcpMux ? [attribute("rtcp-mux")] : []),
          ...local.crypto.map((crypto) => attribute("crypto", writeCrypto(crypto))),
        ],
      },
    ],
  });
}

/**
 * Reads the other side's SDP: its first audio section with a port.
 *
 * @returns undefined when there is none, or one without an address
 * @throws SdpError
 */
export function readRemoteMedia(sdp: string): RemoteMedia | undefined {
  const session = parseSdp(sdp);
  const media = session.media.find(({ type, port }) => type === "audio" && port !== 0);
  if (media === undefined) return undefined;
  const connection = media.connection ?? session.connection;
  const rtp = connection && endpointOf(connection, media.port);
  if (connection === undefined || rtp === undefined) return undefined;
  const direction = directionOf(media.attributes) ?? directionOf(session.attributes) ?? "sendrecv";
  return {
    rtp,
    rtcp: rtcpEndpoint(media, rtp),
    // An address of zeros is how hold was written before RFC 3264 (§8.4).
    direction: isZeroConnection(connection) ? "sendonly" : direction,
    rtcpMux: findAttribute(media.attributes, "rtcp-mux") !== undefined,
    laws: media.formats.flatMap((format) =>
      format === "0" ? ["mu-law" as const] : format === "8" ? ["a-law" as const] : [],
    ),
    payloadTypes: media.formats.map(Number),
    protocol: media.protocol,
    crypto: media.attributes
      .filter(({ name }) => name === "crypto")
      .map(({ value }) => parseCrypto(value ?? ""))
      .filter((crypto) => crypto !== undefined),
  };
}

function rtcpEndpoint(media: MediaDescription, rtp: Endpoint): Endpoint {
  const rtcp = parseRtcp(findAttribute(media.attributes, "rtcp")?.value ?? "");
  const elsewhere = rtcp?.connection && endpointOf(rtcp.connection, rtcp.port);
  return elsewhere ?? { ...rtp, port: rtcp?.port ?? rtp.port + 1 };
}

function endpointOf(connection: Connection, port: number): Endpoint | undefined {
  const address = parseAddress(connection.address);
  return address && { ...address, port };
}

function connectionOf({ family, address }: Endpoint): Connection {
  return { netType: "IN", addressType: family === 6 ? "IP6" : "IP4", address };
}

function attribute(name: string, value?: string): Attribute {
  return { name, value };
}
