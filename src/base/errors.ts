/**
 * Base of every error this project throws on purpose. `code` is stable API; `message` is not,
 * except where a peer's clients match on it (NG error reasons).
 */
export class ProxyError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A broken invariant of ours: the call is torn down, the daemon lives, the stack is logged once. */
export class InvariantError extends ProxyError {
  constructor(message: string, options?: ErrorOptions) {
    super("E_INVARIANT", message, options);
  }
}

/**
 * Throws when `condition` does not hold.
 *
 * @throws InvariantError
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
