import { type Host, HostError } from "../host/host.ts";
import { ngEndpoint } from "../verify/after-apply.ts";
import { pingFrom } from "../verify/remote.ts";
import type { Diagnosis } from "./diagnosis.ts";
import { judgeKernel } from "./judge-kernel.ts";
import { judgeNetwork } from "./judge-network.ts";
import { askFromProxy, judgeProxyAnswer, type ProxyAccess, type ProxyAnswer } from "./judge-proxy.ts";
import { judgeHost, judgeService, type NgAnswer } from "./judge-service.ts";
import { readPatient } from "./patient.ts";
import { gatherSymptoms, type Symptoms } from "./symptoms.ts";

/**
 * What is well and what ails a host, with a command for each ailment. Changes nothing.
 *
 * @param proxies hosts from which the NG port is asked too @throws HostError
 */
export async function examine(
  host: Host,
  configFile: string,
  proxies: readonly ProxyAccess[] = [],
): Promise<Diagnosis[]> {
  const { code, stdout, stderr } = await host.run(["cat", configFile]);
  if (code !== 0) throw new HostError(`${host.name}: ${configFile} cannot be read: ${stderr.trim()}`);
  const symptoms = await gatherSymptoms(host);
  const listenNg = readPatient(stdout, false).options.get("listen-ng")?.split(";")[0]?.trim();
  // Without one there is nothing to ask; another line says so.
  if (listenNg === undefined) return diagnose(symptoms, stdout);
  const reason =
    symptoms.active === "active" ? await pingFrom(host, ngEndpoint(listenNg)) : "it does not run";
  const answers: ProxyAnswer[] = [];
  for (const proxy of proxies) answers.push(await askFromProxy(host, listenNg, proxy));
  return diagnose(symptoms, stdout, { ng: { place: listenNg, reason }, proxies: answers });
}

/** What came of asking the NG port. */
export interface Answers {
  /** From the host itself; `reason` says why nothing was heard. */
  readonly ng?: NgAnswer;
  readonly proxies?: readonly ProxyAnswer[];
}

/** The same from what was seen. */
export function diagnose(
  symptoms: Symptoms,
  configuration: string,
  { ng, proxies = [] }: Answers = {},
): Diagnosis[] {
  const isOurs = /^ii\s+rtpengine-ts /m.test(symptoms.packages);
  const patient = readPatient(configuration, isOurs);
  return [
    ...judgeService(symptoms, patient, ng),
    ...judgeKernel(symptoms, patient),
    ...judgeNetwork(symptoms, patient),
    ...proxies.map((answer) => judgeProxyAnswer(symptoms, patient, answer)),
    ...judgeHost(symptoms),
  ];
}
