import { connect } from "node:net";
/** Where a daemon takes commands (`listen-cli`). */
export interface CommandPort {
  readonly host: string;
  readonly port: number;
}

/**
 * Sends one command line and returns the whole answer: the daemon closes the connection after it.
 *
 * @throws Error with a sentence for the user when there is no answer in time
 */
export function askDaemon(target: CommandPort, command: string, timeoutMs: number): Promise<string> {
  const place = target.host.includes(":")
    ? `[${target.host}]:${target.port}`
    : `${target.host}:${target.port}`;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let isSettled = false;
    const socket = connect({ host: target.host, port: target.port });
    const settle = (error: string | undefined): void => {
      if (isSettled) return;
      isSettled = true;
      socket.destroy();
      if (error === undefined) resolve(Buffer.concat(chunks).toString("utf8"));
      else reject(new Error(error));
    };
    // Silence for that long, not the whole time: a long answer may take its time.
    socket.setTimeout(timeoutMs, () => {
      // A daemon that answers but keeps the connection open has said what it has to say.
      settle(chunks.length > 0 ? undefined : `no answer from ${place} within ${timeoutMs / 1000} s`);
    });
    socket.on("connect", () => socket.write(`${command}\n`));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("end", () => settle(undefined));
    socket.on("close", () =>
      settle(chunks.length > 0 ? undefined : `${place} closed the connection without an answer`),
    );
    socket.on("error", (error) => {
      const hint = "is the daemon running, and is this its listen-cli?";
      settle(
        `cannot connect to ${place}: ${error.message || (error as NodeJS.ErrnoException).code}; ${hint}`,
      );
    });
  });
}
