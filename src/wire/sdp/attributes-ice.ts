import { parseDecimal, splitWords } from "./number.ts";

/** An ICE candidate as written in `a=candidate` (RFC 8839 §5.1). */
export interface CandidateAttribute {
  readonly foundation: string;
  /** 1: RTP (or all, with rtcp-mux), 2: RTCP. */
  readonly component: number;
  /** `UDP`, `TCP`, as written. */
  readonly transport: string;
  readonly priority: number;
  /** An IP address, or a host name (mDNS, RFC 8828 §5.2). */
  readonly address: string;
  readonly port: number;
  /** `host`, `srflx`, `prflx`, `relay` or a later type. */
  readonly type: string;
  readonly relatedAddress: string | undefined;
  readonly relatedPort: number | undefined;
  /** What follows, in pairs: `tcptype active`, `generation 0` … */
  readonly extensions: readonly (readonly [name: string, value: string])[];
}

/** Parses the value of `a=candidate`; a leading `candidate:` (as in trickle messages) is taken off. */
export function parseCandidate(value: string): CandidateAttribute | undefined {
  const words = splitWords(value.startsWith("candidate:") ? value.slice(10) : value);
  const [foundation, componentWord, transport, priorityWord, address, portWord, typ, type, ...rest] = words;
  const component = parseDecimal(componentWord, 256);
  const priority = parseDecimal(priorityWord, 0xffffffff);
  const port = parseDecimal(portWord, 65_535);
  if (foundation === undefined || foundation.length > 32 || component === undefined || component === 0) {
    return undefined;
  }
  if (transport === undefined || priority === undefined || address === undefined || port === undefined) {
    return undefined;
  }
  if (typ !== "typ" || type === undefined || rest.length % 2 !== 0) return undefined;
  const head = { foundation, component, transport, priority, address, port, type };
  const tail = parseTail(rest);
  return tail === undefined ? undefined : { ...head, ...tail };
}

function parseTail(
  words: readonly string[],
): Pick<CandidateAttribute, "relatedAddress" | "relatedPort" | "extensions"> | undefined {
  let relatedAddress: string | undefined;
  let relatedPort: number | undefined;
  const extensions: [string, string][] = [];
  for (let index = 0; index < words.length; index += 2) {
    const name = words[index] as string;
    const value = words[index + 1] as string;
    if (name === "raddr" && relatedAddress === undefined) {
      relatedAddress = value;
    } else if (name === "rport" && relatedPort === undefined) {
      relatedPort = parseDecimal(value, 65_535);
      if (relatedPort === undefined) return undefined;
    } else {
      extensions.push([name, value]);
    }
  }
  return { relatedAddress, relatedPort, extensions };
}

export function writeCandidate(candidate: CandidateAttribute): string {
  const { foundation, component, transport, priority, address, port, type } = candidate;
  let text = `${foundation} ${component} ${transport} ${priority} ${address} ${port} typ ${type}`;
  if (candidate.relatedAddress !== undefined) text += ` raddr ${candidate.relatedAddress}`;
  if (candidate.relatedPort !== undefined) text += ` rport ${candidate.relatedPort}`;
  for (const [name, value] of candidate.extensions) text += ` ${name} ${value}`;
  return text;
}

/** Parses `a=ice-ufrag` (RFC 8839 §5.4): 4 to 256 ICE characters. */
export function parseIceUsernameFragment(value: string): string | undefined {
  return isIceText(value, 4) ? value : undefined;
}

/** Parses `a=ice-pwd` (RFC 8839 §5.4): 22 to 256 ICE characters. */
export function parseIcePassword(value: string): string | undefined {
  return isIceText(value, 22) ? value : undefined;
}

function isIceText(value: string, minLength: number): boolean {
  return value.length >= minLength && value.length <= 256 && /^[A-Za-z0-9+/]+$/.test(value);
}

/** Parses `a=ice-options` (RFC 8839 §5.6): `trickle`, `ice2`, `rtp+ecn` … */
export function parseIceOptions(value: string): readonly string[] | undefined {
  const options = splitWords(value);
  return options.length > 0 ? options : undefined;
}
