/** A string of the SSH protocol: its length, then its bytes. */
export function sshString(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

const number = (value: number) => Buffer.from([0, 0, 0, value]);

/** Keys that are as keys are, made up. */
export const ed25519 = Buffer.concat([sshString("ssh-ed25519"), sshString(Buffer.alloc(32, 7))]);
export const rsa = Buffer.concat(["ssh-rsa", Buffer.from([1, 0, 1]), Buffer.alloc(64, 9)].map(sshString));
const point = Buffer.alloc(65, 4);
export const ecdsa = Buffer.concat(["ecdsa-sha2-nistp256", "nistp256", point].map(sshString));

const times = Buffer.concat([Buffer.alloc(8), Buffer.alloc(8, 255)]);
const type = "ssh-ed25519-cert-v01@openssh.com";
const head = [type, Buffer.alloc(32, 1), Buffer.alloc(32, 7)].map(sshString);
const principals = sshString(Buffer.concat(["a.example", "*.b"].map(sshString)));
export const certificate = Buffer.concat([
  ...[...head, Buffer.alloc(8), number(2), sshString("id"), principals, times],
  ...["", "", "", ed25519, Buffer.alloc(64, 3)].map(sshString),
]);

export const agentAnswer = Buffer.concat([
  ...[Buffer.from([12]), number(2), sshString(ed25519), sshString("one"), sshString(rsa), sshString("é")],
]);

export const openSshKey = Buffer.concat([
  ...[Buffer.from("openssh-key-v1\0"), sshString("aes256-ctr"), sshString("bcrypt"), sshString("options")],
  ...[number(1), sshString(ed25519), sshString(Buffer.alloc(64, 5))],
]);
