/** Highest packet index (RFC 3711 §3.3.1): 32 bits of rollover counter, 16 of sequence number. */
export const MAX_PACKET_INDEX: number = 2 ** 48 - 1;

/**
 * Estimates the packet index of a sequence number: the one nearest to the highest index so far (RFC 3711 §3.3.1).
 *
 * Neither is authenticated yet: nothing is to be kept of it before the tag has been verified.
 *
 * @param highest -1 before the first packet
 * @returns negative or above `MAX_PACKET_INDEX` where there is none
 */
export function estimatePacketIndex(highest: number, sequenceNumber: number): number {
  if (highest < 0) return sequenceNumber;
  const rolloverCounter = Math.floor(highest / 0x10000);
  const distance = sequenceNumber - (highest % 0x10000);
  const turn = distance > 0x8000 ? -1 : distance < -0x8000 ? 1 : 0;
  return (rolloverCounter + turn) * 0x10000 + sequenceNumber;
}
