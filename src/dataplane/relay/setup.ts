import type { Family } from "../../base/endpoint.ts";
import { DROP_SLOTS } from "../../flow/flow-state.ts";

/** A local address as workers know it. */
export interface SetupAddress {
  readonly family: Family;
  /** Packed address, four words. */
  readonly words: Int32Array;
}

/** Memory that main and all workers share. */
export interface SharedTables {
  readonly states: SharedArrayBuffer;
  readonly recordHalves: SharedArrayBuffer;
  readonly recordSelectors: SharedArrayBuffer;
  readonly clockRates: SharedArrayBuffer;
  /** Per slot: how often it has been given out. Main writes. */
  readonly slotEpochs: SharedArrayBuffer;
  /** Per address index and port: flow id + 1, or 0. Main writes. */
  readonly flowsByPort: SharedArrayBuffer;
}

/** How a worker gets at the network. All descriptors belong to main. */
export type SetupBackend =
  | {
      readonly kind: "steered";
      /** UDP sockets that ports are steered to; -1 where no local address has that family. */
      readonly ipv4: number;
      readonly ipv6: number;
      /** Raw socket per local address. */
      readonly outlets: readonly number[];
    }
  | {
      readonly kind: "sockets";
      /** Per flow: descriptor of its socket, or -1. Main writes. */
      readonly descriptors: SharedArrayBuffer;
    };

/** Everything a worker thread starts with. */
export interface WorkerSetup {
  readonly tables: SharedTables;
  readonly addresses: readonly SetupAddress[];
  readonly backend: SetupBackend;
  readonly control: SharedArrayBuffer;
  readonly events: SharedArrayBuffer;
  readonly commands: SharedArrayBuffer;
  readonly epoll: number;
  /** Becomes readable when a command or the wish to stop is there. */
  readonly wakeup: number;
  /** Real-time priority to ask for; 0: none. */
  readonly realtimePriority: number;
  /** CPU to stay on; -1: any. */
  readonly cpu: number;
}

/** Words of a worker's control block. */
export const ControlWord = {
  /** Counts up when a batch begins and when it ends: odd while flows are being read. Worker writes. */
  batch: 0,
  /** 1: leave the loop. Main writes. */
  stop: 1,
  /** `WorkerStatus`. Worker writes. */
  status: 2,
  /** Error number of the wish for real-time priority; 0: granted. Worker writes. */
  realtimeErrno: 3,
  /** Counts the batches that left events in the ring; main waits for it to move. Worker writes. */
  doorbell: 4,
} as const;

export const WorkerStatus = { Starting: 0, Running: 1, Stopped: 2 } as const;

/** First byte of the drop counters (float64, by `DropReason`) for packets that belong to no flow. Worker writes. */
export const CONTROL_DROPS_BYTE = 64;
export const CONTROL_BYTES: number = CONTROL_DROPS_BYTE + DROP_SLOTS * 8;
