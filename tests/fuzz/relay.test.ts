import { fuzz } from "./driver.ts";
import { fuzzRelay } from "./targets/relay.ts";

fuzz("relay", fuzzRelay);
