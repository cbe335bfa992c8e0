import type {
  Attribute,
  Bandwidth,
  Connection,
  Line,
  MediaDescription,
  SessionDescription,
} from "./model.ts";

/**
 * Writes a session description in the order of RFC 8866 §5, lines ended by CRLF.
 *
 * Lines of unknown type go where `t=` (session level) or `k=` (media) goes, in their own order. Nothing is checked or
 * escaped: a CR or LF inside a value would begin a line of its own.
 */
export function writeSdp(description: SessionDescription): string {
  const { origin } = description;
  let text = `v=${description.version}\r\no=${origin.username} ${origin.sessionId} ${origin.sessionVersion} `;
  text += `${origin.netType} ${origin.addressType} ${origin.address}\r\n`;
  if (description.sessionName !== undefined) text += `s=${description.sessionName}\r\n`;
  text += writeSection(description, "iuep");
  for (const media of description.media) text += writeMedia(media);
  return text;
}

/** Writes one media section, its `m=` line included. */
export function writeMedia(media: MediaDescription): string {
  const count = media.portCount === undefined ? "" : `/${media.portCount}`;
  // The space after the protocol belongs to the line even where no format follows.
  const formats = media.formats.join(" ");
  return `m=${media.type} ${media.port}${count} ${media.protocol} ${formats}\r\n${writeSection(media, "i")}`;
}

/** Writes what follows `s=` or `m=`; lines of the types in `leading` come before `c=` (RFC 8866 §5). */
function writeSection(
  section: {
    readonly connection: Connection | undefined;
    readonly bandwidths: readonly Bandwidth[];
    readonly lines: readonly Line[];
    readonly attributes: readonly Attribute[];
  },
  leading: string,
): string {
  let text = "";
  for (const line of section.lines) if (leading.includes(line.type)) text += `${line.type}=${line.value}\r\n`;
  if (section.connection !== undefined) text += `c=${writeConnection(section.connection)}\r\n`;
  for (const bandwidth of section.bandwidths) text += `b=${bandwidth.type}:${bandwidth.value}\r\n`;
  for (const line of section.lines)
    if (!leading.includes(line.type)) text += `${line.type}=${line.value}\r\n`;
  for (const attribute of section.attributes) text += `a=${writeAttribute(attribute)}\r\n`;
  return text;
}

/** `NAME` or `NAME:VALUE`. */
export function writeAttribute(attribute: Attribute): string {
  return attribute.value === undefined ? attribute.name : `${attribute.name}:${attribute.value}`;
}

/** `IN IP4 192.0.2.1`. */
export function writeConnection(connection: Connection): string {
  return `${connection.netType} ${connection.addressType} ${connection.address}`;
}
