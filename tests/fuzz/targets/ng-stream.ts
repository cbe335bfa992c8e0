import { NgStreamSplitter } from "../../../src/wire/ng/stream.ts";

/** A stream in two chunks, and the same in chunks of one byte: both give the same messages or the same error. */
export function fuzzNgStream(bytes: Uint8Array): void {
  const middle = Math.floor(bytes.length / 2);
  const inTwo = outcome([bytes.subarray(0, middle), bytes.subarray(middle)]);
  const byByte = outcome(Array.from(bytes, (byte) => Uint8Array.of(byte)));
  // Where the stream breaks, chunks decide how many messages came out before; the messages do not differ.
  for (const [index, message] of inTwo.entries()) {
    if (message !== byByte[index]) throw new Error("chunks change the messages");
  }
}

function outcome(chunks: readonly Uint8Array[]): string[] {
  const splitter = new NgStreamSplitter(10_000);
  const messages: string[] = [];
  try {
    for (const chunk of chunks) {
      for (const message of splitter.push(chunk)) messages.push(Buffer.from(message).toString("latin1"));
    }
  } catch {
    // The kind of error is checked by the unit tests.
  }
  return messages;
}
