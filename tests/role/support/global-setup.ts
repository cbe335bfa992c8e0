import { baseRoot } from "./base-root.ts";
import { checkRequirements } from "./requirements.ts";
import { debianRepository } from "./rig.ts";
import { removeDeadRuns } from "./run-folder.ts";

/** Makes what takes long the first time, before any test's clock runs. @returns what runs after all tests */
export default async function setup(): Promise<() => void> {
  checkRequirements();
  removeDeadRuns();
  await debianRepository(await baseRoot());
  return removeDeadRuns;
}
