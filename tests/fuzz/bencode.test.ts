import { fuzz } from "./driver.ts";
import { fuzzBencode } from "./targets/bencode.ts";

fuzz("bencode", fuzzBencode);
