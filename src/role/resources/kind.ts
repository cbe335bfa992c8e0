import type { Context } from "../expression.ts";
import type { FileState } from "../host/files.ts";
import { type Host, HostError } from "../host/host.ts";
import type { Resource } from "../resource.ts";

/** What brings back what was there before a change; plain data, kept on the host for a later rollback. */
export type UndoStep =
  | {
      readonly kind: "path";
      readonly path: string;
      /** Absent: nothing was there. */
      readonly before?: FileState;
      /** Of a file, in base64. */
      readonly content?: string;
      /** Of a note about changes, which is none itself. */
      readonly isNote?: boolean;
    }
  | {
      readonly kind: "packages";
      readonly installed: readonly string[];
      /** Of those, what was known before: configuration of an earlier time was there, which is not to go. */
      readonly knownBefore?: readonly string[];
      /** What had to make room, as `NAME=VERSION`. */
      readonly removed?: readonly string[];
      /** What has another version now, as `NAME=VERSION` of before. */
      readonly replaced?: readonly string[];
    }
  | {
      readonly kind: "service";
      readonly unit: string;
      readonly wasActive: boolean;
      readonly wasEnabled: boolean;
    }
  | { readonly kind: "command"; readonly argv: readonly string[]; readonly isNote?: boolean }
  | { readonly kind: "account"; readonly user?: string; readonly group?: string };

/** A change that failed when a part of it was done already. */
export class HalfDoneError extends HostError {
  /** Take that part back. */
  readonly steps: readonly UndoStep[];

  constructor(cause: HostError, steps: readonly UndoStep[]) {
    super(cause.message, { cause });
    this.name = "HalfDoneError";
    this.steps = steps;
  }
}

/** The difference between what is and what is wanted. */
export interface Change {
  /** What would be done or was done, in a few words. */
  readonly summary: string;
  /** A unified diff, where there is text. */
  readonly diff?: string;
  /** Does it. @returns how to take it back @throws HalfDoneError when a part of it has been done */
  apply(): Promise<readonly UndoStep[]>;
}

/** What the kinds work with. */
export interface Workplace {
  readonly host: Host;
  /** All variables, derived values and what probes have found. */
  readonly context: Context;
  /** The text of a template in `templates/`. */
  readonly templateText: (name: string) => string;
}

/** A task as Ansible's YAML has it. */
export type AnsibleTask = Readonly<Record<string, unknown>>;

/** All that is known of one kind of resource. */
export interface Kind<R extends Resource> {
  /** Compares what is with what is wanted; changes nothing. @returns undefined when all is as it should be */
  plan(resource: R, workplace: Workplace): Promise<Change | undefined>;
  /** The same wish as Ansible's tasks, without name, condition and notification. */
  task(declaration: R): AnsibleTask;
}
