import { closeSync, constants, existsSync, openSync, rmSync, writeFileSync } from "node:fs";
import { ProxyError } from "../base/errors.ts";

/** The file that is to hold the process number cannot be written. */
export class PidFileError extends ProxyError {
  constructor(path: string, cause: unknown) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
    super("E_PID_FILE", `Cannot write the process number to ${path} (--pidfile): ${EXPLAINED[why] ?? why}`, {
      cause,
    });
  }
}

const EXPLAINED: Readonly<Record<string, string>> = {
  ENOENT: "ENOENT, the folder does not exist",
  ENOTDIR: "ENOTDIR, part of the path is no folder",
  EISDIR: "EISDIR, it is a folder",
  EACCES: "EACCES, this user may not write there",
  EROFS: "EROFS, the file system is read-only",
};

/**
 * The file with our process number: tried before anything is served, so that a wrong path costs no call; written
 * when all is, so that a second daemon that fails to start leaves the first one's number alone.
 */
export class PidFile {
  readonly #path: string;
  /** Whether it exists because of us. */
  #isOurs: boolean;

  /** @throws PidFileError */
  constructor(path: string) {
    this.#path = path;
    this.#isOurs = !existsSync(path);
    try {
      closeSync(openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NONBLOCK, 0o644));
    } catch (cause) {
      throw new PidFileError(path, cause);
    }
  }

  /** @throws PidFileError */
  write(pid: number): void {
    this.#isOurs = true;
    try {
      writeFileSync(this.#path, `${pid}\n`);
    } catch (cause) {
      throw new PidFileError(this.#path, cause);
    }
  }

  /** Removes what is ours: at the end, and when the start fails. */
  remove(): void {
    if (this.#isOurs) rmSync(this.#path, { force: true });
  }
}
