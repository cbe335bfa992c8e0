import { ProxyError } from "../base/errors.ts";

/** A port range has no free port (or pair) left. Clients match on the message. */
export class PortsExhaustedError extends ProxyError {
  constructor(options?: ErrorOptions) {
    super("E_PORTS_EXHAUSTED", "Ran out of ports", options);
  }
}

/** The backend that was asked for cannot run on this host. */
export class BackendUnavailableError extends ProxyError {
  constructor(reason: string, options?: ErrorOptions) {
    super("E_BACKEND_UNAVAILABLE", reason, options);
  }
}
