import { ProxyError } from "../base/errors.ts";

/** Why a request has no good reply. */
export type NgClientErrorCode =
  | "E_NG_CLIENT_REFUSED"
  | "E_NG_CLIENT_LOAD_LIMIT"
  | "E_NG_CLIENT_TIMEOUT"
  | "E_NG_CLIENT_CONNECTION"
  | "E_NG_CLIENT_REPLY"
  | "E_NG_CLIENT_CLOSED";

/** A request that did not succeed. `command` is what was asked for. */
export class NgClientError extends ProxyError {
  declare readonly code: NgClientErrorCode;
  readonly command: string;

  constructor(code: NgClientErrorCode, command: string, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.command = command;
  }
}

/** The engine answered `result: error`. */
export class NgRefusedError extends NgClientError {
  /** `error-reason` as the engine wrote it. */
  readonly reason: string;

  constructor(command: string, reason: string) {
    super("E_NG_CLIENT_REFUSED", command, `${command} refused: ${reason}`);
    this.reason = reason;
  }
}

/** The engine answered `result: load limit`: another engine may take the call. */
export class NgLoadLimitError extends NgClientError {
  /** Which limit, in the engine's words. */
  readonly reason: string;

  constructor(command: string, reason: string) {
    super("E_NG_CLIENT_LOAD_LIMIT", command, `${command} refused for now: ${reason}`);
    this.reason = reason;
  }
}

/** No reply within the time; the request may have been carried out all the same. */
export class NgTimeoutError extends NgClientError {
  readonly timeoutMs: number;

  constructor(command: string, server: string, timeoutMs: number, cause: Error | undefined) {
    const why = cause === undefined ? "" : ` (${cause.message})`;
    super(
      "E_NG_CLIENT_TIMEOUT",
      command,
      `${command}: no reply from ${server} within ${timeoutMs} ms${why}`,
      {
        cause,
      },
    );
    this.timeoutMs = timeoutMs;
  }
}
