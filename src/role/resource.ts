/** A Jinja condition; see `expression.ts` for the words that may be in it. */
export type Condition = string;

/** What runs once at the end when something that notifies it has changed. In the order in which they run. */
export const HANDLER_NAMES = [
  "reload systemd",
  "apply sysctl",
  "reload kernel module",
  "restart rsyslog",
  "restart rtpengine",
  "reconfigure rtpengine",
  "restart rtpengine recording",
] as const;

export type HandlerName = (typeof HANDLER_NAMES)[number];

interface Common {
  /** What it does, as a sentence without a full stop; names it in plans and is the name of its Ansible task. */
  readonly name: string;
  /** All must hold; else it is left alone. */
  readonly when?: readonly Condition[];
  readonly notifies?: readonly HandlerName[];
}

interface Ownership {
  readonly owner: string;
  readonly group: string;
  /** Octal, four digits. */
  readonly mode: string;
}

/** Something that must be so, or (`isWarning`) had better be so. */
export interface CheckResource extends Common {
  readonly kind: "check";
  readonly that: Condition;
  /** What to say when it is not so. */
  readonly message: string;
  readonly isWarning: boolean;
}

/** Looks something up on the host, without changing it; later expressions see `{rc, stdout}` under `register`. */
export interface ProbeResource extends Common {
  readonly kind: "probe";
  readonly argv: readonly string[];
  readonly register: string;
}

/** Reads secrets from Vault, from the control machine; later expressions see them under `register`, as Ansible's `uri` gives them. */
export interface VaultResource extends Common {
  readonly kind: "vault";
  readonly register: string;
}

/**
 * Keeps a note on the host of what was there before the role, for a removal later. No change: nothing that it is about
 * gets any different by it.
 */
export interface NoteResource extends Common {
  readonly kind: "note";
  readonly argv: readonly string[];
  /** A file that it writes; comes back with whatever else a run takes back. */
  readonly keeps?: string;
  /** Takes back what follows, where files alone do not tell. */
  readonly undo?: readonly string[];
}

export interface GroupResource extends Common {
  readonly kind: "group";
  readonly group: string;
}

/** A system account that nobody logs in to. */
export interface UserResource extends Common {
  readonly kind: "user";
  readonly user: string;
  readonly group: string;
}

export interface DirectoryResource extends Common, Ownership {
  readonly kind: "directory";
  readonly path: string;
}

/** A file from a template of the role. */
export interface TemplateResource extends Common, Ownership {
  readonly kind: "template";
  readonly path: string;
  /** Name in `templates/`. */
  readonly template: string;
  /** May hold secrets of Vault: its text is not shown where there are some. */
  readonly hasSecrets?: boolean;
}

/** A file as it stands on a server; root's, readable by all. Fetched whenever it concerns the host. */
export interface DownloadResource extends Common {
  readonly kind: "download";
  readonly url: string;
  readonly path: string;
}

/** A symbolic link. */
export interface LinkResource extends Common {
  readonly kind: "link";
  readonly path: string;
  readonly target: string;
}

/** A file, link or folder that must not be. */
export interface AbsentResource extends Common {
  readonly kind: "absent";
  readonly path: string;
}

export interface PackagesResource extends Common {
  readonly kind: "packages";
  readonly packages: readonly string[];
  readonly isPresent: boolean;
  /** With what they recommend. */
  readonly withRecommends?: boolean;
}

/** Packages of this project, from a folder on the control machine. */
export interface DebFileResource extends Common {
  readonly kind: "deb-file";
  /** Folder on the control machine. */
  readonly folder: string;
  readonly packageName: string;
}

export interface ServiceResource extends Common {
  readonly kind: "service";
  readonly unit: string;
  readonly isRunning: Condition;
}

/** A unit that is to start anew; for handlers. */
export interface RestartResource extends Common {
  readonly kind: "restart";
  readonly unit: string;
}

/** The daemon is to follow its file, live where that is possible; for handlers. See `apply/activate.ts`. */
export interface ActivationResource extends Common {
  readonly kind: "activation";
  readonly unit: string;
  readonly configFile: string;
  readonly cli: string;
  /** A number, as text. */
  readonly drainSeconds: string;
  readonly isForced: boolean;
}

/** systemd is to read its files anew; for handlers. */
export interface DaemonReloadResource extends Common {
  readonly kind: "daemon-reload";
}

/** A command that changes something; done when `creates` is there. */
export interface CommandResource extends Common {
  readonly kind: "command";
  readonly argv: readonly string[];
  readonly creates?: string;
  readonly folder?: string;
  /** Takes back what it did. */
  readonly undo?: readonly string[];
  /** What it does, for people, where its words do not say so. */
  readonly does?: string;
}

/**
 * A command that proves that the host works, after all changes have taken effect; changes nothing. Ansible runs it as a
 * task; the applier has a verification of its own, which says more.
 */
export interface VerifyResource extends Common {
  readonly kind: "verify";
  readonly argv: readonly string[];
}

/**
 * One thing that is to be so on a host.
 *
 * As declared, texts hold Jinja and `when` says whether it concerns this host; `resolve` turns that into what is
 * wanted here and now, which the applier reads. The emitter writes the declaration as it stands.
 */
export type Resource =
  | CheckResource
  | ProbeResource
  | VaultResource
  | NoteResource
  | GroupResource
  | UserResource
  | DirectoryResource
  | TemplateResource
  | DownloadResource
  | LinkResource
  | AbsentResource
  | PackagesResource
  | DebFileResource
  | ServiceResource
  | RestartResource
  | ActivationResource
  | DaemonReloadResource
  | CommandResource
  | VerifyResource;

/** Resources that belong together: a file of tasks in Ansible. */
export interface Section {
  /** File name without ending: `configure`. */
  readonly name: string;
  /** What it does, for people. */
  readonly title: string;
  readonly when?: readonly Condition[];
  readonly resources: readonly Resource[];
}

/** The whole role: what is to be so, in the order in which it is brought about. */
export interface Recipe {
  readonly sections: readonly Section[];
  /** Expressions that sections use, by name; they see all variables and the ones before them. */
  readonly derived: Readonly<Record<string, string>>;
  readonly handlers: Readonly<Record<HandlerName, readonly Resource[]>>;
}
