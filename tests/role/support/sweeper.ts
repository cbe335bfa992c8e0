/*
 * Removes what a run has made when the process that made it is gone: `ROLE_RIG_RUN` names the run, and standard input
 * ends with the process.
 */
import { removeRun } from "./run-folder.ts";

process.stdin.resume().once("end", () => removeRun(process.env.ROLE_RIG_RUN));
