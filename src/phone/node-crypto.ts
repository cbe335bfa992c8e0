import { createCipheriv, createHmac } from "node:crypto";
import type { CryptoProvider } from "../protocol/srtp/index.ts";

/** SRTP's cryptography by `node:crypto`: correct, and as slow as an object for each packet makes it. */
export const nodeCrypto: CryptoProvider = {
  counterMode(key) {
    const algorithm = `aes-${key.length * 8}-ctr`;
    return {
      apply(initialCounter, bytes, offset, length) {
        const part = bytes.subarray(offset, offset + length);
        part.set(createCipheriv(algorithm, key, initialCounter).update(part));
      },
    };
  },
  hmacSha1(key) {
    return {
      sign(bytes, offset, length, trailer, mac) {
        const hash = createHmac("sha1", key).update(bytes.subarray(offset, offset + length));
        mac.set(hash.update(trailer).digest());
      },
    };
  },
};
