import { Buffer } from "node:buffer";
import { randomInt } from "node:crypto";
import type { Micros } from "../../base/brand.ts";
import { ReplyIndex } from "./reply-index.ts";

/** How long a reply answers repeats: longer than any proxy retries. */
const KEEP_MICROS = 10_000_000;

const CHUNK_BYTES = 1 << 20;

/** Chunks at a time: beyond that the oldest replies leave early. */
const MAX_CHUNKS = 128;

/** All of them; one long reply may be many chunks' worth. */
const MAX_BYTES = MAX_CHUNKS * CHUNK_BYTES;

/** An entry is this header, then the key, then the reply; the next one begins at a multiple of 8. */
const Header = { storedAt: 0, hash: 8, keyBytes: 12, replyBytes: 16, bytes: 20 } as const;

/** Entries of one stretch of time, back to back. */
interface Chunk {
  readonly bytes: Buffer;
  /** First entry as the index knows it: positions count in units of 8 bytes through all chunks. */
  readonly firstPosition: number;
  used: number;
  newestAt: Micros;
}

const POSITIONS_PER_CHUNK = CHUNK_BYTES / 8;

/**
 * Replies by sender and cookie: a repeated request gets the stored reply, not a second execution.
 *
 * Neither the replies nor what finds them lie in the heap: at thousands a second they would be most of what the
 * garbage collector has to move.
 */
export class CookieCache {
  readonly #seed: number = randomInt(2 ** 32);
  readonly #index: ReplyIndex = new ReplyIndex();
  /** By number modulo `MAX_CHUNKS`. */
  readonly #chunks: (Chunk | undefined)[] = new Array<Chunk | undefined>(MAX_CHUNKS).fill(undefined);
  /** Number of the oldest chunk, and of the one that will be next. */
  #oldest = 0;
  #next = 0;
  /** Of all chunks. */
  #bytes = 0;

  /** The stored reply; undefined when there is none, or none any more. @param key a byte string */
  find(key: string, now: Micros): string | undefined {
    this.forget(now);
    const position = this.#index.find(this.#hash(key), (candidate) => this.#hasKey(candidate, key));
    if (position < 0) return undefined;
    const { bytes, offset } = this.#entry(position);
    // Its chunk may live on for younger ones.
    if (now - bytes.readDoubleLE(offset + Header.storedAt) > KEEP_MICROS) return undefined;
    const start = offset + Header.bytes + bytes.readUInt32LE(offset + Header.keyBytes);
    return bytes.toString("latin1", start, start + bytes.readUInt32LE(offset + Header.replyBytes));
  }

  /** @param key a byte string @param reply a byte string */
  store(key: string, reply: string, now: Micros): void {
    const length = Header.bytes + key.length + reply.length;
    if (length > MAX_BYTES) return;
    const chunk = this.#chunkFor(length, now);
    const { bytes, used: offset } = chunk;
    const hash = this.#hash(key);
    const position = chunk.firstPosition + offset / 8;
    bytes.writeDoubleLE(now, offset + Header.storedAt);
    bytes.writeUInt32LE(hash, offset + Header.hash);
    bytes.writeUInt32LE(key.length, offset + Header.keyBytes);
    bytes.writeUInt32LE(reply.length, offset + Header.replyBytes);
    bytes.write(key, offset + Header.bytes, "latin1");
    bytes.write(reply, offset + Header.bytes + key.length, "latin1");
    chunk.used = endOf(bytes, offset);
    chunk.newestAt = now;
    this.#index.set(hash, position, (candidate) => this.#hasKey(candidate, key));
  }

  /** Lets go of what is too old; to be called now and then, lest a quiet time keep a busy one's replies. */
  forget(now: Micros): void {
    while (this.#oldest < this.#next && now - this.#chunkAt(this.#oldest).newestAt > KEEP_MICROS)
      this.#drop();
  }

  /** Memory that replies take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Replies that are kept now. */
  get size(): number {
    return this.#index.size;
  }

  #chunkFor(bytes: number, now: Micros): Chunk {
    const last = this.#chunks[(this.#next - 1 + MAX_CHUNKS) % MAX_CHUNKS];
    if (last && last.used + bytes <= last.bytes.length) return last;
    const size = Math.max(CHUNK_BYTES, roundUp(bytes));
    while (this.#next - this.#oldest >= MAX_CHUNKS || this.#bytes + size > MAX_BYTES) this.#drop();
    this.#bytes += size;
    const at = this.#next % MAX_CHUNKS;
    this.#next++;
    const chunk = {
      bytes: Buffer.allocUnsafeSlow(size),
      firstPosition: at * POSITIONS_PER_CHUNK,
      used: 0,
      newestAt: now,
    };
    this.#chunks[at] = chunk;
    return chunk;
  }

  #drop(): void {
    const at = this.#oldest % MAX_CHUNKS;
    const { bytes, firstPosition, used } = this.#chunkAt(this.#oldest);
    for (let offset = 0; offset < used; offset = endOf(bytes, offset)) {
      this.#index.remove(bytes.readUInt32LE(offset + Header.hash), firstPosition + offset / 8);
    }
    this.#chunks[at] = undefined;
    this.#bytes -= bytes.length;
    this.#oldest++;
  }

  #chunkAt(number: number): Chunk {
    return this.#chunks[number % MAX_CHUNKS]!;
  }

  #entry(position: number): { bytes: Buffer; offset: number } {
    const { bytes, firstPosition } = this.#chunks[Math.floor(position / POSITIONS_PER_CHUNK)]!;
    return { bytes, offset: (position - firstPosition) * 8 };
  }

  #hasKey(position: number, key: string): boolean {
    const { bytes, offset } = this.#entry(position);
    if (bytes.readUInt32LE(offset + Header.keyBytes) !== key.length) return false;
    const start = offset + Header.bytes;
    for (let at = 0; at < key.length; at++) if (bytes[start + at] !== key.charCodeAt(at)) return false;
    return true;
  }

  /** FNV-1a, 32 bits, from a seed that nobody outside knows. */
  #hash(key: string): number {
    let hash = this.#seed;
    for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
    // The low bits choose the place in the index: let all others take part.
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    return (hash ^ (hash >>> 13)) >>> 0;
  }
}

function endOf(bytes: Buffer, offset: number): number {
  const payload =
    bytes.readUInt32LE(offset + Header.keyBytes) + bytes.readUInt32LE(offset + Header.replyBytes);
  return roundUp(offset + Header.bytes + payload);
}

function roundUp(bytes: number): number {
  return (bytes + 7) & ~7;
}
