import { describe, expect, test } from "vitest";
import { nodeCrypto } from "../../src/phone/node-crypto.ts";
import { readSdes, writeSdes } from "../../src/protocol/srtp/index.ts";
import { deriveSessionKey, KeyLabel } from "../../src/protocol/srtp/key-derivation.ts";
import { parseCrypto, writeCrypto } from "../../src/wire/sdp/attributes-security.ts";
import { COUNTER_MODE_VECTOR, KEY_DERIVATION_VECTOR, SDES_VECTORS } from "./srtp.ts";

const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ""), "hex"));

describe(COUNTER_MODE_VECTOR.source, () => {
  const { sessionKey, initialCounter, keyStream } = COUNTER_MODE_VECTOR;

  test.each(keyStream)("block $block", ({ block, hex }) => {
    const stream = new Uint8Array((block + 1) * 16);
    nodeCrypto.counterMode(fromHex(sessionKey)).apply(fromHex(initialCounter), stream, 0, stream.length);
    expect(stream.subarray(block * 16)).toEqual(fromHex(hex));
  });
});

describe(KEY_DERIVATION_VECTOR.source, () => {
  const prf = nodeCrypto.counterMode(fromHex(KEY_DERIVATION_VECTOR.masterKey));

  test.each([
    { label: KeyLabel.RtpEncryption, hex: KEY_DERIVATION_VECTOR.encryption },
    { label: KeyLabel.RtpAuthentication, hex: KEY_DERIVATION_VECTOR.authentication },
    { label: KeyLabel.RtpSalt, hex: KEY_DERIVATION_VECTOR.salt },
  ])("label $label", ({ label, hex }) => {
    const wanted = fromHex(hex);
    const masterSalt = fromHex(KEY_DERIVATION_VECTOR.masterSalt);
    expect(deriveSessionKey(prf, masterSalt, label, wanted.length)).toEqual(wanted);
  });
});

describe("a=crypto", () => {
  test.each(SDES_VECTORS)("$source: $why", ({ line }) => {
    const sdes = readSdes(parseCrypto(line)!)!;
    const again = writeCrypto(writeSdes(sdes.tag, sdes.key));
    expect(again).toBe(line.replace("|2^20", ""));
    expect(readSdes(parseCrypto(again)!)?.key.equals(sdes.key)).toBe(true);
  });
});
