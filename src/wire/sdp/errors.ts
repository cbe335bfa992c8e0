import { ProxyError } from "../../base/errors.ts";

/** A session description that the parser refuses. */
export class SdpError extends ProxyError {
  /** Counts from 1. */
  readonly line: number;

  constructor(line: number, problem: string) {
    super("E_SDP_SYNTAX", `SDP line ${line}: ${problem}`);
    this.line = line;
  }
}
