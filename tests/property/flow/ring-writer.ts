import { workerData } from "node:worker_threads";
import { Ring } from "../../../src/flow/ring.ts";

/* Writes `messages` messages whose length, kind and bytes follow from their number. */
const { buffer, messages } = workerData as { buffer: SharedArrayBuffer; messages: number };
const ring = new Ring(buffer);
const bytes = new Uint8Array(64);
for (let number = 0; number < messages; number++) {
  bytes.fill(number & 0xff);
  while (!ring.push(1 + (number % 7), number, bytes, 0, number % 50));
}
