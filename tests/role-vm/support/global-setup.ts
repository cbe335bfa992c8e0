import { baseRoot } from "../../role/support/base-root.ts";
import { checkRequirements } from "../../role/support/requirements.ts";
import { debianRepository } from "../../role/support/rig.ts";
import { removeDeadRuns } from "../../role/support/run-folder.ts";
import { amd64Guest, arm64Guest } from "./guests.ts";
import { GUEST_PROGRAMS } from "./requirements.ts";

/** Makes what takes long the first time, before any test's clock runs. @returns what runs after all tests */
export default async function setup(): Promise<() => void> {
  checkRequirements(GUEST_PROGRAMS);
  removeDeadRuns();
  await debianRepository(await baseRoot());
  await amd64Guest();
  await arm64Guest();
  return removeDeadRuns;
}
