import { runOrFail } from "../host/host.ts";
import type { GroupResource, UserResource } from "../resource.ts";
import type { Kind } from "./kind.ts";

const NO_HOME = "/nonexistent";
const NO_SHELL = "/usr/sbin/nologin";

/** A system group. */
export const group: Kind<GroupResource> = {
  async plan({ group: name }, { host }) {
    if ((await host.run(["getent", "group", name])).code === 0) return undefined;
    return {
      summary: `group ${name} made`,
      async apply() {
        await runOrFail(host, ["groupadd", "--system", name]);
        return [{ kind: "account", group: name }];
      },
    };
  },
  task({ group: name }) {
    return { "ansible.builtin.group": { name, system: true } };
  },
};

/** A system user without home and shell. One that is there keeps all it has. */
export const user: Kind<UserResource> = {
  async plan({ user: name, group: wanted }, { host }) {
    if ((await host.run(["id", "-u", name])).code === 0) return undefined;
    return {
      summary: `user ${name} made`,
      async apply() {
        const options = ["--system", "--gid", wanted, "--home-dir", NO_HOME, "--no-create-home"];
        await runOrFail(host, ["useradd", ...options, "--shell", NO_SHELL, name]);
        return [{ kind: "account", user: name }];
      },
    };
  },
  task({ user: name, group: wanted }) {
    return {
      "ansible.builtin.user": {
        name,
        group: wanted,
        system: true,
        create_home: false,
        home: NO_HOME,
        shell: NO_SHELL,
      },
    };
  },
};
