/** Why a packet is not protected or not accepted; what packet functions return instead of a length. */
export const SrtpFault = {
  /** No RTP or RTCP, or too short for what protection adds. */
  Malformed: -1,
  /** The tag is not the one that the key makes: another key, or somebody else's packet. */
  Authentication: -2,
  /** Seen before, or too old to tell. */
  Replayed: -3,
  /** The master key identifier is another one. */
  MasterKeyIdentifier: -4,
  /** The key has protected as many packets as it may (RFC 3711 §9.2). */
  KeyExhausted: -5,
  /** More synchronization sources than are followed. */
  TooManySources: -6,
} as const;

export type SrtpFault = (typeof SrtpFault)[keyof typeof SrtpFault];

/** Bytes of a master key identifier at most (RFC 4568 §6.1). */
export const MAX_MASTER_KEY_IDENTIFIER_LENGTH = 128;
/** Bytes that protection adds to RTP at most: identifier and tag, the longest of any suite. */
export const MAX_RTP_OVERHEAD: number = MAX_MASTER_KEY_IDENTIFIER_LENGTH + 16;
/** The same for RTCP, with index and E bit. */
export const MAX_RTCP_OVERHEAD: number = MAX_RTP_OVERHEAD + 4;
