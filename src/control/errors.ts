import { ProxyError } from "../base/errors.ts";
import type { LimitReason } from "../engine/index.ts";

/** A new call is refused for now. Proxies that know the `load limit` reply get it and try elsewhere. */
export class LoadLimitError extends ProxyError {
  /** Whether the client understands `result: load limit`. */
  readonly isUnderstood: boolean;

  constructor(reason: LimitReason, isUnderstood: boolean) {
    // Others always read this one text (upstream does the same).
    super("E_LOAD_LIMIT", isUnderstood ? reason : "Parallel session limit reached");
    this.isUnderstood = isUnderstood;
  }
}
