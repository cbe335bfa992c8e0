import koffi from "koffi";
import { InvariantError } from "../base/errors.ts";

/**
 * An address kept for calls in a packet loop: a field that was `null` once holds the number boxed, so that passing
 * it on allocates nothing. A field that was always a number is boxed anew for each call.
 */
export type KeptAddress = number | null;

/**
 * Memory that foreign functions may read and write: outside the heap, so it never moves, with all the
 * views on it made once. It lives as long as this object does; keep the object while a call may use it.
 *
 * Integers in the views have the machine's byte order (little endian on x64 and arm64).
 */
export class ForeignMemory {
  readonly byteLength: number;
  readonly buffer: ArrayBuffer;
  /** Where it starts, as the C side sees it. */
  readonly address: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly words16: Uint16Array<ArrayBuffer>;
  readonly words32: Int32Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;

  /** @param byteLength rounded up to whole pages, which keeps small ones off the JavaScript heap too */
  constructor(byteLength: number) {
    this.byteLength = Math.max(4096, (byteLength + 4095) & ~4095);
    this.buffer = new ArrayBuffer(this.byteLength);
    this.bytes = new Uint8Array(this.buffer);
    this.words16 = new Uint16Array(this.buffer);
    this.words32 = new Int32Array(this.buffer);
    this.view = new DataView(this.buffer);
    this.address = Number(koffi.address(this.bytes));
  }

  /**
   * The address of `length` bytes from `offset`.
   *
   * @throws InvariantError when they do not all lie inside
   */
  addressOf(offset: number, length: number): number {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.byteLength)) {
      throw new InvariantError(`foreign memory: ${offset}+${length} is outside ${this.byteLength} bytes`);
    }
    return this.address + offset;
  }

  /** Stores a 64-bit address or length at `offset`. */
  writePointer(offset: number, value: number): void {
    this.view.setBigUint64(offset, BigInt(value), true);
  }
}
