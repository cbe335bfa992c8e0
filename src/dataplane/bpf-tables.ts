import { existsSync } from "node:fs";
import { basename } from "node:path";
import type { Address } from "../base/endpoint.ts";
import { packAddress } from "../flow/packed-endpoint.ts";
import { type Capability, effectiveCapabilities } from "../platform/capabilities.ts";

/**
 * Why a program cannot be loaded on this host; empty when it can, as far as can be told without trying.
 *
 * @param purpose what it is for, in words that begin the sentence
 */
export function bpfObstacle(purpose: string, needed: readonly Capability[], objectFile: string): string {
  const capabilities = effectiveCapabilities();
  const missing = needed.filter((capability) => !capabilities.has(capability));
  if (missing.length > 0) return `${purpose} needs ${missing.join(", ")}`;
  if (existsSync(objectFile)) return "";
  return `${purpose} needs bpf/${basename(objectFile)}, which is not built: run node scripts/build-bpf.mjs`;
}

export const ADDRESS_KEY_BYTES = 24;

/** `struct local_address` of `bpf/local-address.h`. @param family as the program names it */
export function addressKey(address: Address, family: number): Uint8Array {
  const key = new Uint8Array(ADDRESS_KEY_BYTES);
  new BigUint64Array(key.buffer)[0] = BigInt(family);
  new Int32Array(key.buffer, 8).set(packAddress(address));
  return key;
}

/** A `__u32` of the machine. */
export function uint32(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer);
}
