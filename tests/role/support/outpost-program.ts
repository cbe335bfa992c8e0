/*
 * Run in a machine's network namespace: opens what a test wants to have there, and calls its methods as it is told
 * by its parent (`outpost.ts`).
 */
import { NgClient } from "../../../src/client/index.ts";
import { Phone } from "../../../src/phone/index.ts";
import { openCollector } from "../../../src/role/verify/collector.ts";

/** What can be opened at an outpost. */
export type Opener = "phone" | "ng" | "collector";

const OPENERS = {
  phone: Phone.open,
  ng: NgClient.open,
  collector: openCollector,
} satisfies Record<Opener, unknown>;

/** A call of a method, the reading of a property, or (without `object`) the opening of something. */
export interface OutpostRequest {
  readonly id: number;
  readonly object?: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

export type OutpostReply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

const objects: Record<string, unknown>[] = [];

async function carryOut({ object, name, args }: OutpostRequest): Promise<unknown> {
  if (object === undefined) {
    const open = OPENERS[name as Opener] as unknown as (...args: readonly unknown[]) => Promise<unknown>;
    return objects.push((await open(...args)) as Record<string, unknown>) - 1;
  }
  const target = objects[object]!;
  const member = target[name];
  return typeof member === "function" ? await member.apply(target, args) : member;
}

process.on("message", (request: OutpostRequest) => {
  const { id } = request;
  const reply = (message: OutpostReply): void => {
    process.send?.(message);
  };
  carryOut(request).then(
    (value) => reply({ id, value }),
    (error: unknown) => reply({ id, error: (error as Error).message }),
  );
});
// Whoever started it is gone.
process.on("disconnect", () => process.exit(0));
