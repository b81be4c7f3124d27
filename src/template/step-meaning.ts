import { closest } from "../suggest.ts";
import { isStepName, type StepName, type StepSyntax, stepNames } from "./step-syntax.ts";

/** What others call a step, or what is none here. */
const elsewhere = new Map([
  ["hostname", "hostname is no step of a template: a build gives the name of the guest"],
  ["commands-from-file", "commands-from-file cannot stand in such a file: put its lines here"],
  ["package", "unknown step package: did you mean install?"],
  ["packages", "unknown step packages: did you mean install?"],
  ["copy-file", "unknown step copy-file: did you mean upload?"],
  ["command", "unknown step command: did you mean run-command?"],
  ["size", "size is no step: it belongs under [template]"],
  ["network", "network is no step: it belongs under [template]"],
]);

/**
 * What is wrong with a step that there is not, and what was likely meant.
 * @param text all before the first space: whoever mistypes the space has a password in it, so that its first word is shown alone
 */
export function unknownStep(text: string): string {
  const name = /^[-[;"']*[\p{L}\p{N}_-]*\]?/u.exec(text)?.[0] || [...text].slice(0, 1).join("");
  const bare = name.replace(/^-+/, "");
  if (bare !== name && isStepName(bare)) return `steps stand without dashes here: write ${bare}`;
  if (name.startsWith("["))
    return `${name}: [customize] is the last section of the file, and what follows it are steps`;
  if (/^[;"']/.test(name)) return `unknown step ${name}: a comment begins with # here, and nothing is quoted`;
  if (isStepName(name)) return noSpaceBehind(name, text.charAt(name.length));
  const near = closest(bare.toLowerCase().replaceAll("_", "-"), stepNames);
  return (
    elsewhere.get(bare) ??
    `unknown step ${name}: ${near === undefined ? "see virt-builder(1)" : `did you mean ${near}?`}`
  );
}

function noSpaceBehind(name: StepName, sign: string): string {
  if (/[=:]/.test(sign)) return `"${sign}" stands behind ${name}: write ${name} VALUE`;
  const what = sign === "\t" ? "a tab" : "something else than a space";
  return `${what} stands behind ${name}: virt-builder wants a space there`;
}

/** What is wrong with the value of a step, as far as that can be said without its image; no password is in it. */
export function valueProblem(name: StepName, syntax: StepSyntax, value: string | null): string | undefined {
  if (syntax.value === null) return value ? "it takes no value" : undefined;
  if (!value?.trim()) return `the value is missing: ${name} ${syntax.value}`;
  if (/[\0-\u0008\u000b-\u001f\u007f\ufffd]/.test(value)) return "a control character, or text that is not UTF-8";
  if (/^[=:]\s/.test(value)) return `"${value.charAt(0)}" is part of the value here: write ${name} ${syntax.value}`;
  if (value.endsWith("\\")) return "the last character is a backslash, which would take the next line with it";
  if (!syntax.free && value !== value.trim()) return "a blank at the beginning or the end belongs to the value here";
  const colons = value.split(":").length - 1;
  if (colons < (syntax.colons ?? 0)) return `expected ${syntax.value}, with a colon between`;
  if (syntax.list) return listProblem(value);
  if (name === "chmod" && /^[1-7]\d{2,3}:/.test(value))
    return `${value.split(":")[0]} is decimal here: write 0${value}`;
  if (name === "password-crypto" && !/^(?:md5|sha256|sha512|yescrypt)$/.test(value)) return `expected ${syntax.value}`;
  return undefined;
}

function listProblem(value: string): string | undefined {
  if (/\s/.test(value))
    return `packages have commas between them, and no blanks: ${value
      .trim()
      .split(/[\s,]+/)
      .join(",")}`;
  const names = value.split(",");
  // the guest's package manager would take it for an option, and apt's can run programs
  const option = names.find((one) => one.startsWith("-"));
  if (option !== undefined)
    return `no package is called ${option}: it would be an option of the guest's package manager`;
  return names.includes("") ? "a package's name is missing beside a comma" : undefined;
}
