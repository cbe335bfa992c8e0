import { constants } from "node:os";

const pending: Set<() => void> = new Set();
let isWatching = false;

/**
 * Makes sure that something is undone however the process ends: normally, by an error, or by Ctrl-C.
 *
 * @param undo must not wait for anything
 * @returns undoes it now; once
 */
export function undoAtExit(undo: () => void): () => void {
  if (!isWatching) watch();
  const once = (): void => {
    if (pending.delete(once)) undo();
  };
  pending.add(once);
  return once;
}

function watch(): void {
  isWatching = true;
  process.on("exit", () => {
    // In the reverse order: what was made last stands on what was made before.
    for (const undo of [...pending].reverse()) {
      try {
        undo();
      } catch (error) {
        process.stderr.write(`not cleaned up: ${String(error)}\n`);
      }
    }
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => process.exit(128 + constants.signals[signal]));
  }
}
