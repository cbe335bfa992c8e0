import { SdpError } from "./errors.ts";
import type { Attribute, Bandwidth, Connection, Line, Origin, SessionDescription } from "./model.ts";
import { parseDecimal, splitWords } from "./number.ts";

/** Bounds of a session description. */
export interface SdpLimits {
  /** Bytes; 262,144 unless told. */
  readonly maxLength?: number;
  /** 8,192 unless told. */
  readonly maxLines?: number;
  /** Media sections; 256 unless told. */
  readonly maxMedia?: number;
  /** Refuse what follows an empty line, and the line itself, instead of ending there. */
  readonly refusesEmptyLines?: boolean;
}

const CR = 0x0d;

const HAS_BREAK = /[\r\0]/;

/** What the session level and a media section have in common. */
interface Section {
  connection: Connection | undefined;
  readonly bandwidths: Bandwidth[];
  readonly lines: Line[];
  readonly attributes: Attribute[];
}

interface MediaSection extends Section {
  readonly type: string;
  readonly port: number;
  readonly portCount: number | undefined;
  readonly protocol: string;
  readonly formats: readonly string[];
}

/** The session level while lines come in. */
interface SessionSection extends Section {
  version: string | undefined;
  origin: Origin | undefined;
  sessionName: string | undefined;
}

/**
 * Parses a session description (RFC 8866) given as a byte string.
 *
 * Lines end with CRLF or LF; an empty line ends the description, as upstream has it. Tolerated: lines out of
 * order, missing `v=`, `s=` and `t=`; line types that the RFC does not know are carried. Refused: a line that
 * is not `TYPE=VALUE`, a version other than 0, a missing `o=`, and an `o=`, `c=` or `m=` that cannot be taken
 * apart.
 *
 * @throws SdpError
 */
export function parseSdp(text: string, limits: SdpLimits = {}): SessionDescription {
  const { maxLength = 262_144, maxLines = 8192, maxMedia = 256, refusesEmptyLines = false } = limits;
  if (text.length > maxLength) throw new SdpError(1, `longer than ${maxLength} bytes`);
  const session: SessionSection = {
    version: undefined,
    origin: undefined,
    sessionName: undefined,
    ...section(),
  };
  const media: MediaSection[] = [];
  let lineNumber = 0;
  for (let start = 0; start < text.length; ) {
    const feed = text.indexOf("\n", start);
    const next = feed < 0 ? text.length : feed;
    let end = next;
    while (end > start && text.charCodeAt(end - 1) === CR) end--;
    lineNumber++;
    if (end > start) {
      if (lineNumber > maxLines) throw new SdpError(lineNumber, `more than ${maxLines} lines`);
      if (text[start + 1] !== "=" || end === start + 1) throw new SdpError(lineNumber, "not TYPE=VALUE");
      const type = text[start] as string;
      const value = text.slice(start + 2, end);
      if (HAS_BREAK.test(value)) throw new SdpError(lineNumber, "a CR or NUL within a line");
      const current = media.at(-1);
      if (type === "m") {
        if (media.length === maxMedia) throw new SdpError(lineNumber, `more than ${maxMedia} media sections`);
        media.push(parseMedia(value, lineNumber));
      } else if (current !== undefined || !readSessionLine(session, type, value, lineNumber)) {
        readLine(current ?? session, type, value, lineNumber);
      }
    } else if (session.version !== undefined) {
      if (refusesEmptyLines) throw new SdpError(lineNumber, "empty line");
      break;
    }
    start = next + 1;
  }
  const { version, origin } = session;
  if (origin === undefined) throw new SdpError(Math.max(lineNumber, 1), "no o= line");
  return { ...session, version: version ?? "0", origin, media };
}

function section(): Section {
  return { connection: undefined, bandwidths: [], lines: [], attributes: [] };
}

/** Takes the lines that exist at session level only, once each. */
function readSessionLine(session: SessionSection, type: string, value: string, lineNumber: number): boolean {
  if (type === "v" && session.version === undefined) {
    if (value !== "0") throw new SdpError(lineNumber, "v= is not 0");
    session.version = value;
    return true;
  }
  if (type === "o" && session.origin === undefined) session.origin = parseOrigin(value, lineNumber);
  else if (type === "s" && session.sessionName === undefined) session.sessionName = value;
  else return false;
  return true;
}

function readLine(into: Section, type: string, value: string, lineNumber: number): void {
  if (type === "a") {
    const colon = value.indexOf(":");
    into.attributes.push(
      colon < 0
        ? { name: value, value: undefined }
        : { name: value.slice(0, colon), value: value.slice(colon + 1) },
    );
  } else if (type === "c" && into.connection === undefined) {
    into.connection = parseConnection(value, lineNumber);
  } else if (type === "b" && value.includes(":")) {
    const colon = value.indexOf(":");
    into.bandwidths.push({ type: value.slice(0, colon), value: value.slice(colon + 1) });
  } else {
    into.lines.push({ type, value });
  }
}

/** The last five words are fixed; what is before them is the user name, which some clients write with spaces. */
function parseOrigin(value: string, lineNumber: number): Origin {
  const words = splitWords(value);
  const [sessionId, sessionVersion, netType, addressType, address] = words.slice(-5);
  if (words.length < 6 || address === undefined) throw new SdpError(lineNumber, "o= has fewer than 6 words");
  return {
    username: words.slice(0, -5).join(" "),
    sessionId: sessionId as string,
    sessionVersion: sessionVersion as string,
    netType: netType as string,
    addressType: addressType as string,
    address,
  };
}

function parseConnection(value: string, lineNumber: number): Connection {
  const [netType, addressType, address, ...rest] = splitWords(value);
  if (netType === undefined || addressType === undefined || address === undefined || rest.length > 0) {
    throw new SdpError(lineNumber, "c= has not 3 words");
  }
  return { netType, addressType, address };
}

function parseMedia(value: string, lineNumber: number): MediaSection {
  const [type, portWord, protocol, ...formats] = splitWords(value);
  if (type === undefined || portWord === undefined || protocol === undefined) {
    throw new SdpError(lineNumber, "m= has fewer than 3 words");
  }
  const slash = portWord.indexOf("/");
  const port = parseDecimal(slash < 0 ? portWord : portWord.slice(0, slash), 65_535);
  const portCount = slash < 0 ? undefined : parseDecimal(portWord.slice(slash + 1), 65_535);
  if (port === undefined || (slash >= 0 && portCount === undefined)) {
    throw new SdpError(lineNumber, "m= has no port of 0 to 65535");
  }
  return { type, port, portCount, protocol, formats, ...section() };
}
