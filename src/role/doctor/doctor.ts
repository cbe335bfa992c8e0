import { type Host, HostError } from "../host/host.ts";
import type { Diagnosis } from "./diagnosis.ts";
import { judgeKernel } from "./judge-kernel.ts";
import { judgeNetwork } from "./judge-network.ts";
import { judgeHost, judgeService } from "./judge-service.ts";
import { readPatient } from "./patient.ts";
import { gatherSymptoms, type Symptoms } from "./symptoms.ts";

/** What is well and what ails a host, with a command for each ailment. Changes nothing. @throws HostError */
export async function examine(host: Host, configFile: string): Promise<Diagnosis[]> {
  const { code, stdout, stderr } = await host.run(["cat", configFile]);
  if (code !== 0) throw new HostError(`${host.name}: ${configFile} cannot be read: ${stderr.trim()}`);
  return diagnose(await gatherSymptoms(host), stdout);
}

/** The same from what was seen. */
export function diagnose(symptoms: Symptoms, configuration: string): Diagnosis[] {
  const isOurs = /^ii\s+rtpengine-ts /m.test(symptoms.packages);
  const patient = readPatient(configuration, isOurs);
  return [
    ...judgeService(symptoms, patient),
    ...judgeKernel(symptoms, patient),
    ...judgeNetwork(symptoms, patient),
    ...judgeHost(symptoms),
  ];
}
