import type { HandlerName } from "../resource.ts";

/** What happens while a host is planned or converged; printed as it comes. */
export type ApplyEvent =
  | { readonly kind: "section"; readonly title: string }
  | { readonly kind: "ok"; readonly name: string }
  | { readonly kind: "skipped"; readonly name: string }
  | { readonly kind: "warning"; readonly message: string }
  | { readonly kind: "changing"; readonly name: string; readonly summary: string }
  | {
      readonly kind: "changed";
      readonly name: string;
      readonly summary: string;
      readonly diff?: string | undefined;
    }
  | { readonly kind: "handler"; readonly name: HandlerName }
  | { readonly kind: "failed"; readonly name: string; readonly message: string }
  /** @param problems what is not as it was, in sentences */
  | { readonly kind: "rolled-back"; readonly steps: number; readonly problems: readonly string[] };

/** Counts of a run, as Ansible's recap has them. */
export interface Recap {
  ok: number;
  changed: number;
  skipped: number;
  warnings: number;
  failed: number;
  /** Handlers that ran, or would run. */
  handlers: HandlerName[];
}
