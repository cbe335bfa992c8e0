import { FakeDataplane } from "../../tests/support/fake-dataplane.ts";
export const openDataplane = async (..._: unknown[]) => new FakeDataplane();
