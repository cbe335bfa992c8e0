import { HANDLER_NAMES, type Recipe } from "../resource.ts";
import { KNOWN_SYSTEMS, TESTED_SYSTEMS } from "../systems.ts";
import { VARIABLES } from "../variables/table.ts";

/** The role's README: what it does, its variables, its tasks. */
export function readme(recipe: Recipe): string {
  return `# rtpengine

<!-- Generated from src/role by \`node scripts/docs.mjs\`; changes belong there. -->

Installs, configures and verifies an RTPEngine media host: upstream's daemon from packages or source, or this project's
engine. For ${KNOWN_SYSTEMS} on amd64 and arm64, tested on ${TESTED_SYSTEMS}: of the others the names of packages are known
(\`vars/\`), and a warning says so. Uses modules of \`ansible.builtin\` alone.

\`\`\`yaml
- hosts: media_servers
  become: true
  roles:
    - role: rtpengine
      vars:
        rtpengine_interface_internal: "192.168.64.20"
        rtpengine_interface_external: "203.0.113.20"
\`\`\`

\`rtpengine-role\` does the same without Ansible, from the same declarations.

With \`rtpengine_state: absent\` the role takes itself away, by notes that it has kept in \`/var/lib/rtpengine-role/ledger\`: what it installed and
wrote goes, what was there before comes back. Recordings stay, and the account that files belong to; so does a configuration that was
changed after the role had written it.

## Variables
${variableTables()}
## What it does

| File | Does |
|---|---|
${recipe.sections.map(({ name, title }) => `| \`tasks/${name}.yml\` | ${title} |`).join("\n")}

Handlers: ${HANDLER_NAMES.filter((name) => recipe.handlers[name].length > 0)
    .map((name) => `\`${name}\``)
    .join(", ")}.
A play that fails between a change and its handler loses the handler. The next one sees that the daemon, the recording daemon or
rsyslog was started before its files were written, and notifies it (\`tasks/catch_up.yml\`); values of sysctl wait for the next
change or boot. What a failed play has changed stays; \`rtpengine-role\` takes it back.

## Dependencies

None. The roles \`common\` and \`vault-client\`, which the role was once documented with, prepared the system and a Vault
login; nothing here needs them.
`;
}

function variableTables(): string {
  let text = "";
  let group = "";
  for (const variable of VARIABLES) {
    if (variable.group !== group) {
      group = variable.group;
      text += `\n### ${group}\n\n| Variable | Default | Description |\n|---|---|---|\n`;
    }
    const value = typeof variable.default === "string" ? variable.default : JSON.stringify(variable.default);
    const choices = variable.choices ? ` (${variable.choices.map((word) => `\`${word}\``).join(", ")})` : "";
    const shown = value === "" ? '`""`' : `\`${value.replaceAll("|", "\\|")}\``;
    text += `| \`${variable.name}\` | ${shown} | ${variable.sentence}${choices} |\n`;
  }
  return `${text}\n`;
}
