import { Buffer } from "node:buffer";
import type { Micros } from "../../base/brand.ts";

/** How long a reply answers repeats: longer than any proxy retries. */
const KEEP_MICROS = 10_000_000;

const CHUNK_BYTES = 1 << 20;
const LENGTH_BYTES = 4;

/** Chunks at a time: beyond that the oldest replies leave early. */
const MAX_CHUNKS = 128;

/** Replies of one stretch of time, back to back, each after its length. */
interface Chunk {
  readonly bytes: Buffer;
  readonly keys: string[];
  used: number;
  newestAt: Micros;
}

interface Entry {
  readonly chunk: Chunk;
  readonly offset: number;
  readonly storedAt: Micros;
}

/**
 * Replies by sender and cookie: a repeated request gets the stored reply, not a second execution.
 *
 * The replies lie outside the heap: at thousands a second they would be most of what the garbage collector
 * has to move.
 */
export class CookieCache {
  readonly #entries: Map<string, Entry> = new Map();
  /** Oldest first. */
  readonly #chunks: Chunk[] = [];

  /** The stored reply; undefined when there is none, or none any more. */
  find(key: string, now: Micros): string | undefined {
    this.forget(now);
    const entry = this.#entries.get(key);
    // Its chunk may live on for younger ones.
    if (!entry || now - entry.storedAt > KEEP_MICROS) return undefined;
    const { chunk, offset } = entry;
    const start = offset + LENGTH_BYTES;
    return chunk.bytes.toString("latin1", start, start + chunk.bytes.readUInt32LE(offset));
  }

  /** @param reply a byte string */
  store(key: string, reply: string, now: Micros): void {
    const chunk = this.#chunkFor(LENGTH_BYTES + reply.length, now);
    const offset = chunk.used;
    chunk.bytes.writeUInt32LE(reply.length, offset);
    chunk.bytes.write(reply, offset + LENGTH_BYTES, "latin1");
    chunk.used += LENGTH_BYTES + reply.length;
    chunk.keys.push(key);
    chunk.newestAt = now;
    this.#entries.set(key, { chunk, offset, storedAt: now });
  }

  /** Lets go of what is too old; to be called now and then, lest a quiet time keep a busy one's replies. */
  forget(now: Micros): void {
    while (this.#chunks.length > 0 && now - this.#chunks[0]!.newestAt > KEEP_MICROS) this.#drop();
  }

  /** Replies that are kept now. */
  get size(): number {
    return this.#entries.size;
  }

  #chunkFor(bytes: number, now: Micros): Chunk {
    const last = this.#chunks.at(-1);
    if (last && last.used + bytes <= last.bytes.length) return last;
    if (this.#chunks.length >= MAX_CHUNKS) this.#drop();
    const chunk = {
      bytes: Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, bytes)),
      keys: [],
      used: 0,
      newestAt: now,
    };
    this.#chunks.push(chunk);
    return chunk;
  }

  #drop(): void {
    const chunk = this.#chunks.shift()!;
    for (const key of chunk.keys) if (this.#entries.get(key)?.chunk === chunk) this.#entries.delete(key);
  }
}
