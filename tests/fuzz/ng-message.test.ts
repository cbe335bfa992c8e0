import { fuzz } from "./driver.ts";
import { fuzzNgMessage } from "./targets/ng-message.ts";

fuzz("ng-message", fuzzNgMessage);
