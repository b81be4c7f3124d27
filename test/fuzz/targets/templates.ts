import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { UserError } from "../../../src/errors.ts";
import { Problems } from "../../../src/origin.ts";
import { readCommands, writeCommands } from "../../../src/template/commands-text.ts";
import { readChecksum, readSource } from "../../../src/template/source.ts";
import { readTemplate } from "../../../src/template/template.ts";
import { type AnyTarget, count, must, same, target } from "../target.ts";
import { mutationsOf, textOf } from "../text.ts";

const shipped = fileURLToPath(new URL("../../../templates/", import.meta.url));
const templates = readdirSync(shipped)
  .filter((name) => name.endsWith(".conf"))
  .map((name) => readFileSync(`${shipped}${name}`, "utf8"));
const commands = `# a comment
install a,b
write /etc/motd:it's "$(x)" \\
  two
root-password password:SECRET
upload files/motd:/etc/motd
run-command echo 'a;b'
`;
const words = [
  "[template]\n",
  "[customize]\n",
  "image = x\n",
  "install ",
  "write /a:",
  "\\\n",
  "password:",
  "file:",
  "upload a:/b\n",
];
const errors = [UserError];
const at = (line: number) => ({ from: "file", file: "t", line }) as const;

export const templateTargets: readonly AnyTarget[] = [
  target({
    name: "readTemplate",
    about: "problems, or a recipe whose sizes are finite numbers",
    seeds: [...templates, `[template]\nimage = debian-12\n[customize]\n${commands}`],
    arbitrary: mutationsOf(
      [`[template]\nimage = debian-12\nmemory = 2G\n[customize]\n${commands}`, ...templates.slice(0, 2)],
      words,
    ),
    parse: (text) => readTemplate({ name: "t", file: "/d/t.conf", directory: "/d", text }, new Problems()),
    holds({ recipe }) {
      count(recipe?.memory ?? null, "memory");
      count(recipe?.vcpus ?? null, "vcpus");
    },
  }),
  target({
    name: "readCommands",
    about: "written again the steps are read as the same",
    seeds: [commands],
    arbitrary: mutationsOf([commands], words),
    parse: (text) => readCommands(text, at, "/d", new Problems()),
    holds(steps) {
      const own = steps.filter(({ local }) => local === null);
      const parts = (all: typeof steps) => all.map(({ name, value }) => [name, value]);
      const written = writeCommands(own, () => "");
      same(parts(readCommands(written, at, "/d", new Problems())), parts(own), "written and read again");
    },
  }),
  target({
    name: "readSource",
    about: "a path, or a URL without a blank",
    seeds: ["https://a.example/x.qcow2", "/images/x"],
    arbitrary: textOf(["https://", "http://", "a.example", "/", "x", "@", ":"], 8),
    errors,
    parse: readSource,
    holds: (source, text) =>
      must(!/\s/.test(text) && (source.kind === "url" || source.path.startsWith("/")), "no source", text),
  }),
  target({
    name: "readChecksum",
    about: "an algorithm and as many hex digits as it has",
    seeds: [`sha256:${"a0".repeat(32)}`, `sha512:${"A0".repeat(64)}`],
    arbitrary: mutationsOf([`sha256:${"a0".repeat(32)}`, `sha512:${"A0".repeat(64)}`]),
    errors,
    parse: readChecksum,
    holds: ({ digest }) => must(/^(?:[0-9a-f]{64}){1,2}$/.test(digest), "no digest", digest),
  }),
];
