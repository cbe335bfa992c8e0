import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Address } from "../../base/endpoint.ts";
import type { FlowId } from "../../flow/flow.ts";
import { KERNEL_STATE_BYTES, KernelStates } from "../../flow/kernel-state.ts";
import {
  BpfObject,
  type IngressAttachment,
  type IngressHook,
  type SharedMapping,
  type TestRun,
} from "../../platform/bpf.ts";
import type { Capability } from "../../platform/capabilities.ts";
import { ADDRESS_KEY_BYTES, addressKey, bpfObstacle, uint32 } from "../bpf-tables.ts";
import { ENTRY_BYTES, FLOW_BYTES, type KernelEntry, writeEntry } from "./entry.ts";

const OBJECT_FILE: string = fileURLToPath(new URL("../../../bpf/fastpath.bpf.o", import.meta.url));
const NEEDED: readonly Capability[] = ["CAP_NET_ADMIN", "CAP_BPF"];
const PORTS = 65536;
const RATES = 256;
/** `struct control`: when flows end by themselves, then the clock rates. */
const CONTROL_BYTES: number = 8 + RATES * 4;

/** Why the kernel cannot forward on this host; empty when it can, as far as can be told without trying. */
export function fastpathObstacle(): string {
  return bpfObstacle("forwarding in the kernel", NEEDED, OBJECT_FILE);
}

/** An interface that the program watches, or why it does not. */
export interface Attachment {
  readonly interfaceIndex: number;
  readonly hook?: IngressHook;
  readonly problem?: string;
}

interface Attached extends Attachment {
  readonly attachment?: IngressAttachment;
}

/** The program in the kernel, its tables in our memory. */
export class KernelProgram {
  readonly states: KernelStates;
  readonly #object: BpfObject;
  readonly #ports: SharedMapping;
  readonly #flows: SharedMapping;
  readonly #flowWords: Int32Array;
  readonly #portWords: Int32Array;
  readonly #control: SharedMapping;
  readonly #states: SharedMapping;
  readonly #attachments = new Map<number, Attached>();

  readonly #hook: IngressHook;
  readonly #handle: number;
  /** After that its memory is nobody's: a write would end the process. */
  #isClosed = false;

  /**
   * Loads the program; it sees no packet before `attach`.
   *
   * @param addresses local ones, by index
   * @param capacity how many flows there may be
   * @param hook the best way to attach it that is to be tried
   * @param handle names this engine among others on the host; the same after a restart
   * @throws when the kernel or libbpf refuses
   */
  constructor(
    addresses: readonly (Address & { readonly index: number })[],
    capacity: number,
    hook: IngressHook,
    handle: number,
  ) {
    this.#hook = hook;
    this.#handle = handle;
    this.#object = new BpfObject(readFileSync(OBJECT_FILE));
    try {
      this.#object.setMaxEntries("addresses", addresses.length);
      this.#object.setMaxEntries("ports", addresses.length);
      this.#object.setMaxEntries("flows", capacity);
      this.#object.setMaxEntries("states", capacity);
      this.#object.load();
      for (const address of addresses) {
        this.#object.update(
          "addresses",
          addressKey(address, address.family),
          ADDRESS_KEY_BYTES,
          uint32(address.index),
          4,
        );
      }
      this.#ports = this.#object.mapMemory("ports", addresses.length * PORTS * 4);
      this.#flows = this.#object.mapMemory("flows", capacity * FLOW_BYTES);
      this.#states = this.#object.mapMemory("states", capacity * KERNEL_STATE_BYTES);
      this.#control = this.#object.mapMemory("control", CONTROL_BYTES);
    } catch (error) {
      this.#object.close();
      throw error;
    }
    this.#portWords = wordsOf(this.#ports.bytes);
    this.#flowWords = wordsOf(this.#flows.bytes);
    this.states = new KernelStates(wordsOf(this.#states.bytes));
  }

  /** Lets the program see what arrives at an interface. @returns whether it does */
  attach(interfaceIndex: number): boolean {
    let attachment = this.#attachments.get(interfaceIndex);
    if (attachment === undefined) {
      try {
        const made = this.#object.attachToIngress("forward", interfaceIndex, this.#handle, this.#hook);
        attachment = { interfaceIndex, hook: made.hook, attachment: made };
      } catch (error) {
        attachment = { interfaceIndex, problem: error instanceof Error ? error.message : String(error) };
      }
      this.#attachments.set(interfaceIndex, attachment);
    }
    return attachment.problem === undefined;
  }

  get attachments(): readonly Attachment[] {
    return [...this.#attachments.values()].map(({ attachment: _, ...rest }) => rest);
  }

  /** Lets attachments that failed be tried again. */
  forgetFailures(): void {
    for (const [index, { problem }] of this.#attachments) {
      if (problem !== undefined) this.#attachments.delete(index);
    }
  }

  /** Forgets attachments that are gone: the interface, or the filter. @returns whether some are */
  forgetLost(): boolean {
    let isSomeLost = false;
    for (const [index, { attachment }] of this.#attachments) {
      if (attachment === undefined || attachment.isAttached()) continue;
      attachment.detach();
      this.#attachments.delete(index);
      isSomeLost = true;
    }
    return isSomeLost;
  }

  /** Binds a port to its flow, or (-1) to none. */
  setPort(addressIndex: number, port: number, flowId: number): void {
    if (this.#isClosed) return;
    Atomics.store(this.#portWords, addressIndex * PORTS + port, flowId + 1);
  }

  /** Writes into the half that does not hold, then makes it the one that does. */
  publish(flowId: FlowId, entry: KernelEntry): void {
    if (this.#isClosed) return;
    const at = flowId * FLOW_BYTES;
    const next = this.#flowWords[at / 4] === 1 ? 2 : 1;
    writeEntry(this.#flows.bytes, at + 8 + (next - 1) * ENTRY_BYTES, entry);
    Atomics.store(this.#flowWords, at / 4, next);
  }

  /** Lets a flow's packets go up the stack. */
  withdraw(flowId: FlowId): void {
    if (this.#isClosed) return;
    Atomics.store(this.#flowWords, (flowId * FLOW_BYTES) / 4, 0);
  }

  /** Sets until when flows hold, and the clock rates. @param untilMicros monotonic */
  refresh(untilMicros: number, ratesHz: Float64Array): void {
    if (this.#isClosed) return;
    const view = new DataView(this.#control.bytes.buffer, this.#control.bytes.byteOffset, CONTROL_BYTES);
    for (let index = 0; index < RATES; index++) view.setUint32(8 + index * 4, ratesHz[index]!, true);
    new BigUint64Array(view.buffer, view.byteOffset, 1)[0] = BigInt(Math.round(untilMicros)) * 1000n;
  }

  /** Lets the program judge a frame as if it had arrived, on no interface. */
  testRun(frame: Uint8Array, repeat = 1): TestRun {
    return this.#object.testRun("forward", frame, repeat);
  }

  /** Takes the program away. What was counted can still be read. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.states.detach();
    for (const { attachment } of this.#attachments.values()) attachment?.detach();
    this.#object.close();
    for (const mapping of [this.#ports, this.#flows, this.#states, this.#control]) mapping.dispose();
  }
}

function wordsOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}
