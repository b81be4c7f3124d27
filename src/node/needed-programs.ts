import { failed } from "./failure.ts";

/**
 * Programs that every system of a libvirt host has and that scripts here take for granted: without one of them a question
 * has a wrong answer, not none (without `stat` no file is there). What a script can do without is not among them.
 */
const essential =
  /(?<![\w./-])(?:awk|cat|cut|date|df|grep|head|id|ln|ls|mkdir|mv|od|rm|sed|sort|stat|tail|touch|tr|uname|wc)(?![\w./-])/g;

/** Which of them a script names, sorted. One that only quotes such a word asks for a program more. */
export function neededPrograms(script: string): readonly string[] {
  return [...new Set(script.match(essential))].sort();
}

/** Shell text: runs the body where every program that it names is there, else says which are not. */
export function withPrograms(body: string, nonce: string): string {
  const needed = neededPrograms(body);
  if (needed.length === 0) return body;
  return `mclu_lacks=
for mclu_each in ${needed.join(" ")}; do command -v $mclu_each >/dev/null || mclu_lacks="$mclu_lacks $mclu_each"; done
if [ "$mclu_lacks" ]; then echo "${nonce} lacks$mclu_lacks"; else
${body}
fi`;
}

/**
 * Throws NodeError, `protocol`, where a node lacks what the script needs: nothing of it ran.
 * @param login `loginCommand` of the node
 */
export function refuseLacking(answer: string, nonce: string, login: string): void {
  const start = `${nonce} lacks `;
  if (!answer.startsWith(start)) return;
  // by their names only: the node may say anything, and the hint is typed
  const [names = ""] = answer.slice(start.length).split("\n", 1);
  const programs = neededPrograms(names);
  throw failed("protocol", `no ${programs.join(", no ")} in its PATH`, `${login}command -v ${programs.join(" ")}`);
}
