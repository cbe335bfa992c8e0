declare const brand: unique symbol;

/** A primitive that carries a meaning, so that two numbers of different meaning cannot be swapped. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Monotonic time, microseconds. Only `platform/clock.ts` and virtual clocks of tests create one. */
export type Micros = Brand<number, "Micros">;

/** Synchronization source identifier, 0..2^32-1 (RFC 3550 §3). */
export type Ssrc = Brand<number, "Ssrc">;

/** RTP clock units; how long one lasts depends on the payload type's clock rate (RFC 3550 §5.1). */
export type RtpTicks = Brand<number, "RtpTicks">;

/** RTP payload type, 0..127 (RFC 3551). */
export type PayloadType = Brand<number, "PayloadType">;

/** RTP sequence number, 0..65535 (RFC 3550 §5.1). */
export type SequenceNumber = Brand<number, "SequenceNumber">;
