/** What the transport of a media section means for us (RFC 8866 §5.14 `<proto>`). */
export interface TransportProtocol {
  /** As printed. */
  readonly name: string;
  readonly isRtp: boolean;
  /** Carries SRTP (RFC 3711). */
  readonly isSecure: boolean;
  /** Keys come by DTLS (RFC 5764). */
  readonly usesDtls: boolean;
}

const PROTOCOLS: readonly TransportProtocol[] = [
  { name: "RTP/AVP", isRtp: true, isSecure: false, usesDtls: false },
  { name: "RTP/AVPF", isRtp: true, isSecure: false, usesDtls: false },
  { name: "RTP/SAVP", isRtp: true, isSecure: true, usesDtls: false },
  { name: "RTP/SAVPF", isRtp: true, isSecure: true, usesDtls: false },
  { name: "UDP/TLS/RTP/SAVP", isRtp: true, isSecure: true, usesDtls: true },
  { name: "UDP/TLS/RTP/SAVPF", isRtp: true, isSecure: true, usesDtls: true },
  { name: "udptl", isRtp: false, isSecure: false, usesDtls: false },
];

const BY_NAME: ReadonlyMap<string, TransportProtocol> = new Map(
  PROTOCOLS.map((protocol) => [protocol.name.toLowerCase(), protocol]),
);

/** The protocol of that name, in any letter case; undefined for one we pass on untouched. */
export function transportProtocol(name: string): TransportProtocol | undefined {
  return BY_NAME.get(name.toLowerCase());
}
