export { CRYPTO_SUITES, type CryptoSuite, findCryptoSuite } from "./crypto-suite.ts";
export { MAX_RTCP_OVERHEAD, MAX_RTP_OVERHEAD, SrtpFault } from "./fault.ts";
export { keyAndSaltLength, MasterKey } from "./master-key.ts";
export type { CounterMode, CryptoProvider, MessageAuthenticator } from "./provider.ts";
export { SrtpReceiver } from "./receiver.ts";
export { readSdes, type SdesKey, writeSdes } from "./sdes.ts";
export { SrtpSender } from "./sender.ts";
