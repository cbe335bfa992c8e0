/** Buckets of one microsecond; the rest are of 64. bpf/bench-sink.bpf.c counts into them. */
const FINE_BUCKETS = 4096;
const COARSE_MICROS = 64;

/** How many buckets there are. The last one holds everything longer, too. */
export const BUCKETS = 8192;

/** The shortest delay that counts into a bucket, microseconds. */
export function bucketMicros(bucket: number): number {
  return bucket < FINE_BUCKETS ? bucket : FINE_BUCKETS + (bucket - FINE_BUCKETS) * COARSE_MICROS;
}

/**
 * The delay that a share of the packets did not exceed, microseconds; a bucket counts as its shortest delay.
 *
 * @param share above 0, up to 1
 * @returns 0 when nothing was counted
 */
export function percentileMicros(counts: ArrayLike<number>, share: number): number {
  let total = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) total += counts[bucket]!;
  if (total === 0) return 0;
  const wanted = Math.ceil(total * share);
  let seen = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    seen += counts[bucket]!;
    if (seen >= wanted) return bucketMicros(bucket);
  }
  return bucketMicros(counts.length - 1);
}
